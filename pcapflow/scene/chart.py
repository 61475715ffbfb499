"""States over time as a picture: a panel a host or service, findings on the axis of time."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

from pcapflow.model import Layers, Severity
from pcapflow.scene.frame import SHEETS, Chart, Page, Subject
from pcapflow.scene.marks import Badge, Type
from pcapflow.scene.measure import Measure, Setter, plex
from pcapflow.scene.panels import Axis, Panels
from pcapflow.scene.sheet import SLIDE_ASPECT, Size, slide_width
from pcapflow.scene.style import FINDING, FINDING_TEXT, FOOTER, MARGIN, MUTED, severity
from pcapflow.scene.words import joined, since_start
from pcapflow.values import Record

_KICKER = "sockets in each state over time"
_GUTTER = 56.0
"""Between the two columns of findings."""
_TALL = tuple(tenths / 10 for tenths in range(6, 20))
"""How many times as tall panels may be on a slide; where that is too much, words get smaller."""


class Told(Record):
    """A finding, when it began or became visible (ns), and what it says."""

    at: int
    severity: Severity
    code: str
    text: str


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
    """The picture of what places held at ``moments`` (ns) of a capture that began at ``first``.

    A slide has the form of slides: its panels are as high as it has room for.
    """
    width, inches = SHEETS[size]
    findings = sorted(told, key=lambda each: each.at)
    setter = Setter(measure)

    def page_of(width: float, tall: float = 1.0, spare: float = 0.0) -> _Page:
        page = _Page(width, setter)
        page.head(_KICKER, subject)
        panels = Panels(Axis(tuple(moments), first, width), setter, [each.at for each in findings])
        colours = [severity(each.severity) for each in findings]
        page.y = panels.draw(layers, colours, page.y + 34, tall)
        page.marks += panels.marks
        page.findings(findings, first, subject.more)
        page.y += spare
        page.foot(subject)
        return page

    page = page_of(width)
    if size == "slide":
        width = slide_width(lambda width: page_of(width, _TALL[0]).y)
        height = width / SLIDE_ASPECT
        fitting = bisect_right(_TALL, height, key=lambda tall: page_of(width, tall).y)
        tall = _TALL[max(0, fitting - 1)]
        page = page_of(width, tall, height - page_of(width, tall).y)
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


class _Page(Page):
    """With findings below the panels."""

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
