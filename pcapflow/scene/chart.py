"""States over time as a picture: a panel a host or service, findings on the axis of time."""

from __future__ import annotations

from collections.abc import Sequence

from pcapflow.model import Layers, Record, Severity
from pcapflow.scene.facts import Fact
from pcapflow.scene.marks import Badge, Line, Mark, Plate, Type
from pcapflow.scene.measure import Measure, Setter, plex
from pcapflow.scene.panels import Axis, Panels
from pcapflow.scene.sheet import Size
from pcapflow.scene.style import (
    CHIP,
    FACT,
    FACT_KEY,
    FINDING,
    FINDING_TEXT,
    FOOTER,
    FOOTER_HEAD,
    FOOTER_MONO,
    KICKER,
    MARGIN,
    MUTED,
    RULE,
    VERDICT,
    severity,
)
from pcapflow.scene.words import joined, since_start

_SHEETS: dict[Size, tuple[float, float]] = {
    "report": (1600.0, 8.0),
    "slide": (1920.0, 40 / 3),
    "wide": (2240.0, 11.2),
}
_KICKER = "pcapflow  ·  sockets in each state over time"
_CANNOT = "What this capture cannot show"
_GUTTER = 56.0
"""Between the two columns of findings."""


class Told(Record, frozen=True):
    """A finding, when it began or became visible (ns), and what it says."""

    at: int
    severity: Severity
    code: str
    text: str


class Subject(Record, frozen=True):
    """What the picture is of, in words: all that stands around the panels.

    ``more`` says which findings are not marked, if any.
    """

    verdict: str
    severity: Severity | None
    scope: str
    facts: tuple[Fact, ...]
    more: str
    cannot: str
    source: tuple[str, ...]


class Chart(Record, frozen=True):
    """A whole picture: its size, its marks in painting order, and the same in ``words``.

    ``inches`` is how wide it is meant to be on paper or a screen.
    """

    width: float
    height: float
    inches: float
    marks: tuple[Mark, ...]
    title: str
    words: str


def chart(
    layers: Sequence[Layers],
    moments: Sequence[int],
    first: int,
    told: Sequence[Told],
    subject: Subject,
    *,
    size: Size = "report",
    measure: Measure = plex,
) -> Chart:
    """The picture of what places held at ``moments`` (ns) of a capture that began at ``first``."""
    width, inches = _SHEETS[size]
    page = _Page(width, Setter(measure))
    page.head(subject)
    findings = sorted(told, key=lambda each: each.at)
    axis = Axis(tuple(moments), first, width)
    panels = Panels(axis, page.setter, [each.at for each in findings])
    page.y = panels.draw(layers, [severity(each.severity) for each in findings], page.y + 34)
    page.marks += panels.marks
    page.findings(findings, first, subject.more)
    page.foot(subject)
    title = joined(subject.verdict)
    said = [title, *(f"{each}: {_summed(each)}." for each in layers)]
    said += [f"Finding {i}, {each.code}: {each.text}" for i, each in enumerate(findings, 1)]
    return Chart(width, page.y, inches, tuple(page.marks), title, joined(" ".join(said)))


def _summed(layers: Layers) -> str:
    """What it came to, state by state."""
    return ", ".join(
        f"{state} {counts[-1]:,} in the end, {max(counts):,} the most"
        for state, counts in layers.counts.items()
    )


class _Page:
    """What stands around the panels; ``y`` is where the next thing begins."""

    def __init__(self, width: float, setter: Setter) -> None:
        self.setter = setter
        self.marks: list[Mark] = []
        self.y = 0.0
        self._width = width
        self._right = width - MARGIN

    def head(self, subject: Subject) -> None:
        """Severity bar and chip, kicker, verdict, facts."""
        colour, ink = severity(subject.severity)
        self.marks.append(Plate(0, 0, self._width, 9, 0, colour))
        chip = (subject.severity or "no finding").upper()
        wide = self.setter.width(chip, CHIP) + 28
        kind = Type(CHIP.face, CHIP.size, ink)
        text = self.setter.text(self._right - wide / 2, 57, chip, kind, "middle")
        self.marks.append(Plate(self._right - wide, 34, self._right, 66, 5, colour, texts=(text,)))
        kicker = f"{_KICKER}  ·  {subject.scope}"
        self.y = self._lines(kicker, KICKER, 55.0, 26.0, self._right - wide - 32)
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

    def findings(self, told: Sequence[Told], first: int, more: str) -> None:
        """The findings in two columns, from left to right."""
        wide = (self._right - MARGIN - _GUTTER) / 2
        for i in range(0, len(told), 2):
            bottoms = [
                self._finding(i + j + 1, each, first, MARGIN + j * (wide + _GUTTER), wide)
                for j, each in enumerate(told[i : i + 2])
            ]
            self.y = max(bottoms) + 22
        if more:
            self.y = self._lines(joined(more), FOOTER, self.y + 10, 24, self._right) + 28

    def _finding(self, number: int, told: Told, first: int, left: float, wide: float) -> float:
        colour, ink = severity(told.severity)
        y = self.y + 24
        self.marks.append(Badge(left + 17, y - 7, number, colour, ink))
        head = f"+{since_start(told.at - first)}"
        indent = left + 46
        self.marks.append(self.setter.text(indent, y, joined(head), FINDING))
        at = indent + self.setter.width(joined(head), FINDING) + 16
        kind = Type("medium", 19, MUTED)
        self.marks.append(self.setter.text(at, y, f"{told.severity} · {told.code}", kind))
        for line in self.setter.wrap(joined(told.text), FINDING_TEXT, left + wide - indent):
            y += 27
            self.marks.append(self.setter.text(indent, y, line, FINDING_TEXT))
        return y

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
