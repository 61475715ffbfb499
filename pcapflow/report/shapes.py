"""Shapes for people: short, and folded into a table by service."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from functools import lru_cache

from pcapflow.findings.words import duration, number, plural
from pcapflow.hints import TYPE_CHECKING, Generic, TypeVar
from pcapflow.model import ELSEWHERE
from pcapflow.report.text import Line, Span
from pcapflow.tcp.codes import NEVER_OPEN, OPENING
from pcapflow.values import Record

if TYPE_CHECKING:
    from typing import TypeAlias

    from pcapflow.model import Ending, Endpoint, Opening, Severity
    from pcapflow.report.source import GroupLike

_NAMES = {
    "SYN_ACK": "SYN,ACK",
    "SYN_ACK_AGAIN": "SYN,ACK-again",
    "HANDSHAKE_ACK": "ack",
    "DATA": "data",
    "FIN_CROSSING": "FIN",
    "FIN_EARLY": "FIN",
    "FIN_EARLY_CROSSING": "FIN",
    "FIN_AGAIN": "FIN-again",
    "FIN_AGAIN_LATE": "FIN-again",
    "FIN_AGAIN_CROSSED": "FIN-again",
    "FIN_AGAIN_NEW_ACK": "FIN-again",
    "ACK_OF_FIN": "ack",
    "ACK_OF_FIN_EARLIER": "ack",
    "ACK_OF_FIN_AGAIN": "ack",
    "ACK_OF_FIN_DSACK": "dsack",
    "RST_REFUSED": "RST",
    "RST_REPLY": "RST",
    "RST_AT_FIN": "RST",
    "RST_OF_CHALLENGE": "RST",
    "RST_ABORT": "RST",
    "RST_ABORT_LOSS": "RST",
    "RST_IN_WINDOW": "RST-ignored",
    "RST_OUTSIDE": "RST-ignored",
    "RST_ODD": "odd",
    "RST_FOREIGN": "not-its-own",
    "RST_DISOWNED": "not-its-own",
    "SYN": "SYN",
    "FIN": "FIN",
}
_SILENCE = "─────── silence"
_TAILS: dict[Ending, str] = {
    "half-closed": _SILENCE,
    "unanswered": _SILENCE,
    "unacknowledged": _SILENCE,
    "closing": _SILENCE,
    "vanished": _SILENCE,
    "stalled": "─────── stalled",
    "open": "still open",
}
_NARROWEST = 22
_ROOMY = 34  # columns for shapes below which the column of endings makes room
_GAP = 2
_MANY = 4
"""Services from which on a shape is told once for all of them, where the table is too long."""


def compact(group: GroupLike) -> str:
    """A shape without its handshake and plain data: ``S:FIN C:ack ─────── silence``."""
    return compact_of(group.shape, group.opening, group.ending)


@lru_cache(maxsize=4096)
def compact_of(shape: str, opening: Opening, ending: Ending) -> str:
    """The same, of a connection's shape."""
    words = shape.split()
    if opening not in NEVER_OPEN:
        opened = next((i for i, word in enumerate(words) if _code(word) not in OPENING), len(words))
        words = words[opened:]
    short = [_short(word) for word in words]
    folded = [word for i, word in enumerate(short) if i == 0 or short[i - 1] != word]
    return " ".join([*folded, *([_TAILS[ending]] if ending in _TAILS else [])])


_Look: TypeAlias = "tuple[str, Ending, Severity | None]"
_L = TypeVar("_L", bound=Hashable)


class Alike(Record, Generic[_L]):
    """Groups that are told as one: what they have in common, and the service or services."""

    heading: str
    look: _L
    members: tuple[GroupLike, ...]

    @property
    def connections(self) -> int:
        return sum(member.connections for member in self.members)


class Row(Record):
    """A line of the table: a shape towards one service, or folded over many."""

    heading: str
    shape: str
    ending: Ending
    severity: Severity | None
    connections: int
    share: str
    single: GroupLike | None
    """The group, where the line is about one only."""

    def median(self) -> str:
        """The time in the state that tells most."""
        dwell = None if self.single is None else self.single.dwell
        return "" if dwell is None else f"{dwell[1]} {duration(dwell[2])}"


def shape_table(
    groups: Sequence[GroupLike], total: int, width: int, most: int | None, marks: dict[str, str]
) -> list[Line]:
    """The most frequent shapes under their services, and how many are not shown.

    ``total`` is the number of connections that shares refer to, ``most`` the number of lines for
    services and shapes (None: all); ``marks`` says severities.
    """
    alike = folded([(_look(group), group) for group in groups], most)
    rows = sorted((_row(each, total) for each in alike), key=_rank)
    shown = _fitting(rows, most)
    if not shown:
        return []
    columns = _Columns(shown, width, max(map(len, marks.values())))
    lines: list[Line] = [columns.header()]
    for heading in dict.fromkeys(row.heading for row in shown):
        lines.append((Span(f"  {heading}", "strong"),))
        lines += [columns.line(row, marks) for row in shown if row.heading == heading]
    if rest := rows[len(shown) :]:
        left = sum(row.connections for row in rest)
        and_more = f"and {plural(len(rest), 'more shape')}: {plural(left, 'connection')}"
        lines.append((Span(f"    {and_more}", "muted"),))
    return lines


