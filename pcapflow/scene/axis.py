"""The time gutter and axis at the left, cuts across the picture, and words in its silences."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

from pcapflow.model import ENDS, Connection, End
from pcapflow.scene.items import Expected
from pcapflow.scene.marks import Band, Cut, Line, Mark, Text, Type
from pcapflow.scene.measure import Setter
from pcapflow.scene.places import Lanes
from pcapflow.scene.rows import Rows, Span
from pcapflow.scene.sheet import AXIS_X, CLIENT_BAND, CLIENT_X, GUTTER_X, Sheet
from pcapflow.scene.style import (
    ASIDE,
    GUTTER,
    GUTTER_SMALL,
    GUTTER_TIGHT,
    IDLE,
    INK,
    MARGIN,
    STRETCHED,
)
from pcapflow.scene.view import Clock
from pcapflow.scene.words import MS, SECOND, joined, lasting, since_before
from pcapflow.values import replace

_TICK = 6.0
_TOLD = 5 * MS
"""Shorter silences are told by the times beside them."""


def gutter(connection: Connection, rows: Rows, clock: Clock, setter: Setter) -> Iterator[Mark]:
    """Times by the clock and since what was drawn before, with the axis beside them."""
    first, write = rows.rows[0], _writer(connection, rows, clock, setter)
    yield Line(AXIS_X, first.tick, AXIS_X, rows.end, STRETCHED, 2, "dotted")
    for span in rows.spans:
        if span.mode == "scale":
            yield Line(AXIS_X, span.top, AXIS_X, span.bottom, INK, 4)
    yield from _time(first.tick, write(first.item.at), None, setter)
    for before, row in pairwise(rows.rows):
        if not isinstance(row.item, Expected):
            yield from _time(row.tick, write(row.item.at), row.item.at - before.item.until, setter)
    timed = [row for row in rows.rows if not isinstance(row.item, Expected)]
    after = connection.capture_end - timed[-1].item.until
    if after >= MS:
        yield from _time(rows.end, write(connection.capture_end), after, setter, above=True)


def _writer(
    connection: Connection, rows: Rows, clock: Clock, setter: Setter
) -> Callable[[int], Text]:
    """Writes moments into the gutter: all in the same type, with as many digits as it holds."""
    moments = [connection.capture_end, *(row.item.at for row in rows.rows)]

    def text(ns: int, kind: Type, digits: int) -> Text:
        words = clock.tick(ns, connection.first, digits)
        return setter.text(GUTTER_X, 0, words, kind, "right")

    for kind, digits in ((GUTTER, 3), (GUTTER_TIGHT, 3), (GUTTER_TIGHT, 2), (GUTTER_TIGHT, 0)):
        if all(text(ns, kind, digits).left >= MARGIN for ns in moments):
            break
    return lambda ns: text(ns, kind, digits)


def _time(
    y: float, time: Text, passed: int | None, setter: Setter, above: bool = False
) -> Iterator[Mark]:
    """A tick and its times, beside it or, at the capture's end, above its line."""
    yield Line(AXIS_X - _TICK, y, AXIS_X + _TICK, y, STRETCHED, 2)
    if above:
        y -= 38
    yield replace(time, y=y + 6)
    if passed is not None:
        yield setter.text(GUTTER_X, y + 27, since_before(passed), GUTTER_SMALL, "right")


def cuts(rows: Rows, sheet: Sheet, setter: Setter) -> Iterator[Mark]:
    """Where time was taken out, and how much."""
    for span in rows.spans:
        if span.wave is None:
            continue
        words = f"· · ·  {lasting(span.took)} idle  · · ·"
        text = setter.text(sheet.middle, span.wave + 7, words, IDLE, "middle")
        yield Cut(
            span.wave,
            (
                (AXIS_X - 16, CLIENT_BAND[1] + 1),
                (CLIENT_X + 12, text.left - 16),
                (text.left + text.width + 16, sheet.server_x - 12),
                (sheet.server_band[0] - 1, sheet.server_band[1] + 8),
            ),
        )
        yield text


def silences(rows: Rows, bands: Sequence[Band], lanes: Lanes, setter: Setter) -> Iterator[Mark]:
    """A word where nothing happens for a good part of the picture."""
    for span, row in zip(rows.spans, rows.rows[1:], strict=False):
        free = span.free[1] - span.free[0]
        if span.mode not in ("scale", "even") or span.took < _TOLD or free < 44:
            continue
        lines = [f"nothing on the wire for {_short(span.took)}"]
        why = _why(span, bands)
        if why and span.took >= 100 * MS and free > 76 and not isinstance(row.item, Expected):
            lines.append(why)
        y = (span.free[0] + span.free[1]) / 2 - 14 * (len(lines) - 1) + 6
        for line in lines:
            x = lanes.middle(setter.width(line, ASIDE))
            yield setter.text(x, y, joined(line), ASIDE, "middle")
            y += 28


def _short(ns: int) -> str:
    return f"{ns / MS:.0f} ms" if ns < SECOND else lasting(ns)


def _why(span: Span, bands: Sequence[Band]) -> str:
    """Who is waiting for what, if a state says so."""
    middle = (span.top + span.bottom) / 2
    states: dict[End, str] = {
        band.end: band.state for band in bands if band.top < middle < band.bottom
    }
    for end in ENDS:
        if states.get(end) == "CLOSE_WAIT":
            return f"the {end} has not closed its end yet"
    for end in ENDS:
        if states.get(end) in ("LAST_ACK", "FIN_WAIT_1", "CLOSING"):
            return f"no ACK arrives: the {end}’s timer runs"
    return ""
