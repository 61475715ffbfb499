"""The words of the screen, line by line: places, findings, connections, and one of these."""

from __future__ import annotations

import textwrap

from pcapflow.findings.words import clock, duration, number, plural
from pcapflow.live.screen.board import Row, Told
from pcapflow.live.screen.lines import NARROWEST, WIDE, Line, Piece, cut, fitted, spark
from pcapflow.live.screen.source import MOST, Listed, Shown
from pcapflow.model import Connection, Place, State
from pcapflow.report.letters import printable
from pcapflow.report.table import MARKS
from pcapflow.sockets import Held
from pcapflow.tcp.stays import Stay

_FIRST: tuple[State, ...] = ("ESTABLISHED", "TIME_WAIT")
_MORE: tuple[State, ...] = ("FIN_WAIT_2", "LAST_ACK", "FIN_WAIT_1", "SYN_SENT", "SYN_RECEIVED")
_COUNT = 6
_SHORT = {"ESTABLISHED": "ESTAB"}  # as ss writes it
_NAME = 48  # of a place, before more states get a column
_MESSAGE = 40
_CODE = 21
_STATE = 13  # SYN_RECEIVED?
_SPAN = 11  # 23 h 59 min
_ENDS = 46
_END = (21, 47)  # an address and port of IPv4; of IPv6

# -- places


def _place_columns(width: int) -> tuple[list[State], int, int]:
    """The states that have a column of their own, the width of a curve, what is left for names."""
    curve = 7 if width < WIDE else 14
    left = width - 3 * (_COUNT + 1) - 2 * (curve + 1)
    left -= sum(_state_width(state, width) + 1 for state in _FIRST)
    states = list(_FIRST)
    for state in _MORE:
        if left - len(state) - 1 < _NAME:
            break
        states.append(state)
        left -= len(state) + 1
    return states, curve, max(NARROWEST, left)


def _state_width(state: State, width: int) -> int:
    return max(_COUNT, len(_named(state, width)))


def _named(state: State, width: int) -> str:
    return state if width >= WIDE else _SHORT.get(state, state)


def places_head(width: int) -> Line:
    """Over the columns of ``place``."""
    states, curve, name = _place_columns(width)
    cells = [f"{'sockets of':<{name}}", f"{'CLOSE_WAIT':<{_COUNT + 1 + curve}}"]
    cells += [f"{_named(state, width):>{_state_width(state, width)}}" for state in states]
    cells += [f"{'other':>{_COUNT}}", f"{'all':>{_COUNT}} {'':{curve}}"]
    return fitted([Piece(" ".join(cells), "muted")], width)


def place(row: Row, width: int) -> Line:
    """A place with its sockets by state."""
    states, curve, name = _place_columns(width)
    waiting = row.count("CLOSE_WAIT")
    other = row.total - row.count("CLOSE_WAIT", *states)
    line = [
        Piece(f"{_place_name(row.place, name):<{name}} "),
        Piece(f"{_count(waiting)} ", "CLOSE_WAIT" if waiting else "muted"),
        Piece(spark(row.waiting, curve) if any(row.waiting) else " " * curve, "CLOSE_WAIT"),
    ]
    for state in states:
        count = row.count(state)
        cell = f" {number(count) if count else '·':>{_state_width(state, width)}}"
        line.append(Piece(cell, state if count else "muted"))
    line += [
        Piece(f" {_count(other)}", "" if other else "muted"),
        Piece(f" {_count(row.total)} "),
        Piece(spark(row.all, curve), "muted"),
    ]
    return fitted(line, width)


def _place_name(which: Place, width: int) -> str:
    name = str(which)
    return cut(name if len(name) <= width else name.replace("clients of", "clients"), width)


def _count(count: int) -> str:
    return f"{number(count) if count else '·':>{_COUNT}}"


# -- findings


def finding(told: Told, width: int) -> Line:
    """A finding in a line; where there is room, with what it means."""
    connection, found = told.connection, told.finding
    mark = f"{MARKS[found.severity]} {found.code:<{_CODE}} "
    flow = f"flow {connection.id} "
    line = [
        Piece(f"{clock(told.at)[:8]} ", "muted"),
        Piece(mark, found.severity),
        Piece(f"{flow:<11}", "muted"),
    ]
    left = max(NARROWEST, width - sum(len(text) for text, _ in line))
    room = min(left, _ENDS) if left >= _ENDS + _MESSAGE else left
    line.append(Piece(f"{_ends(connection, room):<{room}} "))
    return fitted([*line, Piece(_begun(found.message, left - room - 1))], width)


