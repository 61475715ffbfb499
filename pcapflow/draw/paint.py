"""How each kind of mark looks."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import nullcontext

from pcapflow.draw.miniature import hop, rail
from pcapflow.draw.prose import title
from pcapflow.draw.surface import Dashes, Point, Surface
from pcapflow.scene.marks import (
    Arc,
    Area,
    Arrow,
    Badge,
    Band,
    Bracket,
    Cut,
    Dash,
    Fold,
    Hold,
    Hop,
    Line,
    Mark,
    Plate,
    Rail,
    Text,
    Type,
)
from pcapflow.scene.style import (
    ALARM,
    BADGE_R,
    BLUE,
    BOX,
    CARD,
    DOT,
    EDGE,
    HATCH,
    HOLD,
    INK,
    LETTER,
    NUMBER,
    PAPER,
    SEAM,
    SPINE,
    STRETCHED,
    WAVE,
)

_DASHES: dict[Dash, Dashes | None] = {
    "solid": None,
    "dashed": (11, 6),
    "dotted": (2.5, 5.5),
    "dash-dot": (13, 5, 2.5, 5),
}
_CROSS = 14.0
_PERIOD = 52.0
_AMPLITUDE = 4.0
_DOUBLE = 3.6


def paint(mark: Mark, surface: Surface) -> None:
    """Paints one mark above all that were painted before."""
    name = title(mark)
    with surface.named(name) if name is not None else nullcontext():
        _paint(mark, surface)


def _paint(mark: Mark, surface: Surface) -> None:
    match mark:
        case Text():
            surface.text(mark)
        case Line():
            ends = [(mark.x0, mark.y0), (mark.x1, mark.y1)]
            surface.line(ends, mark.colour, mark.weight, _DASHES[mark.dash])
        case Band():
            _band(mark, surface)
        case Arrow():
            _arrow(mark, surface)
        case Fold():
            _fold(mark, surface)
        case Cut():
            for left, right in mark.spans:
                _wave(left, right, mark.y, surface)
        case Bracket():
            _bracket(mark, surface)
        case Hold():
            _hold(mark, surface)
        case Badge():
            surface.circle(mark.x, mark.y, BADGE_R, mark.colour)
            kind = Type(NUMBER.face, NUMBER.size, mark.ink)
            surface.words(mark.x, mark.y + 7, str(mark.number), kind)
        case Plate():
            _plate(mark, surface)
        case Arc():
            _arc(mark, surface)
        case Area():
            surface.polygon(mark.points, mark.fill)
            surface.line(mark.edge, mark.colour, EDGE)
        case Hop():
            hop(mark, surface)
        case Rail():
            rail(mark, surface)


def _band(band: Band, surface: Surface) -> None:
    left, top, right, bottom = band.left, band.top, band.right, band.bottom - SEAM
    if band.certainty == "certain":
        surface.box(left, top, right, bottom, band.tint)
    elif band.certainty == "presumed":
        surface.box(left, top, right, bottom, PAPER)
        for start, stop in _hatch(left, top, right, bottom):
            surface.line([start, stop], HATCH, 1.7)
        surface.box(left, top, right, bottom, "none", band.colour, 2, dashes=(9, 5))
    else:
        surface.box(left, top, right, bottom, PAPER, band.colour, 2, dashes=(2.5, 5))
    if band.spine == "right":
        corners = [(right - SPINE, top), (right, top), (right, bottom)]
        surface.polygon([*corners, (right - SPINE - band.wedge, bottom)], band.colour)
    elif band.spine == "left":
        corners = [(left + SPINE, top), (left, top), (left, bottom)]
        surface.polygon([*corners, (left + SPINE + band.wedge, bottom)], band.colour)
    if band.tip:
        point = ((left + right) / 2, bottom + band.tip)
        surface.polygon([(left, bottom), (right, bottom), point], band.colour)
    for text in band.texts:
        surface.text(text)


def _hatch(
    left: float, top: float, right: float, bottom: float, step: float = 17.0
) -> Iterator[tuple[Point, Point]]:
    """Diagonals at 45 degrees, cut off at the box; they start at whole steps of the page."""
    first = math.floor((left + top) / step) + 1
    last = math.ceil((right + bottom) / step)
    for total in (step * i for i in range(first, last)):
        x0, x1 = max(left, total - bottom), min(right, total - top)
        if x1 > x0:
            yield (x0, total - x0), (x1, total - x1)


def _arrow(arrow: Arrow, surface: Surface) -> None:
    colour = {"reset": ALARM, "ignored": STRETCHED, "expected": STRETCHED}.get(arrow.look, INK)
    weight = {"discarded": 5.0, "expected": 2.0, "reset": 2.4, "ignored": 2.0}.get(arrow.look, 2.7)
    dashes = {"again": (13.5, 6.5), "expected": (2.5, 6.0)}.get(arrow.look)
    long, wide = (27.0, 11.0) if arrow.look in ("reset", "discarded", "ignored") else (21.0, 8.5)
    way = 1.0 if arrow.x1 > arrow.x0 else -1.0
    start = (arrow.x0, arrow.y0)
    if arrow.cross is not None:
        stop = arrow.cross - way * (_CROSS + 5)
        surface.line([start, (stop, arrow.y_at(stop))], colour, weight, dashes)
        on = arrow.cross + way * (_CROSS + 8)
        if way * (arrow.x1 - on) > 8:
            rest = [(on, arrow.y_at(on)), (arrow.x1, arrow.y1)]
            surface.line(rest, STRETCHED, 2, (2.5, 6.0))
        _cross(arrow.cross, arrow.y_at(arrow.cross), surface)
    else:
        base = arrow.x1 - way * long
        body = [start, (base + way, arrow.y_at(base + way))]
        if arrow.look in ("reset", "ignored"):
            for offset in (-_DOUBLE, _DOUBLE):
                surface.line([(x, y + offset) for x, y in body], colour, weight, dashes)
        else:
            surface.line(body, colour, weight, dashes)
        hollow = arrow.look in ("expected", "discarded", "ignored")
        _head(arrow, way, long, wide, colour, hollow, surface)
    if arrow.router:
        surface.circle(*start, DOT, INK)
    for text in arrow.texts:
        surface.text(text)


def _head(
    arrow: Arrow,
    way: float,
    long: float,
    wide: float,
    colour: str,
    hollow: bool,
    surface: Surface,
) -> None:
    slope = (arrow.y1 - arrow.y0) / abs(arrow.x1 - arrow.x0)
    tip = (arrow.x1 - way, arrow.y1)
    back = (tip[0] - way * long, tip[1] - slope * long)
    sides = [(back[0] - slope * way * side, back[1] + side) for side in (-wide, wide)]
    if hollow:
        surface.polygon([tip, *sides], PAPER, colour, 2.2)
    else:
        surface.polygon([tip, *sides], colour)


def _cross(x: float, y: float, surface: Surface) -> None:
    for way in (-1, 1):
        ends = [(x - _CROSS, y - way * _CROSS), (x + _CROSS, y + way * _CROSS)]
        surface.line(ends, ALARM, 5.5)


def _fold(fold: Fold, surface: Surface) -> None:
    for shift in (6.0, 0.0):
        surface.box(
            fold.left + shift,
            fold.top + shift,
            fold.right - shift,
            fold.bottom + shift,
            CARD,
            STRETCHED,
            1.7,
            min(8, (fold.bottom - fold.top) / 5),
        )
    for text in fold.texts:
        surface.text(text)


def _wave(left: float, right: float, y: float, surface: Surface) -> None:
    count = max(8, int((right - left) / 2))
    xs = [left + (right - left) * i / count for i in range(count + 1)]
    swing = [_AMPLITUDE * math.sin(2 * math.pi * x / _PERIOD) for x in xs]
    upper = [(x, y - WAVE + s) for x, s in zip(xs, swing, strict=True)]
    lower = [(x, y + WAVE + s) for x, s in zip(xs, swing, strict=True)]
    surface.polygon([*upper, *lower[::-1]], PAPER)
    surface.line(upper, STRETCHED, 2)
    surface.line(lower, STRETCHED, 2)


def _bracket(bracket: Bracket, surface: Surface) -> None:
    x, top, bottom = bracket.x, bracket.top, bracket.bottom
    if bottom > top:
        inward = 5.0 if x > bracket.lifeline else -5.0
        points = [(bracket.lifeline + inward, top), (x, top), (x, bottom)]
        if not bracket.open:
            points.append((bracket.lifeline + inward, bottom))
        surface.line(points, BLUE, 2.4)
    half, y = BOX / 2, bracket.letter_y
    surface.box(x - half, y - half, x + half, y + half, PAPER, BLUE, 2.2)
    surface.words(x, y + 6.5, bracket.letter, LETTER)


def _hold(hold: Hold, surface: Surface) -> None:
    x, band = hold.x, hold.band
    if hold.known == hold.bottom:
        corners = [(band, hold.top + 1), (x, hold.top + 1), (x, hold.bottom - SEAM)]
        if hold.whole:
            corners.append((band, hold.bottom - SEAM))
        surface.line(corners, HOLD, 2.4)
        if not hold.whole:
            surface.line([(x - 7, hold.bottom - 10), (x + 7, hold.bottom + 4)], HOLD, 2.4)
        return
    surface.line([(band, hold.top + 1), (x, hold.top + 1), (x, hold.known)], HOLD, 2.4)
    zigzag = hold.bottom - 24
    surface.line([(x, hold.known), (x, zigzag - 12)], HOLD, 2.4, (2.5, 5))
    steps = [(x, zigzag - 12), (x - 6, zigzag - 6), (x + 6, zigzag + 4), (x, zigzag + 10)]
    surface.line([*steps, (x, hold.bottom - SEAM), (band, hold.bottom - SEAM)], HOLD, 2.4)


def _plate(plate: Plate, surface: Surface) -> None:
    surface.box(
        plate.left,
        plate.top,
        plate.right,
        plate.bottom,
        plate.fill,
        plate.edge,
        2.6 if plate.edge else 0,
        plate.radius,
        (9, 5) if plate.dashed else None,
    )
    for text in plate.texts:
        surface.text(text)


def _arc(arc: Arc, surface: Surface) -> None:
    x, y0, y1, bulge = arc.x, arc.y0, arc.y1, arc.bulge
    surface.curve(
        ((x, y0), (x + bulge, y0 + 10), (x + bulge, y1 - 18), (x + 4, y1 - 6)), ALARM, 2.4
    )
    way = 1 if bulge > 0 else -1
    surface.polygon([(x - way * 4, y1), (x + way * 4, y1 - 15), (x + way * 13, y1 - 4)], ALARM)