def folded(looked: Sequence[tuple[_L, GroupLike]], most: int | None) -> list[Alike[_L]]:
    """Groups that look alike together: by service, where ``most`` lines hold that.

    Else shapes that many services have in common are told once, and only the others by service.
    """
    return _by_service(looked) if _few(looked, most) else _over_services(looked)


def _few(looked: Sequence[tuple[_L, GroupLike]], most: int | None) -> bool:
    """Whether a row for each service and shape, and a heading for each service, find room."""
    rows: set[tuple[Endpoint, _L]] = set()
    headings: set[Endpoint] = set()
    for look, group in looked:
        rows.add((group.service, look))
        headings.add(group.service)
        if most is not None and len(rows) + len(headings) > most:
            return False
    return True


def _by_service(looked: Sequence[tuple[_L, GroupLike]]) -> list[Alike[_L]]:
    """One for each service and shape; shapes that look alike when short are one."""
    alike: dict[tuple[Endpoint, _L], list[GroupLike]] = {}
    for look, group in looked:
        alike.setdefault((group.service, look), []).append(group)
    return [Alike(named(service), look, tuple(all_)) for (service, look), all_ in alike.items()]


def _over_services(looked: Sequence[tuple[_L, GroupLike]]) -> list[Alike[_L]]:
    """Shapes that many services have in common in one each, the others by service."""
    alike: dict[_L, list[GroupLike]] = {}
    for look, group in looked:
        alike.setdefault(look, []).append(group)
    found: list[Alike[_L]] = []
    for look, members in alike.items():
        if _have_many_services(members):
            found.append(Alike("many services", look, tuple(members)))
        else:
            found += _by_service([(look, group) for group in members])
    return found


def _have_many_services(members: Sequence[GroupLike]) -> bool:
    services: set[Endpoint] = set()
    for group in members:
        services.add(group.service)
        if len(services) == _MANY:
            return True
    return False


def named(service: Endpoint) -> str:
    """A service's address and port."""
    return "other services" if service == ELSEWHERE else str(service)


def _look(group: GroupLike) -> _Look:
    found = group.findings
    return compact(group), group.ending, found[0][1] if found else None


def _row(alike: Alike[_Look], total: int) -> Row:
    connections = alike.connections
    percent = 100 * connections / total
    share = "<1 %" if percent < 1 else f"{percent:.0f} %"
    single = alike.members[0] if len(alike.members) == 1 else None
    return Row(alike.heading, *alike.look, connections, share, single)


def _fitting(ranked: Sequence[Row], most: int | None) -> list[Row]:
    """As many of the first rows as fit into ``most`` lines with their headings."""
    shown: list[Row] = []
    headings: set[str] = set()
    for row in ranked:
        headings.add(row.heading)
        if most is not None and len(shown) + 1 + len(headings) > most:
            break
        shown.append(row)
    return shown


class _Columns:
    """The widths that the rows of one table share."""

    def __init__(self, rows: Sequence[Row], width: int, mark: int) -> None:
        self.mark = mark
        self.count = max(len("count"), *(len(number(row.connections)) for row in rows))
        self.share = max(len("share"), *(len(row.share) for row in rows))
        self.ending = max(len(row.ending) for row in rows)
        median = max(len(row.median()) for row in rows)
        shapes = max(len("how they ended"), *(len(row.shape) for row in rows))
        taken = 2 + mark + 1 + self.count + self.share + 2 * _GAP
        taken += median + _GAP if median else 0
        beside = width - taken - self.ending - _GAP
        if beside < min(_ROOMY, shapes):
            self.ending = 0  # the shape says it too
        room = beside if self.ending else width - taken
        self.shape = max(_NARROWEST, min(shapes, room))
        self.median = "median" if median else ""

    def header(self) -> Line:
        """The names of the columns."""
        words = self._words("", "how they ended", "", "count", "share", self.median)
        return (Span(words, "muted"),)

    def line(self, row: Row, marks: dict[str, str]) -> Line:
        """One row, its mark in the colour of its severity."""
        words = self._words(
            marks[row.severity] if row.severity else "",
            _cut(row.shape, self.shape),
            row.ending,
            number(row.connections),
            row.share,
            row.median(),
        )
        edge = 2 + self.mark
        return (Span(words[:edge], row.severity or ""), Span(words[edge:]))

    def _words(
        self, mark: str, shape: str, ending: str, count: str, share: str, median: str
    ) -> str:
        gap = " " * _GAP
        words = f"  {mark:<{self.mark}} {shape:<{self.shape}}"
        words += f"{gap}{ending:<{self.ending}}" if self.ending else ""
        return f"{words}{gap}{count:>{self.count}}{gap}{share:>{self.share}}{gap}{median}".rstrip()


def _rank(row: Row) -> tuple[int, str, str]:
    return -row.connections, row.heading, row.shape


def _cut(text: str, width: int) -> str:
    """The first and the last words of a shape that is too long: how it ends must be seen."""
    if len(text) <= width:
        return text
    head, tail = text.split(), [text.split()[-1]]
    while head and len(" ".join([*head, "…", *tail])) > width:
        head.pop()
    return " ".join([*head, "…", *tail])


def _code(word: str) -> str:
    return word.rpartition(":")[2]


def _short(word: str) -> str:
    end, colon, code = word.rpartition(":")
    return f"{end}{colon}{_NAMES.get(code, code.lower().replace('_', '-'))}"
