"""Words beside the diagram: how to read it, and what was found.

What does not fit beside a short diagram stands below it, on the whole width of the page.
"""

from __future__ import annotations

from collections.abc import Sequence

from pcapflow.model import Finding
from pcapflow.scene.labels import reset_tag
from pcapflow.scene.marks import Badge, Line, Mark, Plate, Type
from pcapflow.scene.measure import Setter
from pcapflow.scene.sheet import Span
from pcapflow.scene.style import (
    ADVICE,
    ADVICE_HEAD,
    BADGE_R,
    COLUMN_HEAD,
    FINDING,
    FINDING_SUB,
    FINDING_TEXT,
    PLATE,
    READING,
    RULE,
    severity,
)
from pcapflow.scene.telling import ResetKind
from pcapflow.scene.words import joined
from pcapflow.values import Record, replace

_LINE = 26.0
_INDENT = 46.0
_PAD = 18.0
_WORTH = 60.0
"""Words leave the column where the page becomes shorter by that."""
_GUTTER = 56.0
_WIDE = 440.0
"""About how wide a column below the diagram is."""
_KINDS: dict[ResetKind, str] = {
    "closed socket": "nobody home",
    "abort": "a live socket",
    "refused": "no service",
    "injected": "a third party",
    "ignored": "no effect",
    "not exact": "challenged",
}


class Column:
    """Words below each other; every mark is pushed down, never up."""

    def __init__(self, top: float, span: Span, setter: Setter) -> None:
        self.span = self._left, self._right = span
        self.setter = setter
        self.y = top
        self.marks: list[Mark] = []

    def reading(self, words: str) -> None:
        """How to read the picture."""
        self._put("HOW TO READ THIS", COLUMN_HEAD, 34)
        self._paragraph(words, READING, 26)
        self.y += 20

    def head(self, words: str, at: float | None = None) -> None:
        """The heading of the findings, above the first one."""
        self.y = max(self.y + 10, (at or 0.0) - 36)
        self._put(words, COLUMN_HEAD, 44)

    def nothing(self) -> None:
        """In place of findings."""
        self._paragraph("None: nothing here asks for attention.", READING, 26)

    def kinds(self, kinds: Sequence[ResetKind]) -> None:
        """The kinds of reset that are in the picture."""
        if kinds:
            self._put("KINDS OF RESET", COLUMN_HEAD, 40)
        tags = []
        for kind in dict.fromkeys(kinds):
            tags.append((kind, reset_tag(kind, self._left, self.y - 22, self.setter)))
            self.y += 42
        for kind, tag in tags:
            x = max(tag.right for _, tag in tags) + 12
            self.marks += [tag, self.setter.text(x, tag.top + 23, _KINDS[kind], READING)]

    def finding(self, number: int, finding: Finding, at: float | None) -> None:
        """A finding's words beside its number, no higher than ``at``."""
        if at is not None:
            self.y = max(self.y, at + 7)
        colour, ink = severity(finding.severity)
        self.marks.append(Badge(self._left + BADGE_R, self.y - 7, number, colour, ink))
        self._paragraph(finding.code, FINDING, 26, _INDENT)
        sure = f"{finding.severity} · {finding.end} · {finding.confidence}"
        self._put(sure, FINDING_SUB, 36, _INDENT)
        self._paragraph(finding.message, FINDING_TEXT, _LINE)
        self.y += 24

    def advice(self, steps: Sequence[str]) -> None:
        """What to do, on a plate."""
        width = self._right - self._left - 2 * _PAD
        top = self.y - 18
        head = self.setter.text(self._left + _PAD, top + 32, "What to do", ADVICE_HEAD)
        texts, y = [head], head.y + 4
        for step in steps:
            texts.append(self.setter.text(self._left + _PAD, y + 26, "→", ADVICE))
            for line in self.setter.wrap(joined(step), ADVICE, width - 26):
                y += 26
                texts.append(self.setter.text(self._left + _PAD + 26, y, line, ADVICE))
            y += 4
        bottom = y + 16
        self.marks.append(Plate(self._left, top, self._right, bottom, 8, PLATE, texts=tuple(texts)))
        self.y = bottom + 30

    def _paragraph(self, words: str, kind: Type, step: float, indent: float = 0.0) -> None:
        width = self._right - self._left - indent
        for line in self.setter.wrap(joined(words), kind, width):
            self._put(line, kind, step, indent)

    def _put(self, words: str, kind: Type, step: float, indent: float = 0.0) -> None:
        self.marks.append(self.setter.text(self._left + indent, self.y, words, kind))
        self.y += step


