"""From a connection to a picture: first what is drawn, then where, then everything around it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import ceil

from msgspec.structs import replace

from pcapflow.model import ENDS, CaptureInfo, Connection, End, Record, Segment
from pcapflow.scene.arrows import arcs, arrows
from pcapflow.scene.axis import cuts, gutter, silences
from pcapflow.scene.bands import Frame, Stay, band, stays
from pcapflow.scene.ends import (
    brackets,
    capture_end,
    capture_point,
    clear_arcs,
    hold,
    lifelines,
)
from pcapflow.scene.facts import reading
from pcapflow.scene.fold import Item, fold
from pcapflow.scene.legend import legend
from pcapflow.scene.marks import Badge, Mark
from pcapflow.scene.measure import Measure, Setter, plex
from pcapflow.scene.notes import Column, Note, anchors, notes, spot
from pcapflow.scene.page import Page
from pcapflow.scene.places import Lanes, Places, lanes
from pcapflow.scene.rows import Rows, place
from pcapflow.scene.script import Script, script
from pcapflow.scene.spells import Spell, leaking, spells
from pcapflow.scene.steps import Step, steps
from pcapflow.scene.style import INCHES, PAGE
from pcapflow.scene.verdict import verdict
from pcapflow.tcp.timers import DEFAULTS, Settings

_HEADROOM = 40.0
_BELOW = 78.0
_BELOW_INFERRED = 132.0


class Scene(Record, frozen=True):
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


class Layout(Record, frozen=True):
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


def scene(
    connection: Connection,
    segments: Sequence[Segment],
    info: CaptureInfo,
    version: str,
    *,
    settings: Settings = DEFAULTS,
    measure: Measure = plex,
) -> Scene:
    """The sequence diagram of one connection, ready to be painted.

    ``segments`` are all of the connection's, in the order of capture; ``settings`` those of the
    analysis (for 2MSL); ``measure`` that of the fonts which will be painted with.  Raises
    ValueError where there is no segment.
    """
    told = steps(connection, segments)
    if not told:
        raise ValueError("a connection without segments has no picture")
    setter = Setter(measure)
    page = Page(setter)
    title = page.head(connection, verdict(connection, told))
    column = Column(page.lanes(connection, _turn(connection)), setter)
    layout = _layout(connection, told, page.y, settings)
    diagram = list(_diagram(layout, settings, setter))
    page.marks += [*diagram, *_column(column, layout), *column.marks]

    page.y = max(layout.frame.bottom, column.y) + 30
    page.rule()
    samples, page.y = legend(diagram, layout.rows, page.y + 36, setter)
    page.marks += samples
    page.y += 38
    noted = {number: note for number, _, note in _numbered(layout)}
    told_again = script(connection, title, layout.items, layout.spells, noted, info, version)
    page.foot(told_again.cannot, told_again.delay, told_again.source)
    return Scene(PAGE, ceil(page.y), INCHES, tuple(page.marks), told_again)


def _layout(connection: Connection, told: Sequence[Step], top: float, settings: Settings) -> Layout:
    items = fold(connection, told)
    anchored = anchors(connection, items)
    badged = {anchor.frame for anchor in anchored}
    start, end_at = top + _HEADROOM, connection.capture_end
    rows = place(items, start, end_at, _guilty_since(connection), badged)
    inferred = {"CLOSED", "TIME_WAIT"} & set(connection.states)
    frame = Frame(start, rows.end, rows.end + (_BELOW_INFERRED if inferred else _BELOW))
    spelt = tuple(s for end in ENDS for s in spells(connection, end, settings.two_msl))
    stayed = tuple(stays(spelt, Places(rows), frame))
    between = lanes(connection, told)
    listed = tuple(notes(anchored, stayed))
    return Layout(connection, tuple(items), spelt, listed, top, rows, frame, between, stayed)


def _diagram(layout: Layout, settings: Settings, setter: Setter) -> Iterator[Mark]:
    """All between the header and the legend but the right column, in painting order."""
    connection, rows, frame = layout.connection, layout.rows, layout.frame
    places = Places(rows)
    breaks = [span.wave for span in rows.spans if span.wave is not None] + [rows.end]
    noted = [note.stay for note in layout.notes]
    bands = [band(stay, breaks, stay in noted, setter) for stay in layout.stays]
    badged = {note.frame for note in layout.notes}
    tied = list(brackets(rows))
    yield from bands
    yield from capture_point(connection, layout.lanes, frame, layout.top, setter)
    yield from lifelines(frame, layout.top)
    yield from gutter(connection, rows, setter)
    yield from tied
    yield from cuts(rows, setter)
    yield from arrows(connection, rows, layout.lanes, badged, setter)
    yield from clear_arcs(arcs(places, rows), tied)
    yield from silences(rows, bands, layout.lanes, setter)
    yield from hold(connection, places, frame, settings, setter)
    yield from capture_end(connection, frame, _guilty(connection), setter)


def _column(column: Column, layout: Layout) -> list[Badge]:
    """Fills the right column; returns the badges to stand in the diagram."""
    connection, rows = layout.connection, layout.rows
    cut = any(span.mode == "cut" for span in rows.spans)
    column.reading(reading(connection, layout.items, cut))
    column.kinds([item.reset for item in layout.items if isinstance(item, Step) and item.reset])
    numbered = _numbered(layout)
    column.findings(numbered[0][1][1] if numbered and numbered[0][1] is not None else None)
    badges = []
    for number, at, note in numbered:
        badge = column.note(number, note, at[1] if at is not None else None)
        if at is not None:
            badges.append(replace(badge, x=at[0], y=at[1]))
    if connection.findings:
        column.advice(connection.findings)
    else:
        column.nothing()
    return badges


def _numbered(layout: Layout) -> list[tuple[int, tuple[float, float] | None, Note]]:
    """The notes from the top down, with their numbers and where their badges stand, if anywhere."""
    places = Places(layout.rows)
    placed = [(spot(note, places), note) for note in layout.notes]
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
