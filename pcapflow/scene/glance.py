"""Shapes at a glance: a row each, with a miniature, how many there are, how long they took."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from pcapflow.model import Connection, End, Severity, State
from pcapflow.scene.frame import SHEETS, Chart, Page, Subject
from pcapflow.scene.marks import Hop, Line, Look, Mark, Plate, Rail, Type
from pcapflow.scene.measure import Measure, Setter, plex
from pcapflow.scene.rails import HEIGHT, miniature
from pcapflow.scene.sheet import SLIDE_ASPECT, Size, Span, slide_width
from pcapflow.scene.style import (
    ADDRESS,
    COLUMN_HEAD,
    COUNT,
    FOOTER,
    GUTTER_SMALL,
    INK,
    MARGIN,
    MEDIAN,
    MEDIAN_STATE,
    PLATE,
    QUALIFIER,
    READING,
    ROW_HEAD,
    ROW_PART,
    ROW_WORDS,
    RULE,
    SECTION,
    SECTION_COUNT,
    SHARE,
    STRETCHED,
    severity,
    spine,
)
from pcapflow.scene.words import joined
from pcapflow.tcp.stays import NO_SOCKET, WORST_FIRST
from pcapflow.values import Record

_KICKER = "shapes at a glance"
_INDENT = 20.0
_NAMES = 434.0
_MEDIANS = 332.0
_COUNTS = 214.0
_BAR = 185.0
_LEAST = 3.5
_ROW = 124.0
_HEADS = ("WHAT HAPPENED, AND WHERE", "HOW", "CONNECTIONS", "MEDIAN TIME IN STATE")
_ORDER = "of an example; order only, not to scale"


class Row(Record):
    """Connections of one shape, and ``example``, the clearest of them.

    ``part`` says how many of them have the finding in ``head``, if not all; ``where`` is the
    service, or how many; ``dwell`` is how long an end was in a state, in words.
    """

    severity: Severity | None
    head: str
    part: str
    words: str
    where: str
    services: int
    connections: int
    share: str
    dwell: tuple[tuple[End, State, str], ...]
    example: Connection


class Section(Record):
    """Shapes of one severity: how many there are in all, and the rows that are shown."""

    severity: Severity | None
    scope: str
    rows: tuple[Row, ...]


def room(size: Size) -> int:
    """How many rows a page holds: a sheet of paper, or a slide."""
    return 4 if size == "slide" else 12


def glance(
    sections: Sequence[Section],
    subject: Subject,
    *,
    size: Size = "report",
    measure: Measure = plex,
) -> Chart:
    """The picture of these rows; a slide has the form of slides, however much there is on it."""
    setter = Setter(measure)
    width, inches = SHEETS[size]
    page = _page(sections, subject, width, setter)
    if size == "slide":
        width = slide_width(lambda width: _page(sections, subject, width, setter).y)
        page = _page(sections, subject, width, setter)
        page = _page(sections, subject, width, setter, width / SLIDE_ASPECT - page.y)
    title = joined(subject.verdict)
    said = " ".join([title, *(_said(row) for each in sections for row in each.rows), subject.more])
    return Chart(width, page.y, inches, tuple(page.marks), title, joined(said))


def _page(
    sections: Sequence[Section], subject: Subject, width: float, setter: Setter, spare: float = 0.0
) -> _Page:
    """All marks on a page of this width, so much left free above its footer."""
    page = _Page(width, setter)
    page.head(_KICKER, subject)
    page.rows(sections)
    if subject.more:
        page.more(subject.more)
    page.legend()
    page.y += spare
    page.foot(subject)
    return page


def _said(row: Row) -> str:
    """A row for those who do not see it."""
    part = f" ({row.part})" if row.part else ""
    dwell = "".join(f" {state} of the {end}: median {time}." for end, state, time in row.dwell)
    many = f"{row.connections:,} connection{'' if row.connections == 1 else 's'}, {row.share}"
    found = f"{row.severity}, " if row.severity else ""
    return f"{found}{row.head}{part}, {row.where}: {many}. {row.words}.{dwell}"


class _Page(Page):
    """The rows in their columns."""

    def __init__(self, width: float, setter: Setter) -> None:
        super().__init__(width, setter)
        self._medians = self._right - _MEDIANS
        self._counts = self._medians - _COUNTS
        self._how: Span = (MARGIN + _NAMES, self._counts - 30)
        self._most = 1

    def rows(self, sections: Sequence[Section]) -> None:
        """All rows, under the names of their columns."""
        self.y += 44
        lefts = (MARGIN, self._how[0], self._counts, self._medians)
        for x, words in zip(lefts, _HEADS, strict=True):
            self._put(x, self.y, words, COLUMN_HEAD)
        beside = self._how[0] + self.setter.width(_HEADS[1], COLUMN_HEAD) + 12
        self._put(beside, self.y, _ORDER, QUALIFIER)
        self.y += 20
        self._most = max((r.connections for each in sections for r in each.rows), default=1)
        for section in sections:
            self._rule(INK, 2.4)
            self._section(section)
            for i, row in enumerate(section.rows):
                if i:
                    self._rule(RULE, 1.6, _INDENT)
                self._row(row)
        self._rule(INK, 2.4)

    def _section(self, section: Section) -> None:
        y = self.y + 33
        name = (section.severity or "no finding").upper()
        fill = severity(section.severity)[0] if section.severity else STRETCHED
        self.marks.append(Plate(MARGIN, y - 17, MARGIN + 8, y + 3, 0, fill))
        self._put(MARGIN + _INDENT, y, name, SECTION)
        x = MARGIN + _INDENT + self.setter.width(name, SECTION) + 14
        self._put(x, y, section.scope, SECTION_COUNT)
        self.y += 40

    def _row(self, row: Row) -> None:
        top = self.y
        bottom = max(top + _ROW, self._name(row, top) + 24)
        rail = top + 40
        self.marks += miniature(row.example, self._how, rail, self.setter)
        self._count(row, top)
        self._dwell(row, rail + HEIGHT / 2)
        self.y = bottom

    def _name(self, row: Row, top: float) -> float:
        """What happened and where; returns the y of its last line."""
        x = MARGIN + _INDENT
        space = self._how[0] - 24 - x
        y = top + 44
        self._put(x, y, row.head, ROW_HEAD)
        beside = x + self.setter.width(row.head, ROW_HEAD) + 12
        if row.part:
            fits = beside + self.setter.width(row.part, ROW_PART) <= self._how[0] - 24
            if not fits:
                beside, y = x, y + 24
            self._put(beside, y, row.part, ROW_PART)
        place = ADDRESS if row.services == 1 else ROW_PART
        for words, kind in ((row.words, ROW_WORDS), (row.where, place)):
            for line in self.setter.wrap(joined(words), kind, space):
                y += 26
                self._put(x, y, line, kind)
        return y

    def _count(self, row: Row, top: float) -> None:
        words = f"{row.connections:,}"
        share = self.setter.width(joined(row.share), SHARE)
        fitting = (k for k in COUNT if self.setter.width(words, k) + 12 + share < _COUNTS - 16)
        kind = next(fitting, COUNT[-1])
        y = top + 62
        self._put(self._counts, y, words, kind)
        beside = self._counts + self.setter.width(words, kind) + 12
        self._put(beside, y, joined(row.share), SHARE)
        left, right = self._counts, self._counts + _BAR
        long = max(_LEAST, _BAR * row.connections / self._most)
        fill = severity(row.severity)[0] if row.severity else STRETCHED
        self.marks.append(Plate(left, y + 15, left + long, y + 27, 0, fill))
        self.marks.append(Plate(left + long, y + 15, right, y + 27, 0, PLATE))

    def _dwell(self, row: Row, middle: float) -> None:
        y = middle + 7 - 16 * (len(row.dwell) - 1)
        times = max((self.setter.width(joined(t), MEDIAN) for *_, t in row.dwell), default=0.0)
        for end, state, time in row.dwell:
            x = self._medians
            self.marks.append(Plate(x, y - 15, x + 10, y + 3, 0, spine(state)))
            self._put(x + 20, y, joined(time), MEDIAN)
            x += 20 + max(times, 76) + 14
            self._put(x, y, state, MEDIAN_STATE)
            x += self.setter.width(state, MEDIAN_STATE) + 7
            fits = x + self.setter.width(end, GUTTER_SMALL) <= self._right
            self._put(x, y, end if fits else end[0].upper(), GUTTER_SMALL)
            y += 32

    def more(self, words: str) -> None:
        """What is not shown."""
        self._put(MARGIN + _INDENT, self.y + 34, words, FOOTER)
        self.y += 44

    def legend(self) -> None:
        """A sample of each kind of mark that the miniatures use."""
        x, y = MARGIN, self.y + 38
        self._put(x, y + 6, "C client   S server", READING)
        x += self.setter.width("C client   S server", READING) + 34
        for words, wide, sample in self._samples():
            text = self.setter.width(words, READING)
            if x + wide + 12 + text > self._right:
                x, y = MARGIN, y + 36
            self.marks.append(sample(x, y))
            self._put(x + wide + 12, y + 6, words, READING)
            x += wide + 12 + text + 32
        self.y = y + 34

    def _samples(self) -> Iterator[tuple[str, float, _Sample]]:
        """Words, width, and a sample for a place."""
        rails = [mark for mark in self.marks if isinstance(mark, Rail)]
        hops = [mark for mark in self.marks if isinstance(mark, Hop)]
        used = {state for rail in rails for state, _, _ in rail.spans}
        for state in (state for state in reversed(WORST_FIRST) if state in used - {"UNKNOWN"}):
            yield state, 36, _rail(state)
        if used & (NO_SOCKET | {"UNKNOWN"}):
            yield "no socket, or not known", 36, _rail("CLOSED")
        if any(rail.tip for rail in rails):
            yield (
                "still there",
                36,
                lambda x, y: Rail("client", y, (("ESTABLISHED", x, x + 16),), True),
            )
        if any(rail.gone is not None for rail in rails):
            yield "gone", 8, lambda x, y: Rail("client", y, (), False, x + 4)
        if any(hop.lost for hop in hops):
            yield "never arrived, or its answer did not", 34, _hop("once", lost=True)
        if any(hop.look == "again" for hop in hops):
            yield "sent again", 40, _hop("again")
        if any(hop.look == "expected" for hop in hops):
            yield "presumed, never captured", 40, _hop("expected")
        if any(hop.look == "reset" for hop in hops):
            yield "reset", 40, _hop("reset")
        if any(hop.look == "ignored" for hop in hops):
            yield "reset without effect", 40, _hop("ignored")

    def _put(self, x: float, y: float, words: str, kind: Type) -> None:
        self.marks.append(self.setter.text(x, y, words, kind))

    def _rule(self, colour: str, weight: float, indent: float = 0.0) -> None:
        self.marks.append(Line(MARGIN + indent, self.y, self._right, self.y, colour, weight))


_Sample = Callable[[float, float], Mark]


def _rail(state: State) -> _Sample:
    return lambda x, y: Rail("client", y, ((state, x, x + 36),), False)


def _hop(look: Look, *, lost: bool = False) -> _Sample:
    return lambda x, y: Hop("client", x, y, x + 40, y, look, lost)
