"""The moments at which states over time are counted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pcapflow.cli import messages
from pcapflow.report.times import step
from pcapflow.tcp.timers import SECOND
from pcapflow.values import Record

if TYPE_CHECKING:
    from pcapflow.cli.moment import Moment

_MOST = 100_000  # moments


class Span(Record):
    """Moments ``every`` so many ns (None: as it fits), from ``since`` to ``until``."""

    every: int | None = None
    since: Moment | None = None
    until: Moment | None = None

    def moments(self, first: int, last: int) -> list[int]:
        """The moments (ns) in a capture from ``first`` to ``last``, which is one of them."""
        since = first if self.since is None else max(first, self.since.placed(first).at)
        until = last if self.until is None else min(last, self.until.placed(first).at)
        if until < since:
            messages.refuse("no part of the capture lies between --from and --to")
        every = self.every or step(until - since)
        count = (until - since) // every + 1
        if count > _MOST:
            longer = -(-(until - since) // ((_MOST - 1) * SECOND))
            messages.refuse(
                f"--every makes {count:,} moments of this; {_MOST:,} are possible. "
                f"Try: --every {longer}s"
            )
        found = [since + every * i for i in range(count)]
        return found if found[-1] == until else [*found, until]


def span(every: str | None, since: str | None, until: str | None) -> Span:
    """Read what the user typed; UsageError where it makes no sense."""
    from pcapflow.cli.moment import check_order, moment

    begin = None if since is None else moment(since)
    end = None if until is None else moment(until)
    check_order(begin, end)
    if every is None:
        return Span(None, begin, end)
    length = moment(f"+{every.removeprefix('+')}").at
    if length == 0:
        messages.refuse("--every must be longer than nothing. Try: --every 1s")
    return Span(length, begin, end)
