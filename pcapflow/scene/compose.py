"""From a connection to a picture: first what is drawn, then where, then everything around it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import ceil

from pcapflow.model import ENDS, CaptureInfo, Connection, End, Segment
from pcapflow.scene.arrows import arcs, arrows
from pcapflow.scene.axis import cuts, gutter, silences
from pcapflow.scene.bands import Frame, Stay, band, stays
from pcapflow.scene.column import Advice, Column, Floor, Numbered, fill
from pcapflow.scene.ends import (
    brackets,
    capture_end,
    capture_point,
    clear_arcs,
    hold,
    lifelines,
    third_lifeline,
)
from pcapflow.scene.facts import gravest, reading
from pcapflow.scene.fold import fold
from pcapflow.scene.items import Item
from pcapflow.scene.legend import legend
from pcapflow.scene.marks import Badge, Mark
from pcapflow.scene.measure import Measure, Setter, plex
from pcapflow.scene.notes import Note, anchors, notes, spot
from pcapflow.scene.page import Page
from pcapflow.scene.places import Lanes, Places, lanes
from pcapflow.scene.rows import Rows, place
from pcapflow.scene.script import Script, script
from pcapflow.scene.sheet import REPORT, SLIDE_ASPECT, WIDE, Sheet, slide, slide_width
from pcapflow.scene.spells import Spell, leaking, spells
from pcapflow.scene.steps import Step, steps
from pcapflow.scene.style import MARGIN, severity
from pcapflow.scene.verdict import verdict
from pcapflow.scene.view import PLAIN, View
from pcapflow.tcp.timers import DEFAULTS, Settings
from pcapflow.values import Record, replace

_AROUND = 5
"""So many segments before and after those of a finding are shown with them."""
_HEADROOM = 40.0
_SLIDE_TOP = 60.0
_FOOT = 170.0
"""About the height of a slide's footer."""
_BELOW = 78.0
_BELOW_INFERRED = 132.0


class Scene(Record):
    """A whole picture: its size, its marks in painting order, and the same in words.

    ``inches`` is how wide it is meant to be on paper or a screen.
    """

    width: float
    height: float
    inches: float
    marks: tuple[Mark, ...]
    script: Script

    @property
    def title(self) -> str:
        """What happened, in a sentence or two."""
        return self.script.verdict


class Layout(Record):
    """All heights of one diagram, from which its marks follow."""

    connection: Connection
    items: tuple[Item, ...]
    spells: tuple[Spell, ...]
    notes: tuple[Note, ...]
    top: float
    rows: Rows
    frame: Frame
    lanes: Lanes
    stays: tuple[Stay, ...]


class Task(Record):
    """What is to be drawn of what, whatever the sheet."""

    connection: Connection
    told: tuple[Step, ...]
    info: CaptureInfo
    version: str
    settings: Settings
    view: View


def scene(
    connection: Connection,
    segments: Sequence[Segment],
    info: CaptureInfo,
    version: str,
    *,
    settings: Settings = DEFAULTS,
    measure: Measure = plex,
    view: View = PLAIN,
) -> Scene:
    """The sequence diagram of one connection, ready to be painted.

    ``segments`` are all of the connection's, in the order of capture; ``settings`` those of the
    analysis (for 2MSL); ``measure`` that of the fonts which will be painted with.  Raises
    ValueError where there is no segment.
    """
    told = tuple(steps(connection, segments))
    if not told:
        raise ValueError("a connection without segments has no picture")
    setter = Setter(measure)
    task = Task(connection, told, info, version, settings, view)
    if view.size != "slide":
        return _drawn(task, REPORT if view.size == "report" else WIDE, setter)
    width = slide_width(lambda width: _drawn(task, slide(width), setter).height)
    drawn = _drawn(task, slide(width), setter)
    return replace(drawn, height=ceil(drawn.width / SLIDE_ASPECT))


def _drawn(task: Task, sheet: Sheet, setter: Setter) -> Scene:
    """The diagram on a sheet: below the header or, on a slide, at the left of all words."""
    connection, clock = task.connection, task.view.clock
    page = Page(sheet, setter)
    title = page.head(connection, verdict(connection, task.told), clock)
    beside = sheet.size == "slide"
    heads = _SLIDE_TOP if beside else page.y + 26
    layout = _layout(task, page.lanes(connection, _turn(connection), clock, heads), sheet)
    column = Column(page.y + 26 if beside else heads, sheet.column, setter)
    if not beside:
        column.reading(reading(connection, layout.items, {span.mode for span in layout.rows.spans}))
        column.kinds([item.reset for item in layout.items if isinstance(item, Step) and item.reset])
    diagram = list(_diagram(task, layout, setter))
    badges = list(_badges(layout))
    below = layout.frame.bottom + 30
    floor = Floor(below, sheet.foot)
    if beside:
        span = (MARGIN, sheet.server_band[1])
        samples, lowest = legend(diagram, layout.rows, below + 36, span, setter)
        floor = Floor(lowest + 40, span, _FOOT)
    bottom = _found(column, layout, floor)
    third = third_lifeline(connection, task.told, [*diagram, *badges], layout.frame, sheet)
    page.marks += [*third, *diagram, *badges, *column.marks]

    noted = {number: note for number, _, note in _numbered(layout)}
    words = script(
        connection, title, layout.items, layout.spells, noted, task.info, task.version, clock
    )
    page.y = column.y + 10
    if not beside:
        page.y = max([below, *(y + 30 for y in (column.y, bottom) if y > below)])
        page.rule()
        samples, bottom = legend(diagram, layout.rows, page.y + 36, sheet.foot, setter)
        page.y = bottom + 38
    page.marks += samples
    page.foot(words.cannot, words.delay, words.source)
    height = ceil(max(page.y, bottom))
    return Scene(sheet.width, height, sheet.inches, tuple(page.marks), words)


