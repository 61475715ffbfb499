"""What ``--from`` and ``--to`` name: a time, or how long after the first packet."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from fractions import Fraction

from pcapflow.cli.messages import refuse
from pcapflow.values import Record

_SECOND = 1_000_000_000
_UNITS = {
    "ns": 1,
    "us": 1_000,
    "µs": 1_000,
    "ms": 1_000_000,
    "s": _SECOND,
    "m": 60 * _SECOND,
    "h": 3_600 * _SECOND,
    "d": 86_400 * _SECOND,
}
_AFTER = re.compile(rf"\+(\d{{1,12}}(?:\.\d{{1,12}})?)({'|'.join(_UNITS)})", re.ASCII)
_ABSOLUTE = re.compile(
    r"(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d)?)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)?)?", re.ASCII
)
_FORMS = "2026-01-31T10:00:03.5Z, or +12s or +1.5m after the first packet"


class Moment(Record):
    """A time: ns since the epoch or, where ``relative``, since the capture's first TCP packet."""

    at: int
    relative: bool = False

    def placed(self, first: int) -> Moment:
        """The same as an absolute time, in a capture that begins at ``first`` (ns)."""
        return Moment(first + self.at) if self.relative else self


def moment(text: str) -> Moment:
    """Read what the user typed; UsageError where it is none of the forms."""
    after = _AFTER.fullmatch(text)
    if after is not None:
        return Moment(int(Fraction(after[1]) * _UNITS[after[2]]), relative=True)
    absolute = _ABSOLUTE.fullmatch(text)
    if absolute is not None:
        day, clock, fraction, zone = absolute.groups()
        try:
            whole = datetime.fromisoformat(f"{day}T{clock or '00:00'}{zone or ''}")
        except ValueError:
            refuse(f"{text!r} is no time that a calendar or clock shows. Try: {_FORMS}")
        if whole.tzinfo is None:
            whole = whole.replace(tzinfo=UTC)
        since = whole - datetime(1970, 1, 1, tzinfo=UTC)
        seconds = since.days * 86_400 + since.seconds
        return Moment(seconds * _SECOND + int((fraction or "").ljust(9, "0")))
    refuse(f"{text!r} is no time. Try: {_FORMS}")


def check_order(since: Moment | None, until: Moment | None) -> None:
    """Raise UsageError where a span ends before it begins, as far as that is known already."""
    if since is None or until is None or since.relative != until.relative:
        return
    if until.at < since.at:
        refuse("--to is earlier than --from")