def _ends(connection: Connection, width: int) -> str:
    """Both ends of a connection, each without its middle where they are too wide."""
    whole = f"{connection.client} → {connection.server}"
    if len(whole) <= width:
        return whole
    half = (width - 3) // 2
    return f"{cut(str(connection.client), half)} → {cut(str(connection.server), half)}"


def _begun(text: str, width: int) -> str:
    """As much of a text as there is room for."""
    text = printable(text)
    return text if len(text) <= width else f"{text[: max(0, width - 1)]}…"


# -- the connections of a place


def held_head(width: int) -> Line:
    """Over the columns of ``held``."""
    end = _end_width(width)
    stay = f"{'state':<{_STATE}}{'since':>{_SPAN}}"
    cells = [f"{'flow':>{_COUNT}}", f"{'client':<{end}}", f"{stay} "]
    cells += [f"{'server':<{end}}"] if width >= WIDE else []
    return fitted([Piece(" ".join([*cells, stay]), "muted")], width)


def held(each: Held, at: int, width: int) -> Line:
    """A connection with the states of both ends."""
    connection, end = each.connection, _end_width(width)
    client, server = each.stays
    line = [
        Piece(f"{each.flow:>{_COUNT}} ", "muted"),
        Piece(f"{cut(str(connection.client), end):<{end}} "),
        *_stay(client, at),
        Piece("  "),
    ]
    if width >= WIDE:
        line.append(Piece(f"{cut(str(connection.server), end):<{end}} "))
    return fitted([*line, *_stay(server, at)], width)


def _end_width(width: int) -> int:
    if width < WIDE:
        return _END[0]
    return min(_END[1], (width - _COUNT - 2 * (_STATE + _SPAN) - 5) // 2)


def _stay(stay: Stay | None, at: int) -> Line:
    """A state with how long it has lasted; ``?`` where no segment proves it."""
    if stay is None:
        return [Piece(f"{'CLOSED':<{_STATE + _SPAN}}", "CLOSED")]
    doubt = "?" if stay.evidence in ("presumed", "timer") else ""
    lasted = duration(at - stay.begin)
    return [Piece(f"{stay.state}{doubt}".ljust(_STATE), stay.state), Piece(f"{lasted:>{_SPAN}}")]


def held_said(listed: Listed) -> list[str]:
    """Of what moment a list of connections is, and how much of it."""
    many = number(listed.sockets)
    few = (
        f"worst {MOST} of {many}" if len(listed.held) == MOST else plural(listed.sockets, "socket")
    )
    return [few, f"as of {clock(listed.at)[:8]}"]


# -- one connection


def detail_title(shown: Shown, seen: str, width: int) -> Line:
    """Which connection it is, as of when, which of its lines are ``seen``."""
    connection = shown.connection
    right = f"as of {clock(shown.at)[:8]} · {seen}"
    client, server = shown.states
    states = [Piece(client, client), Piece(" / ", "muted"), Piece(server, server)]
    name = f"flow {connection.id}"
    room = width - len(name) - len(right) - sum(len(text) for text, _ in states) - 4
    ends = f"  {_ends(connection, room - 2)}" if width >= WIDE else ""  # the diagram names them
    gap = " " * max(1, room - len(ends) + 2)
    return fitted(
        [
            Piece(name, "title"),
            Piece(ends),
            Piece("  "),
            *states,
            Piece(gap),
            Piece(right, "muted"),
        ],
        width,
    )


def detail(shown: Shown, width: int) -> list[Line]:
    """What a connection's packets tell."""
    connection = shown.connection
    lines: list[Line] = [
        [Piece(line, "strong")] for held in shown.held for line in _words(held, width)
    ]
    if shown.diagram is None:
        lines += [[], [Piece("None of its packets are kept any more: too much came after them.")]]
        for found in connection.findings:
            lines += [
                [],
                [Piece(f"{MARKS[found.severity]} {found.code}", found.severity)],
                *([Piece(line)] for line in _paragraph(found.message, width)),
            ]
        return lines
    if shown.since is not None:
        said = f"Its first packets are not kept any more: told from {clock(shown.since)} UTC on."
        lines.append([Piece(said, "warning")])
    lines.append([])
    lines += [[Piece(line)] for line in shown.diagram.splitlines()]
    return lines


def _words(text: str, width: int) -> list[str]:
    return textwrap.wrap(printable(text), max(20, width - 2), subsequent_indent="  ")


def _paragraph(text: str, width: int) -> list[str]:
    return textwrap.wrap(
        printable(text), max(20, width - 4), initial_indent="  ", subsequent_indent="  "
    )