class Numbered(Record):
    """A finding with the number of its badge, and the height that its words want, if any."""

    number: int
    finding: Finding
    at: float | None

    def put(self, column: Column) -> None:
        """Fill a column with it."""
        column.finding(self.number, self.finding, self.at)


class Advice(Record):
    """What to do about the gravest finding."""

    steps: tuple[str, ...]

    def put(self, column: Column) -> None:
        """Fill a column with it."""
        column.advice(self.steps)


Block = Numbered | Advice


class Floor(Record):
    """Where words go that leave the column: below ``top``, within ``span``.

    ``footer`` is the height that stands below the column itself, on a slide; elsewhere the footer
    is below all, and so is what leaves a column that is longer than the diagram.
    """

    top: float
    span: Span
    footer: float | None = None

    def below(self, column: Column) -> float:
        """Where words begin below a column."""
        return max(self.top, column.y) if self.footer is None else self.top

    def end(self, column: Column, bottom: float) -> float:
        """How far down the page goes with a column and with words below the diagram."""
        return max(column.y + (self.footer or 0.0), bottom)


def fill(column: Column, told: Sequence[Block], floor: Floor) -> float:
    """Puts all blocks into the column, or as many as make the page shortest.

    The others stand on the floor.  Returns the y below those, the floor's where there are none.
    """
    best, low = _beside(column, told), floor.top
    for kept in reversed(range(len(told))):
        if floor.end(best, low) <= floor.top:
            break
        beside = _beside(column, told[:kept])
        rest, bottom = _below(told[kept:], floor.below(beside), floor.span, column.setter, kept > 0)
        if floor.end(beside, bottom) < floor.end(best, low) - _WORTH:
            beside.marks += rest
            best, low = beside, bottom
    column.marks += best.marks
    column.y = best.y
    return low


def _beside(column: Column, told: Sequence[Block]) -> Column:
    """A column that goes on where another ends."""
    beside = Column(column.y, column.span, column.setter)
    if told:
        beside.head("FINDINGS", told[0].at if isinstance(told[0], Numbered) else None)
    for block in told:
        block.put(beside)
    return beside


def _below(
    told: Sequence[Block], top: float, foot: Span, setter: Setter, more: bool
) -> tuple[list[Mark], float]:
    """Blocks from left to right in rows; the advice takes what is left of the last row, or one."""
    if not told:
        return [], top
    marks: list[Mark] = [Line(foot[0], top, foot[1], top, RULE, 2)]
    y = top + 40
    if isinstance(told[0], Numbered):
        head = Column(y, foot, setter)
        head.head("MORE FINDINGS" if more else "FINDINGS")
        marks += head.marks
        y = head.y
    count = max(1, round((foot[1] - foot[0] + _GUTTER) / (_WIDE + _GUTTER)))
    step = (foot[1] - foot[0] + _GUTTER) / count
    bottom = y
    for i, block in enumerate(told):
        place = i % count
        if i and place == 0:
            y = bottom + 10
        left = foot[0] + place * step
        right = foot[1] if isinstance(block, Advice) else left + step - _GUTTER
        column = Column(y, (left, right), setter)
        (replace(block, at=None) if isinstance(block, Numbered) else block).put(column)
        marks += column.marks
        bottom = max(bottom, column.y)
    return marks, bottom
