"""Finds what overlaps in a scene: the boxes of words, badges, crosses, cards, lines and bands."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pcapflow.scene import Chart, Scene
from pcapflow.scene.marks import (
    Arc,
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
    MARGIN,
    RAIL_BAR,
    RAIL_CROSS,
    RAIL_TIP,
    WAVE,
    rail_weight,
)

_ASCENT, _DESCENT = 0.74, 0.21
_CROSS = 16.0
_STEP = 8.0
_SLACK = 0.5

# Which kinds must keep clear of which.  "own" words may lie on their own card, plate or band.
_APART = {
    frozenset(pair)
    for pair in (
        *(
            (("text", other))
            for other in (
                "text",
                "badge",
                "cross",
                "letter",
                "arrow",
                "line",
                "bracket",
                "wave",
                "card",
                "plate",
                "band",
                "arc",
                "hold",
                "rail",
                "hop",
            )
        ),
        *((("rail", other)) for other in ("plate", "line", "rail", "cross")),
        *((("hop", other)) for other in ("plate", "line", "cross")),
        *(
            (("badge", other))
            for other in (
                "badge",
                "cross",
                "letter",
                "arrow",
                "bracket",
                "wave",
                "plate",
                "arc",
            )
        ),
        *((("cross", other)) for other in ("cross", "card", "letter", "plate", "bracket", "wave")),
        *((("letter", other)) for other in ("letter", "arrow", "wave", "card", "arc")),
        *((("card", other)) for other in ("card", "arrow", "plate", "wave", "bracket")),
        *((("plate", other)) for other in ("plate", "arrow", "wave")),
        ("arrow", "wave"),
        ("band", "band"),
        ("arc", "bracket"),
    )
}


@dataclass(frozen=True)
class Box:
    """What a part of a mark covers."""

    kind: str
    name: str
    left: float
    top: float
    right: float
    bottom: float
    mark: int
    carded: bool = False

    def meets(self, other: Box) -> bool:
        return (
            self.left + _SLACK < other.right
            and other.left + _SLACK < self.right
            and self.top + _SLACK < other.bottom
            and other.top + _SLACK < self.bottom
        )


def overlaps(scene: Scene | Chart) -> list[str]:
    """A line for each pair that overlaps, and for all that leaves the page or its band."""
    boxes = sorted(
        (box for number, mark in enumerate(scene.marks) for box in _boxes(mark, number)),
        key=lambda box: box.top,
    )
    found = [f"{b.kind} {b.name} leaves the page" for b in boxes if _outside(b, scene)]
    for mark in scene.marks:
        if isinstance(mark, Band):
            found += [
                f"text {text.words!r} leaves its band"
                for text in mark.texts
                if text.left < mark.left
                or text.left + text.width > mark.right
                or not mark.top < text.y < mark.bottom
            ]
    return found + [f"{a.kind} {a.name} meets {b.kind} {b.name}" for a, b in _pairs(boxes)]


def _pairs(boxes: list[Box]) -> Iterator[tuple[Box, Box]]:
    active: list[Box] = []
    for box in boxes:
        active = [a for a in active if a.bottom > box.top]
        for a in active:
            apart = frozenset((a.kind, box.kind)) in _APART
            if apart and a.meets(box) and not _together(a, box):
                yield a, box
        active.append(box)


def _together(a: Box, b: Box) -> bool:
    """Words on their own card, plate or band, parts of one mark, and lines below a card."""
    if a.mark != b.mark:
        text, line = (a, b) if a.kind == "text" else (b, a)
        return (text.kind, line.kind) == ("text", "line") and text.carded and line.mark < text.mark
    if "text" in (a.kind, b.kind):
        return bool({a.kind, b.kind} & {"card", "plate", "band"})
    return True


def _outside(box: Box, scene: Scene | Chart) -> bool:
    left, right = (MARGIN, scene.width - MARGIN) if box.kind == "text" else (0.0, scene.width)
    inside = left - _SLACK <= box.left and box.right <= right + _SLACK
    return not (inside and box.top >= 0 and box.bottom <= scene.height)


def _text(text: Text, mark: int, carded: bool = False) -> Box:
    size = text.type.size
    return Box(
        "text",
        repr(text.words),
        text.left,
        text.y - _ASCENT * size,
        text.left + text.width,
        text.y + _DESCENT * size,
        mark,
        carded,
    )


def _boxes(mark: Mark, number: int) -> Iterator[Box]:
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
        case Band():
            yield box("band", mark.state, mark.left, mark.top, mark.right, mark.bottom - 1)
        case Arrow():
            yield from _arrow(mark, number)
        case Fold():
            yield box(
                "card",
                mark.texts[0].words if mark.texts else "",
                mark.left,
                mark.top,
                mark.right,
                mark.bottom + 6,
            )
        case Cut():
            for left, right in mark.spans:
                yield box(
                    "wave", f"at {mark.y:.0f}", left, mark.y - WAVE - 4, right, mark.y + WAVE + 4
                )
        case Bracket():
            half = BOX / 2
            yield box(
                "letter",
                mark.letter,
                mark.x - half,
                mark.letter_y - half,
                mark.x + half,
                mark.letter_y + half,
            )
            yield box("bracket", mark.letter, mark.x - 1, mark.top, mark.x + 1, mark.bottom)
        case Hold():
            xs = sorted((mark.x, mark.band))
            yield box("hold", "2MSL", xs[0] - 1, mark.top, xs[1] - 1, mark.bottom)
        case Badge():
            yield box(
                "badge",
                str(mark.number),
                mark.x - BADGE_R,
                mark.y - BADGE_R,
                mark.x + BADGE_R,
                mark.y + BADGE_R,
            )
        case Plate():
            name = mark.texts[0].words if mark.texts else ""
            yield box("plate", name, mark.left, mark.top, mark.right, mark.bottom)
        case Arc():
            xs = sorted((mark.x, mark.x + 0.75 * mark.bulge))
            yield box("arc", "of a reset", xs[0], mark.y0, xs[1], mark.y1)
        case Hop():
            yield from _hop(mark, number)
        case Rail():
            y = mark.y
            for state, left, right in mark.spans:
                half = rail_weight(state) / 2
                yield box("rail", f"{mark.end} {state}", left, y - half, right, y + half)
            if mark.tip:
                x, half = mark.spans[-1][2], RAIL_TIP / 2
                yield box("rail", f"{mark.end} tip", x, y - half, x + RAIL_TIP, y + half)
            if mark.gone is not None:
                x = mark.gone
                yield box("rail", f"{mark.end} bar", x - 2, y - RAIL_BAR, x + 2, y + RAIL_BAR)
    if isinstance(mark, Band | Arrow | Fold | Plate | Hop):
        for text in mark.texts:
            yield _text(text, number, isinstance(mark, Fold))


def _arrow(arrow: Arrow, number: int) -> Iterator[Box]:
    """The line in short pieces, the head, and the cross."""
    half = 5.0 if arrow.look in ("reset", "ignored") else 2.5
    left, right = sorted((arrow.x0, arrow.x1))
    name = f"of #{arrow.frame}"
    x = left
    while x < right:
        stop = min(x + _STEP, right)
        ys = sorted((arrow.y_at(x), arrow.y_at(stop)))
        on_cross = arrow.cross is not None and abs((x + stop) / 2 - arrow.cross) < _CROSS
        if not on_cross:
            yield Box("arrow", name, x, ys[0] - half, stop, ys[1] + half, mark=number)
        x = stop
    if arrow.cross is not None:
        y = arrow.y_at(arrow.cross)
        yield Box(
            "cross",
            name,
            arrow.cross - _CROSS,
            y - _CROSS,
            arrow.cross + _CROSS,
            y + _CROSS,
            mark=number,
        )


def _hop(hop: Hop, number: int) -> Iterator[Box]:
    """The line in short pieces between the rails, or its first half and the cross."""
    half = 5.0 if hop.look in ("reset", "ignored") else 2.5
    name = f"from {hop.x0:.0f},{hop.y0:.0f}"
    pieces = 8
    for i in range(pieces // 2 if hop.lost else pieces):
        xs = [hop.x0 + (hop.x1 - hop.x0) * j / pieces for j in (i, i + 1)]
        ys = sorted(hop.y0 + (hop.y1 - hop.y0) * j / pieces for j in (i, i + 1))
        yield Box("hop", name, xs[0] - half, ys[0], xs[1] + half, ys[1], number)
    if hop.lost:
        x, y = (hop.x0 + hop.x1) / 2, (hop.y0 + hop.y1) / 2
        yield Box(
            "cross",
            name,
            x - RAIL_CROSS - 2,
            y - RAIL_CROSS - 2,
            x + RAIL_CROSS + 2,
            y + RAIL_CROSS + 2,
            number,
        )
