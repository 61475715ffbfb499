"""What belongs to one lifeline: the line itself, FIN brackets, TIME_WAIT's 2MSL, the capture."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from pcapflow.model import ENDS, Connection, End
from pcapflow.scene.bands import Frame
from pcapflow.scene.items import Notice, Run
from pcapflow.scene.marks import (
    Arc,
    Arrow,
    Badge,
    Bracket,
    Cut,
    Fold,
    Hold,
    Line,
    Mark,
    Plate,
    Text,
)
from pcapflow.scene.measure import Setter
from pcapflow.scene.places import Lanes, Places
from pcapflow.scene.rows import Row, Rows
from pcapflow.scene.sheet import GUTTER_X, Sheet
from pcapflow.scene.spells import restarted
from pcapflow.scene.steps import Step
from pcapflow.scene.style import (
    ASIDE,
    BADGE_R,
    BOX,
    BRACKET,
    ENDS_AT,
    HOLD_HEAD,
    HOLD_SMALL,
    INK,
    MARGIN,
    MUTED,
    POINT,
    WAVE,
)
from pcapflow.scene.view import View
from pcapflow.scene.words import SECOND
from pcapflow.tcp.timers import Settings

_HOLD = 14.0
_PIECE = 16.0
"""Shorter pieces of a line show nothing."""


def lifelines(frame: Frame, top: float, sheet: Sheet) -> Iterator[Mark]:
    """Both lifelines, dotted where the capture has ended."""
    for end in ENDS:
        x = sheet.lifeline(end)
        yield Line(x, top, x, frame.end, INK, 3)
        yield Line(x, frame.end, x, frame.bottom, INK, 3, "dotted")


def capture_point(
    connection: Connection, lanes: Lanes, frame: Frame, top: float, setter: Setter
) -> Iterator[Mark]:
    """Where the capture was made, if the handshake's timing tells."""
    y = top + 16
    if lanes.capture is not None:
        yield Line(lanes.capture, top + 4, lanes.capture, frame.end, MUTED, 1.6, "dash-dot")
        left = connection.vantage == "client"
        x = lanes.capture + (8 if left else -8)
        yield setter.text(x, y, "capture point", POINT, "left" if left else "right")
    elif connection.vantage == "between":
        yield setter.text(
            lanes.sheet.middle, y, "captured somewhere between the two", POINT, "middle"
        )


def third_lifeline(
    connection: Connection, told: Sequence[Step], marks: Sequence[Mark], frame: Frame, sheet: Sheet
) -> Iterator[Mark]:
    """The capture point between the two, where a loss or a forgery makes it matter.

    It is drawn in pieces, so that it crosses no words.
    """
    matters = any(step.fate == "lost" or step.reset == "injected" for step in told)
    if connection.vantage != "between" or not matters:
        return
    taken = sorted(stretch for mark in marks for stretch in _stretches(mark, sheet.middle))
    y = taken[0][1] if taken else frame.top
    for above, below in [*taken, (frame.end, frame.end)]:
        if above - y >= _PIECE:
            yield Line(sheet.middle, y, sheet.middle, above, MUTED, 1.6, "dash-dot")
        y = max(y, below)


def _stretches(mark: Mark, x: float) -> Iterator[tuple[float, float]]:
    """The heights at x that words, cards and cuts take, with some air."""
    match mark:
        case Text() if mark.left - 8 < x < mark.left + mark.width + 8:
            yield mark.y - 0.74 * mark.type.size - 5, mark.y + 0.21 * mark.type.size + 5
        case Fold() | Plate() if mark.left - 8 < x < mark.right + 8:
            yield mark.top - 5, mark.bottom + 11
        case Cut():
            yield mark.y - WAVE - 9, mark.y + WAVE + 9
        case Badge() if abs(mark.x - x) < BADGE_R + 8:
            yield mark.y - BADGE_R - 5, mark.y + BADGE_R + 5
        case Arrow():
            for text in mark.texts:
                yield from _stretches(text, x)


def capture_end(
    connection: Connection,
    frame: Frame,
    leaking: End | None,
    view: View,
    sheet: Sheet,
    setter: Setter,
) -> Iterator[Mark]:
    """The line where knowledge stops."""
    yield Line(MARGIN, frame.end, sheet.server_band[1] + 24, frame.end, INK, 2, "dashed")
    at = view.clock.moment(connection.capture_end, date=False)
    yield setter.text(sheet.middle, frame.end + 29, f"capture ends  {at}", ENDS_AT, "middle")
    if leaking is not None:
        aside = f"the {leaking}’s socket stays where it is"
    elif {"CLOSED", "TIME_WAIT"} & set(connection.states):
        aside = "below: not captured, inferred"
    else:
        return
    yield setter.text(sheet.middle, frame.end + 56, aside, ASIDE, "middle")


