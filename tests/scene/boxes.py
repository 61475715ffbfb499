"""What each kind of mark covers, in boxes: the words, and the parts of what is drawn."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from math import hypot
from typing import assert_never

from pcapflow.scene.marks import (
    Arc,
    Area,
    Arrow,
    Badge,
    Band,
    Bracket,
    Cut,
    Fold,
    Hold,
    Hop,
    Line,
    Mark,
    Plate,
    Rail,
    Text,
)
from pcapflow.scene.style import (
    BADGE_R,
    BOX,
    DOT,
    EDGE,
    RAIL,
    RAIL_BAR,
    RAIL_CROSS,
    RAIL_TIP,
    WAVE,
    rail_weight,
)
from pcapflow.values import Record

_ASCENT, _DESCENT = 0.74, 0.21
_CROSS = 16.0
_STEP = 8.0


class Box(Record):
    """What a part of a mark covers; ``mark`` is the mark's number in the picture.

    ``carded`` are words on a card, which may cover lines that lie below it.
    """

    kind: str
    name: str
    left: float
    top: float
    right: float
    bottom: float
    mark: int
    carded: bool = False


def boxes(mark: Mark, number: int) -> Iterator[Box]:
    """The boxes of a mark and of the words in it."""

    def box(kind: str, name: str, left: float, top: float, right: float, bottom: float) -> Box:
        return Box(kind, name, left, top, right, bottom, number)

    match mark:
        case Text():
            yield _text(mark, number)
        case Line():
            half = mark.weight / 2
            xs, ys = sorted((mark.x0, mark.x1)), sorted((mark.y0, mark.y1))
            name = f"from {mark.x0:.0f},{mark.y0:.0f}"
            yield box("line", name, xs[0] - half, ys[0] - half, xs[1] + half, ys[1] + half)
        case Area():
            for (x0, y0), (x1, y1) in pairwise((*mark.points, mark.points[0])):
                xs, ys, half = sorted((x0, x1)), sorted((y0, y1)), EDGE / 2
                yield box(
                    "edge", mark.state, xs[0] - half, ys[0] - half, xs[1] + half, ys[1] + half
                )
        case Band():
            yield box("band", mark.state, mark.left, mark.top, mark.right, mark.bottom - 1)
            if mark.tip:
                tip = mark.bottom + mark.tip
                yield box("tip", mark.state, mark.left, mark.bottom, mark.right, tip)
        case Arrow():
            yield from _arrow(mark, number)
        case Fold():
            name = mark.texts[0].words if mark.texts else ""
            yield box("card", name, mark.left, mark.top, mark.right, mark.bottom + 6)
        case Cut():
            name, half = f"at {mark.y:.0f}", WAVE + 4
            for left, right in mark.spans:
                yield box("wave", name, left, mark.y - half, right, mark.y + half)
        case Bracket():
            yield from _bracket(mark, number)
        case Hold():
            xs = sorted((mark.x, mark.band))
            yield box("hold", "2MSL", xs[0] - 1, mark.top, xs[1] - 1, mark.bottom)
            if not mark.whole or mark.bottom > mark.known:
                end = mark.bottom if mark.whole else mark.bottom + 4
                yield box("hold", "its zigzag", mark.x - 7, mark.bottom - 36, mark.x + 7, end)
        case Badge():
            x, y, r = mark.x, mark.y, BADGE_R
            yield box("badge", str(mark.number), x - r, y - r, x + r, y + r)
        case Plate():
            name = mark.texts[0].words if mark.texts else ""
            yield box("plate", name, mark.left, mark.top, mark.right, mark.bottom)
        case Arc():
            way = 1 if mark.bulge > 0 else -1
            xs = sorted((mark.x - 4 * way, mark.x + 0.75 * mark.bulge))
            yield box("arc", "of a reset", xs[0], mark.y0, xs[1], mark.y1)
        case Hop():
            yield from _hop(mark, number)
        case Rail():
            yield from _rail(mark, number)
        case _:
            assert_never(mark)
    if isinstance(mark, Band | Arrow | Fold | Plate | Hop):
        for text in mark.texts:
            yield _text(text, number, isinstance(mark, Fold))


def _text(text: Text, mark: int, carded: bool = False) -> Box:
    left, y, size = text.left, text.y, text.type.size
    top, bottom = y - _ASCENT * size, y + _DESCENT * size
    return Box("text", repr(text.words), left, top, left + text.width, bottom, mark, carded)


def _arrow(arrow: Arrow, number: int) -> Iterator[Box]:
    """The line in short pieces, the head, and the cross."""
    double = arrow.look in ("reset", "ignored")
    half = 5.0 if double else 2.5
    left, right = sorted((arrow.x0, arrow.x1))
    name = f"of #{arrow.frame}"
    x = left
    while x < right:
        stop = min(x + _STEP, right)
        ys = sorted((arrow.y_at(x), arrow.y_at(stop)))
        on_cross = arrow.cross is not None and abs((x + stop) / 2 - arrow.cross) < _CROSS
        if not on_cross:
            yield Box("arrow", name, x, ys[0] - half, stop, ys[1] + half, number)
        x = stop
    if arrow.router:
        x, y, r = arrow.x0, arrow.y0, DOT
        yield Box("arrow", f"{name} at its router", x - r, y - r, x + r, y + r, number)
    if arrow.cross is not None:
        x, y, r = arrow.cross, arrow.y_at(arrow.cross), _CROSS
        yield Box("cross", name, x - r, y - r, x + r, y + r, number)
    else:
        long, wide = (27, 11) if double or arrow.look == "discarded" else (21, 8.5)
        back = arrow.x1 - long if arrow.x1 > arrow.x0 else arrow.x1 + long
        xs, ys = sorted((back, arrow.x1)), sorted((arrow.y_at(back), arrow.y1))
        yield Box("arrow", f"{name} at its head", xs[0], ys[0] - wide, xs[1], ys[1] + wide, number)


def _bracket(bracket: Bracket, number: int) -> Iterator[Box]:
    """The letter in its box, the line along the lifeline, and its one or two arms."""
    x, half = bracket.x, BOX / 2
    y, letter = bracket.letter_y, bracket.letter
    yield Box("letter", letter, x - half, y - half, x + half, y + half, number)
    yield Box("bracket", letter, x - 1, bracket.top, x + 1, bracket.bottom, number)
    if bracket.bottom > bracket.top:
        xs = sorted((x, bracket.lifeline))
        for y in (bracket.top,) if bracket.open else (bracket.top, bracket.bottom):
            yield Box("bracket", f"{letter}, its arm", xs[0], y - 1, xs[1], y + 1, number)


def _rail(rail: Rail, number: int) -> Iterator[Box]:
    """Each state, and the arrowhead or the bar at the right."""
    y = rail.y
    for state, left, right in rail.spans:
        half = rail_weight(state) / 2
        yield Box("rail", f"{rail.end} {state}", left, y - half, right, y + half, number)
    if rail.tip:
        state, _, x = rail.spans[-1]
        half = max(RAIL_TIP / 2, rail_weight(state))
        yield Box("rail", f"{rail.end} tip", x, y - half, x + RAIL_TIP, y + half, number)
    if rail.gone is not None:
        x, half = rail.gone, RAIL_BAR
        yield Box("rail", f"{rail.end} bar", x - 2, y - half, x + 2, y + half, number)


def _hop(hop: Hop, number: int) -> Iterator[Box]:
    """The line in short pieces between the rails and its head, or its first half and the cross."""
    double = hop.look in ("reset", "ignored")
    half = 5.0 if double else 2.5
    name = f"from {hop.x0:.0f},{hop.y0:.0f}"

    def at(part: float) -> tuple[float, float]:
        return hop.x0 + (hop.x1 - hop.x0) * part, hop.y0 + (hop.y1 - hop.y0) * part

    pieces = 8
    for i in range(pieces // 2 if hop.lost else pieces):
        (x0, y0), (x1, y1) = at(i / pieces), at((i + 1) / pieces)
        xs, ys = sorted((x0, x1)), sorted((y0, y1))
        yield Box("hop", name, xs[0] - half, ys[0] - half, xs[1] + half, ys[1] + half, number)
    if hop.lost:
        (x, y), r = at(0.5), RAIL_CROSS + 2
        yield Box("cross", name, x - r, y - r, x + r, y + r, number)
    else:
        tip, wide = (19.0, 8.5) if double else (16.0, 6.8)
        long = hypot(hop.x1 - hop.x0, hop.y1 - hop.y0)
        (x0, y0), (x1, y1) = at(1 - (RAIL / 2 + tip / 2) / long), at(1 - RAIL / 2 / long)
        x, y = (x0 + x1) / 2, (y0 + y1) / 2
        yield Box("hop", f"{name}, its head", x - wide, y - wide, x + wide, y + wide, number)