def _layout(task: Task, top: float, sheet: Sheet) -> Layout:
    connection, told, view = task.connection, task.told, task.view
    items = fold(connection, told, sheet.most, _part(task))
    anchored = anchors(connection, items)
    badged = {anchor.frame for anchor in anchored}
    start, end_at = top + _HEADROOM, connection.capture_end
    since = _guilty_since(connection)
    lines = _sublines(view)
    rows = place(
        items,
        start,
        end_at,
        since,
        badged,
        even=view.even,
        sublines=lines,
        scaled=sheet.scaled,
    )
    inferred = {"CLOSED", "TIME_WAIT"} & set(connection.states)
    frame = Frame(start, rows.end, rows.end + (_BELOW_INFERRED if inferred else _BELOW))
    spelt = tuple(s for end in ENDS for s in spells(connection, end, task.settings.two_msl))
    stayed = tuple(stays(spelt, Places(rows), frame))
    between = lanes(connection, told, sheet)
    listed = tuple(notes(anchored, stayed))
    return Layout(connection, tuple(items), spelt, listed, top, rows, frame, between, stayed)


def _part(task: Task) -> tuple[int, int] | None:
    """The steps that are wanted, as the first and the one after the last; None for all of them."""
    view, told = task.view, task.told
    wanted = list(range(len(told)))
    if view.around is not None:
        found = [f for f in task.connection.findings if f.code == view.around]
        frames = {frame for finding in found for frame in finding.frames}
        about = [i for i, step in enumerate(told) if step.segment.frame in frames]
        if about:
            wanted = wanted[max(0, about[0] - _AROUND) : about[-1] + _AROUND + 1]
    elif view.since is None and view.until is None:
        return None
    wanted = [
        i
        for i in wanted
        if (view.since is None or told[i].at >= view.since)
        and (view.until is None or told[i].at <= view.until)
    ]
    if wanted:
        return wanted[0], wanted[-1] + 1
    between = sum(view.since is not None and step.at < view.since for step in told)
    return between, between


def _sublines(view: View) -> int:
    """Absolute numbers, each up to ten digits, want a line of their own below an arrow."""
    return 2 if view.absolute and view.size == "report" else 1


def _diagram(task: Task, layout: Layout, setter: Setter) -> Iterator[Mark]:
    """All between the header and the legend but the right column, in painting order."""
    connection, rows, frame = layout.connection, layout.rows, layout.frame
    places, sheet, view = Places(rows), layout.lanes.sheet, task.view
    breaks = [span.wave for span in rows.spans if span.wave is not None] + [rows.end]
    noted = [note.stay for note in layout.notes]
    bands = [band(stay, breaks, stay in noted, sheet, setter) for stay in layout.stays]
    badged = {note.frame for note in layout.notes}
    tied = list(brackets(rows, sheet))
    yield from bands
    yield from capture_point(connection, layout.lanes, frame, layout.top, setter)
    yield from lifelines(frame, layout.top, sheet)
    yield from gutter(connection, rows, view.clock, setter)
    yield from tied
    yield from cuts(rows, sheet, setter)
    yield from arrows(connection, rows, layout.lanes, badged, setter, _sublines(view))
    yield from clear_arcs(arcs(places, rows, sheet), tied)
    yield from silences(rows, bands, layout.lanes, setter)
    yield from hold(connection, places, frame, task.settings, view, sheet, setter)
    yield from capture_end(connection, frame, _guilty(connection), view, sheet, setter)


def _badges(layout: Layout) -> Iterator[Badge]:
    """The findings' numbers in the diagram."""
    for number, at, note in _numbered(layout):
        if at is not None:
            yield Badge(*at, number, *severity(note.findings[0].severity))


def _found(column: Column, layout: Layout, floor: Floor) -> float:
    """What was found, in the column or on the floor; returns the y below what is there.

    A finding's text stands no higher than what it is about, but on a slide.
    """
    level = floor.footer is None
    found = [
        Numbered(number, finding, at[1] if level and at is not None and not i else None)
        for number, at, note in _numbered(layout)
        for i, finding in enumerate(note.findings)
    ]
    worst = gravest(layout.connection)
    if worst is not None:
        return fill(column, [*found, Advice(tuple(worst.advice.splitlines()))], floor)
    column.head("FINDINGS")
    column.nothing()
    return floor.top


def _numbered(layout: Layout) -> list[tuple[int, tuple[float, float] | None, Note]]:
    """The notes from the top down, with their numbers and where their badges stand, if anywhere."""
    places = Places(layout.rows)
    placed = [(spot(note, places, layout.lanes.sheet), note) for note in layout.notes]
    placed.sort(key=lambda pair: pair[0][1] if pair[0] is not None else float("inf"))
    return [(number, at, note) for number, (at, note) in enumerate(placed, 1)]


def _guilty(connection: Connection) -> End | None:
    """The end whose CLOSE_WAIT should have ended long ago."""
    return next((end for end in ENDS if leaking(connection, end)), None)


def _guilty_since(connection: Connection) -> int | None:
    end = _guilty(connection)
    return max((t.at for t in connection.transitions if t.end == end), default=None)


def _turn(connection: Connection) -> End | None:
    """The one end that must act: in CLOSE_WAIT when the capture ends."""
    waiting = [
        end for end, state in zip(ENDS, connection.states, strict=True) if state == "CLOSE_WAIT"
    ]
    return _guilty(connection) or (waiting[0] if waiting else None)