def brackets(rows: Rows, sheet: Sheet) -> Iterator[Bracket]:
    """One for each FIN: from its first sending to the arrival of the ACK that got through."""
    for letter in "AB":
        carrying = [r for r in rows.rows if isinstance(r.item, Step) and r.item.letter == letter]
        if not carrying:
            continue
        first = carrying[0]
        assert isinstance(first.item, Step)
        end = first.item.end
        top = first.at(end) + 8
        until = _acknowledged(rows, letter, first)
        bottom = until.at(end) - 6 if until is not None else _reset(rows, end, first)
        inward = 1 if end == "client" else -1
        x = sheet.lifeline(end) + BRACKET * inward
        letter_y = _free(rows, end, top, bottom)
        yield Bracket(x, sheet.lifeline(end), top, bottom, letter, letter_y, until is None)


def _acknowledged(rows: Rows, letter: str, first: Row) -> Row | None:
    for row in rows.rows:
        step = row.item
        covers = isinstance(step, Step) and step.covers == letter and step.fate != "lost"
        if covers and row.middle > first.middle:
            return row
    return None


def _reset(rows: Rows, end: End, first: Row) -> float:
    """Where a FIN that nobody acknowledged stops mattering: a reset, or the capture's end."""
    for row in rows.rows:
        step = row.item
        if row.middle > first.middle and isinstance(step, Step) and step.reset is not None:
            return row.at(end) - 6
    return rows.end - 8


def _free(rows: Rows, end: End, top: float, bottom: float) -> float:
    """The y for a letter: the middle of the tallest piece without arrows, cards or cuts."""
    touched = [row.at(end) for row in rows.rows if isinstance(row.item, Step | Notice)]
    touched += [row.middle for row in rows.rows if isinstance(row.item, Run)]
    touched += [span.wave for span in rows.spans if span.wave is not None]
    edges = [top, *sorted(y for y in touched if top < y < bottom), bottom]
    above, below = max(pairwise(edges), key=lambda piece: piece[1] - piece[0])
    return (above + below) / 2


def clear_arcs(arcs: Iterator[Arc], drawn: Sequence[Bracket]) -> Iterator[Arc]:
    """The arcs that no bracket is in the way of."""
    for arc in arcs:
        if not any(
            abs(bracket.x - arc.x) < BRACKET + BOX
            and max(bracket.bottom, bracket.letter_y + BOX / 2) > arc.y0
            and min(bracket.top, bracket.letter_y - BOX / 2) < arc.y1
            for bracket in drawn
        ):
            yield arc


def hold(
    connection: Connection,
    places: Places,
    frame: Frame,
    settings: Settings,
    view: View,
    sheet: Sheet,
    setter: Setter,
) -> Iterator[Mark]:
    """TIME_WAIT's 2MSL from its last restart, as far as the capture saw it."""
    for end, state in zip(ENDS, connection.states, strict=True):
        turns = [t for t in connection.transitions if t.end == end]
        entered = next((t for t in turns[::-1] if t.after == "TIME_WAIT"), None)
        if entered is None:
            continue
        at, frame_number = restarted(connection, end, entered)
        top = places.touch(end, frame_number, at)
        left = sheet.band(end)[0 if end == "client" else 1]
        x = left + (-_HOLD if end == "client" else _HOLD)
        if state != "TIME_WAIT":
            over = turns[turns.index(entered) + 1] if entered is not turns[-1] else None
            if over is not None:
                y = places.touch(end, over.frame, over.at)
                if y > top:
                    yield Hold(x, left, top, y, y, over.evidence == "timer")
            continue
        yield Hold(x, left, top, frame.end, frame.bottom)
        name = settings.profile.name.title() if settings.time_wait is None else "as stated"
        two_msl = f"{settings.two_msl / SECOND:g} s"
        origin = f"from #{frame_number}" if frame_number is not None else ""
        ends = view.clock.time(at + settings.two_msl)
        both = connection.states[0] == connection.states[1]
        words = f"the {end}’s TIME_WAIT ends  {ends}" if both else f"TIME_WAIT ends  {ends}"
        if end == "client":
            lines = (
                (f"2MSL = {two_msl}", HOLD_HEAD),
                (origin, HOLD_SMALL),
                (f"({name})", HOLD_SMALL),
            )
            for i, (line, kind) in enumerate(lines):
                if setter.width(line, kind) > GUTTER_X - MARGIN:
                    line = line.removeprefix("from ").replace(" = ", " ")
                yield setter.text(GUTTER_X, frame.end + 30 + 25 * i, line, kind, "right")
        elif not both:
            words += f", {two_msl} {origin} ({name})"
        y = frame.end + (116 if both and end == "server" else 90)
        yield setter.text(sheet.middle, y, words, HOLD_HEAD, "middle")
