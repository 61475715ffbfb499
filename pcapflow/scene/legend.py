"""The legend: a sample of each kind of mark that this picture uses, and no other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pcapflow.scene.marks import (
    Arrow,
    Band,
    Bracket,
    Certainty,
    Cut,
    Dash,
    Fold,
    Line,
    Look,
    Mark,
)
from pcapflow.scene.measure import Setter
from pcapflow.scene.rows import Rows
from pcapflow.scene.sheet import Span
from pcapflow.scene.style import INK, READING, STRETCHED, spine, tint
from pcapflow.values import replace

_LINE = 42.0
_SPACE = 34.0
_GAP = 12.0


def legend(
    marks: Sequence[Mark], rows: Rows, top: float, span: Span, setter: Setter
) -> tuple[list[Mark], float]:
    """The legend's marks, its first line at ``top``, and the y of its last line."""
    x, y = span[0], top
    made: list[Mark] = []
    for words, width, sample in _samples(marks, rows):
        text = setter.width(words, READING)
        if x > span[0] and x + width + _GAP + text > span[1]:
            x, y = span[0], y + _LINE
        made.append(_moved(sample, x, y))
        made.append(setter.text(x + width + _GAP, y + 6, words, READING))
        x += width + _GAP + text + _SPACE
    return made, y


def _samples(marks: Sequence[Mark], rows: Rows) -> Iterator[tuple[str, float, Mark]]:
    """Words, width and sample (at the origin) of what is used."""
    modes = {span.mode for span in rows.spans}
    arrows = [mark for mark in marks if isinstance(mark, Arrow)]
    looks = {arrow.look for arrow in arrows}
    sure = {mark.certainty for mark in marks if isinstance(mark, Band)}
    if "scale" in modes:
        yield "time to scale", 46, _line(INK, 4, "solid")
    if "stretched" in modes:
        yield "stretched", 46, _line(STRETCHED, 2, "dotted")
    if "even" in modes:
        yield "evenly spaced, not to scale", 46, _line(STRETCHED, 2, "dotted")
    if "cut" in modes:
        yield "time cut out", 50, Cut(0, ((0, 50),))
    if any(isinstance(mark, Fold) for mark in marks):
        yield "segments folded", 40, Fold(0, -12, 40, 8)
    if any(isinstance(mark, Bracket) for mark in marks):
        yield "FIN and its ACK", 28, Bracket(14, 14, 0, 0, "A", 0, False)
    if "again" in looks:
        yield "sent again", 52, _arrow("again")
    if any(arrow.cross is not None for arrow in arrows):
        yield "lost", 64, Arrow("client", None, 0, 0, 64, 0, "once", 34)
    if "expected" in looks:
        yield "expected, never captured", 52, _arrow("expected")
    if "discarded" in looks:
        yield "arrived, thrown away", 52, _arrow("discarded")
    if "reset" in looks:
        yield "reset", 52, _arrow("reset")
    if "ignored" in looks:
        yield "reset without effect", 52, _arrow("ignored")
    if "presumed" in sure:
        yield "presumed", 40, _box("presumed")
    if "unknown" in sure:
        yield "not known", 40, _box("unknown")


def _line(colour: str, weight: float, dash: Dash) -> Line:
    return Line(0, 0, 46, 0, colour, weight, dash)


def _arrow(look: Look) -> Arrow:
    return Arrow("client", None, 0, 0, 52, 0, look)


def _box(certainty: Certainty) -> Band:
    return Band(
        "client", "CLOSED", 0, -12, 40, 12, spine("CLOSED"), tint("CLOSED"), certainty, "none"
    )


def _moved(sample: Mark, x: float, y: float) -> Mark:
    """The sample at a place of the legend."""
    match sample:
        case Line() | Arrow():
            moved = {"x0": x, "y0": y, "x1": x + sample.x1, "y1": y}
            if isinstance(sample, Arrow) and sample.cross is not None:
                moved["cross"] = x + sample.cross
        case Cut():
            return Cut(y, tuple((x + a, x + b) for a, b in sample.spans))
        case Bracket():
            moved = {"x": x + sample.x, "lifeline": x + sample.x, "letter_y": y}
            moved |= {"top": y, "bottom": y}
        case Fold() | Band():
            moved = {
                "left": x,
                "right": x + sample.right,
                "top": y + sample.top,
                "bottom": y + sample.bottom,
            }
        case _:
            raise TypeError(f"no sample in a legend: {sample}")
    return replace(sample, **moved)
