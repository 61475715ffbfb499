"""Shapes for people: short, and folded into a table by service."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pcapflow.findings.words import duration, number, plural
from pcapflow.report.text import Line, Span, Style

if TYPE_CHECKING:
    from pcapflow.model import Ending, Endpoint, Group

_OPENING = frozenset(
    {"SYN", "SYN_DATA", "SYN_AGAIN", "CROSSED_SYN", "SYN_ACK", "SYN_ACK_AGAIN", "HANDSHAKE_ACK"}
    | {"ACK", "DATA"}
)
_NEVER_OPEN = frozenset({"syn-only", "syn-ack", "refused"})
_NAMES = {
    "SYN_ACK": "SYN,ACK",
    "SYN_ACK_AGAIN": "SYN,ACK-again",
    "HANDSHAKE_ACK": "ack",
    "DATA": "data",
    "FIN_CROSSING": "FIN",
    "FIN_EARLY": "FIN",
    "FIN_AGAIN": "FIN-again",
    "FIN_AGAIN_LATE": "FIN-again",
    "FIN_AGAIN_CROSSED": "FIN-again",
    "FIN_AGAIN_NEW_ACK": "FIN-again",
    "ACK_OF_FIN": "ack",
    "ACK_OF_FIN_AGAIN": "ack",
    "ACK_OF_FIN_DSACK": "dsack",
    "RST_REFUSED": "RST",
    "RST_REPLY": "RST",
    "RST_ABORT": "RST",
    "RST_ABORT_LOSS": "RST",
    "RST_IN_WINDOW": "RST-ignored",
    "RST_OUTSIDE": "RST-ignored",
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


def compact(group: Group) -> str:
    """A shape without its handshake and plain data: ``S:FIN C:ack ─────── silence``."""
    words = group.shape.split()
    if group.opening not in _NEVER_OPEN:
        opened = next(
            (i for i, word in enumerate(words) if _code(word) not in _OPENING), len(words)
        )
        words = words[opened:]
    short = [_short(word) for word in words]
    folded = [word for i, word in enumerate(short) if i == 0 or short[i - 1] != word]
    return " ".join([*folded, *([_TAILS[group.ending]] if group.ending in _TAILS else [])])


def shape_table(
    groups: Sequence[Group], total: int, width: int, most: int | None, marks: dict[str, str]
) -> list[Line]:
    """The most frequent shapes under their services, and how many are not shown.

    ``total`` is the number of connections that shares refer to, ``most`` the number of lines for
    services and shapes (None: all); ``marks`` says severities.
    """
    shown = _fitting(sorted(groups, key=_rank), most)
    if not shown:
        return []
    columns = _Columns(shown, total, width, max(map(len, marks.values())))
    lines: list[Line] = [columns.header()]
    for service in dict.fromkeys(group.service for group in shown):
        lines.append((Span(f"  {service}", "strong"),))
        lines += [columns.row(g, marks) for g in shown if g.service == service]
    rest = len(groups) - len(shown)
    if rest:
        left = sum(g.connections for g in groups) - sum(g.connections for g in shown)
        and_more = f"and {plural(rest, 'more shape')}: {plural(left, 'connection')}"
        lines.append((Span(f"    {and_more}", "muted"),))
    return lines


def _fitting(ranked: Sequence[Group], most: int | None) -> list[Group]:
    """As many of the first groups as fit into ``most`` lines with a heading for each service."""
    shown: list[Group] = []
    services: set[Endpoint] = set()
    for group in ranked:
        if most is not None and len(shown) + 1 + len(services | {group.service}) > most:
            break
        shown.append(group)
        services.add(group.service)
    return shown


class _Columns:
    """The widths that the rows of one table share."""

    def __init__(self, groups: Sequence[Group], total: int, width: int, mark: int) -> None:
        self.total = total
        self.mark = mark
        self.count = max(len("count"), *(len(number(g.connections)) for g in groups))
        self.share = max(len("share"), *(len(self._share(g)) for g in groups))
        self.median = max(len(_median(g)) for g in groups)
        self.ending = max(len(g.ending) for g in groups)
        shapes = max(len("how they ended"), *(len(compact(g)) for g in groups))
        taken = 2 + mark + 1 + self.count + self.share + 2 * _GAP
        taken += self.median + _GAP if self.median else 0
        beside = width - taken - self.ending - _GAP
        if beside < min(_ROOMY, shapes):
            self.ending = 0  # the shape says it too
        room = beside if self.ending else width - taken
        self.shape = max(_NARROWEST, min(shapes, room))

    def header(self) -> Line:
        median = "median" if self.median else ""
        return (Span(self._line("", "how they ended", "", "count", "share", median), "muted"),)

    def row(self, group: Group, marks: dict[str, str]) -> Line:
        severity = group.findings[0][1] if group.findings else None
        mark = marks[severity] if severity else ""
        text = self._line(
            mark,
            _cut(compact(group), self.shape),
            group.ending,
            number(group.connections),
            self._share(group),
            _median(group),
        )
        style: Style = severity or ""
        edge = 2 + self.mark
        return (Span(text[:edge], style), Span(text[edge:]))

    def _line(self, mark: str, shape: str, ending: str, *numbers: str) -> str:
        count, share, median = numbers
        gap = " " * _GAP
        words = f"  {mark:<{self.mark}} {shape:<{self.shape}}"
        words += f"{gap}{ending:<{self.ending}}" if self.ending else ""
        return f"{words}{gap}{count:>{self.count}}{gap}{share:>{self.share}}{gap}{median}".rstrip()

    def _share(self, group: Group) -> str:
        percent = 100 * group.connections / self.total
        return "<1 %" if percent < 1 else f"{percent:.0f} %"


def _rank(group: Group) -> tuple[int, str, int, str]:
    return -group.connections, group.service.ip, group.service.port, group.shape


def _median(group: Group) -> str:
    if group.dwell_state is None or group.dwell_median is None:
        return ""
    return f"{group.dwell_state[1]} {duration(group.dwell_median)}"


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
