"""What stands around a picture of a whole capture: header above, footer below."""

from __future__ import annotations

from collections.abc import Sequence

from pcapflow.model import Severity
from pcapflow.scene.facts import Fact
from pcapflow.scene.marks import Line, Mark, Plate, Type
from pcapflow.scene.measure import Setter
from pcapflow.scene.sheet import Size
from pcapflow.scene.style import (
    CHIP,
    FACT,
    FACT_KEY,
    FOOTER,
    FOOTER_HEAD,
    FOOTER_MONO,
    KICKER,
    MARGIN,
    RULE,
    VERDICT,
    severity,
)
from pcapflow.scene.words import joined
from pcapflow.values import Record

SHEETS: dict[Size, tuple[float, float]] = {
    "report": (1600.0, 8.0),
    "slide": (1920.0, 40 / 3),
    "wide": (2240.0, 11.2),
}
"""How wide a page is, in px and in inches."""
_CANNOT = "What this capture cannot show"


class Subject(Record):
    """What the picture is of, in words: all that stands around it.

    ``more`` says what is left out, if anything.
    """

    verdict: str
    severity: Severity | None
    scope: str
    facts: tuple[Fact, ...]
    more: str
    cannot: str
    source: tuple[str, ...]


class Chart(Record):
    """A whole picture: its size, its marks in painting order, and the same in ``words``.

    ``inches`` is how wide it is meant to be on paper or a screen.
    """

    width: float
    height: float
    inches: float
    marks: tuple[Mark, ...]
    title: str
    words: str


class Page:
    """What stands around the picture; ``y`` is where the next thing begins."""

    def __init__(self, width: float, setter: Setter) -> None:
        self.setter = setter
        self.marks: list[Mark] = []
        self.y = 0.0
        self._width = width
        self._right = width - MARGIN

    def head(self, kicker: str, subject: Subject) -> None:
        """Severity bar and chip, kicker, verdict, facts."""
        colour, ink = severity(subject.severity)
        self.marks.append(Plate(0, 0, self._width, 9, 0, colour))
        chip = (subject.severity or "no finding").upper()
        wide = self.setter.width(chip, CHIP) + 28
        kind = Type(CHIP.face, CHIP.size, ink)
        text = self.setter.text(self._right - wide / 2, 57, chip, kind, "middle")
        self.marks.append(Plate(self._right - wide, 34, self._right, 66, 5, colour, texts=(text,)))
        words = f"pcapflow  ·  {kicker}  ·  {subject.scope}"
        self.y = self._lines(words, KICKER, 55.0, 26.0, self._right - wide - 32)
        room = self._right - MARGIN
        lines = self.setter.balance(joined(subject.verdict), VERDICT, room * 0.73, room)
        for line in lines or self.setter.wrap(joined(subject.verdict), VERDICT, room):
            self.y += 46
            self.marks.append(self.setter.text(MARGIN, self.y + 10, line, VERDICT))
        self.y += 58
        self._facts(subject.facts)

    def _facts(self, facts: Sequence[Fact]) -> None:
        x = MARGIN
        for fact in facts:
            key = self.setter.width(fact.key, FACT_KEY)
            wide = key + 9 + self.setter.width(fact.value, FACT)
            if x > MARGIN and x + wide > self._right:
                x, self.y = MARGIN, self.y + 31
            self.marks.append(self.setter.text(x, self.y, fact.key, FACT_KEY))
            self.marks.append(self.setter.text(x + key + 9, self.y, fact.value, FACT))
            x += wide + 28
        self.y += 20

    def foot(self, subject: Subject) -> None:
        """What the capture cannot show, and where it comes from."""
        self.marks.append(Line(MARGIN, self.y, self._right, self.y, RULE, 2))
        y = self.y + 32
        self.marks.append(self.setter.text(MARGIN, y, _CANNOT, FOOTER_HEAD))
        indent = MARGIN + self.setter.width(_CANNOT, FOOTER_HEAD) + 28
        for line in self.setter.wrap(joined(subject.cannot), FOOTER, self._right - indent):
            self.marks.append(self.setter.text(indent, y, line, FOOTER))
            y += 24
        self.y = self._lines("  ·  ".join(subject.source), FOOTER_MONO, y + 10, 24, self._right)
        self.y += 38

    def _lines(self, words: str, kind: Type, y: float, step: float, right: float) -> float:
        """Words from the margin to ``right``; returns the baseline of the last line."""
        for i, line in enumerate(self.setter.wrap(words, kind, right - MARGIN)):
            self.marks.append(self.setter.text(MARGIN, y + step * i, line, kind))
            last = y + step * i
        return last
