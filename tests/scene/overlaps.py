"""Finds what overlaps in a picture: words, badges, crosses, cards, lines, bands, areas."""

from __future__ import annotations

from collections.abc import Iterator

from pcapflow.scene import Chart, Scene
from pcapflow.scene.marks import Band
from pcapflow.scene.style import MARGIN
from pcapflow.values import Record
from tests.scene.boxes import Box, boxes

_SLACK = 0.5

# Which kinds must keep clear of which others.  Words may lie on their own card, plate or band, and
# inside an area, but not across the edge of one.
_CLEAR_OF = {
    "text": "text badge cross letter arrow line bracket wave card plate band tip arc hold rail hop "
    "edge",
    "rail": "plate line rail cross",
    "hop": "plate line cross",
    "badge": "badge cross letter arrow bracket wave plate arc line tip edge",
    "cross": "cross card letter plate bracket wave line",
    "letter": "letter arrow wave card arc line",
    "card": "card arrow plate wave bracket arc",
    "plate": "plate arrow wave",
    "arrow": "wave tip",
    "band": "band",
    "tip": "tip plate card",
    "arc": "bracket wave",
}
_APART = {
    frozenset((kind, other)) for kind, others in _CLEAR_OF.items() for other in others.split()
}


class Overlap(Record):
    """What is wrong, and with which two kinds of thing."""

    kinds: str
    words: str

    def __str__(self) -> str:
        return self.words


def overlaps(scene: Scene | Chart) -> list[str]:
    """A line for each pair that overlaps, and for all that leaves the page or its band."""
    return [found.words for found in overlapping(scene)]


def overlapping(scene: Scene | Chart) -> list[Overlap]:
    """The same, with the kinds of things."""
    parts = sorted(
        (box for number, mark in enumerate(scene.marks) for box in boxes(mark, number)),
        key=lambda box: box.top,
    )
    found = [
        Overlap(f"{b.kind} leaves the page", f"{b.kind} {b.name} leaves the page")
        for b in parts
        if _outside(b, scene)
    ]
    for mark in scene.marks:
        if isinstance(mark, Band):
            found += [
                Overlap("text leaves its band", f"text {text.words!r} leaves its band")
                for text in mark.texts
                if text.left < mark.left
                or text.left + text.width > mark.right
                or not mark.top < text.y < mark.bottom
            ]
    for a, b in _pairs(parts):
        kinds = " meets ".join(sorted((a.kind, b.kind)))
        found.append(Overlap(kinds, f"{a.kind} {a.name} meets {b.kind} {b.name}"))
    return found


def _pairs(boxes: list[Box]) -> Iterator[tuple[Box, Box]]:
    active: list[Box] = []
    for box in boxes:
        active = [a for a in active if a.bottom > box.top]
        for a in active:
            apart = frozenset((a.kind, box.kind)) in _APART
            if apart and _meet(a, box) and not _together(a, box):
                yield a, box
        active.append(box)


def _meet(a: Box, b: Box) -> bool:
    return (
        a.left + _SLACK < b.right
        and b.left + _SLACK < a.right
        and a.top + _SLACK < b.bottom
        and b.top + _SLACK < a.bottom
    )


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
