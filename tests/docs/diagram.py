"""docs/states.svg: the transition table as a picture.

Where each state stands and which way each arrow goes is stated here; what the arrows mean comes
from the table.  A row without an arrow of its own must belong to a note: resets and takeovers
lead to CLOSED from nearly everywhere.  Each row's words bear the id ``STATE.stimulus``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from itertools import groupby
from typing import Final, NamedTuple

from pcapflow.draw.themes import LIGHT
from pcapflow.model import State
from pcapflow.tcp.table import TABLE, Row

Point = tuple[int, int]

INK, MUTED, RULE = LIGHT["ink"], LIGHT["muted"], LIGHT["rule"]
PLATE, PAPER = LIGHT["plate"], LIGHT["paper"]

WIDTH, HEIGHT = 1350, 1640
BOX: Final[Point] = (170, 56)
STIMULUS_SIZE, SOURCE_SIZE, LINE = 14.5, 12.5, 17
NOTE: Final[Point] = (420, 235)
NOTE_COLUMNS = 50

STATES: Final[tuple[tuple[State, Point], ...]] = (
    ("SYN_RECEIVED", (740, 200)),
    ("CLOSED", (140, 340)),
    ("SYN_SENT", (400, 340)),
    ("LISTEN", (1070, 340)),
    ("ESTABLISHED", (740, 500)),
    ("UNKNOWN", (1200, 500)),
    ("FIN_WAIT_1", (400, 740)),
    ("CLOSE_WAIT", (1020, 740)),
    ("FIN_WAIT_2", (400, 890)),
    ("CLOSING", (740, 890)),
    ("LAST_ACK", (1020, 890)),
    ("TIME_WAIT", (400, 1040)),
    ("CLOSED", (1020, 1040)),
)
"""The middle of each state's box.  CLOSED is the beginning and the end, so it stands twice."""


class Route(NamedTuple):
    """The way of an arrow, and where its words begin (or end): the first line's baseline."""

    path: tuple[Point, ...]
    words: Point
    anchor: str = "start"


ROUTES: Final[dict[tuple[State, State, bool], Route]] = {
    ("CLOSED", "SYN_SENT", False): Route(((225, 340), (315, 340)), (270, 312), "middle"),
    ("LISTEN", "SYN_RECEIVED", False): Route(((1040, 312), (1040, 215), (825, 215)), (835, 234)),
    ("LISTEN", "SYN_RECEIVED", True): Route(((1100, 312), (1100, 185), (825, 185)), (835, 160)),
    ("SYN_SENT", "SYN_RECEIVED", False): Route(
        ((400, 312), (400, 200), (655, 200)), (392, 250), "end"
    ),
    ("SYN_SENT", "ESTABLISHED", False): Route(((370, 368), (370, 515), (655, 515)), (380, 534)),
    ("SYN_SENT", "ESTABLISHED", True): Route(
        ((430, 368), (430, 485), (655, 485)), (648, 460), "end"
    ),
    ("SYN_RECEIVED", "ESTABLISHED", False): Route(((710, 228), (710, 472)), (702, 278), "end"),
    ("SYN_RECEIVED", "ESTABLISHED", True): Route(((770, 228), (770, 472)), (778, 290)),
    ("LISTEN", "ESTABLISHED", True): Route(((1070, 368), (1070, 485), (825, 485)), (835, 460)),
    ("UNKNOWN", "ESTABLISHED", True): Route(((1115, 515), (825, 515)), (835, 534)),
    ("SYN_RECEIVED", "FIN_WAIT_1", False): Route(
        ((700, 172), (700, 130), (30, 130), (30, 740), (315, 740)), (400, 105), "middle"
    ),
    ("SYN_RECEIVED", "CLOSE_WAIT", False): Route(
        ((780, 172), (780, 130), (1320, 130), (1320, 754), (1105, 754)), (1000, 105), "middle"
    ),
    ("ESTABLISHED", "FIN_WAIT_1", False): Route(
        ((710, 528), (710, 726), (485, 726)), (702, 700), "end"
    ),
    ("ESTABLISHED", "CLOSE_WAIT", False): Route(((770, 528), (770, 740), (935, 740)), (778, 714)),
    ("UNKNOWN", "CLOSE_WAIT", True): Route(
        ((1200, 528), (1200, 726), (1105, 726)), (1192, 664), "end"
    ),
    ("FIN_WAIT_1", "FIN_WAIT_2", False): Route(((400, 768), (400, 862)), (392, 810), "end"),
    ("FIN_WAIT_1", "CLOSING", False): Route(
        ((485, 754), (740, 754), (740, 862)), (732, 810), "end"
    ),
    ("FIN_WAIT_2", "TIME_WAIT", False): Route(((400, 918), (400, 1012)), (392, 960), "end"),
    ("CLOSING", "TIME_WAIT", False): Route(
        ((740, 918), (740, 1025), (485, 1025)), (732, 960), "end"
    ),
    ("CLOSE_WAIT", "LAST_ACK", False): Route(((1020, 768), (1020, 862)), (1028, 810)),
    ("LAST_ACK", "CLOSED", False): Route(((1020, 918), (1020, 1012)), (1028, 960)),
    ("TIME_WAIT", "CLOSED", False): Route(((485, 1055), (935, 1055)), (500, 1074)),
}
"""From, to, and whether the rows are the observer's."""

NOTES: Final[dict[str, tuple[Point, str]]] = {
    "rcv_rst": ((30, 1140), "A reset that the end accepts → CLOSED"),
    "rcv_rst_at_fin": ((30, 1390), "A reset at its sender's FIN → CLOSED"),
    "snd_rst": ((465, 1140), "A reset that the end sends → CLOSED"),
    "replaced": ((900, 1140), "A new connection takes over → CLOSED"),
}
"""Stimuli told in a note instead of arrows: the note's corner and heading."""

_STYLE = f"""\
text {{ font-family: "IBM Plex Sans", "DejaVu Sans", Verdana, sans-serif; fill: {INK} }}
.state {{ font-size: 16px; font-weight: 600; text-anchor: middle }}
.stimulus {{ font-family: "IBM Plex Mono", "DejaVu Sans Mono", monospace; \
font-size: {STIMULUS_SIZE}px }}
.source {{ font-size: {SOURCE_SIZE}px; fill: {MUTED} }}
.names {{ font-size: {SOURCE_SIZE}px }}
.arrow {{ fill: none; stroke: {INK}; stroke-width: 1.8 }}
.observer {{ stroke: {MUTED}; stroke-dasharray: 6 4 }}"""


def observers(row: Row) -> bool:
    """Whether the row is one of the observer's, not the RFC's."""
    return row.source.startswith("observer")


def shown(row: Row) -> str:
    """A row's source as the picture has it: § alone is RFC 9293's, dashed arrows the observer's."""
    source = row.source.removeprefix("RFC 9293 ")
    return source if row.stimulus in NOTES else source.removeprefix("observer: ")


def svg() -> str:
    """The whole picture; KeyError where a row of the table has neither arrow nor note."""
    rows = [row for row in TABLE if row.stimulus not in NOTES]
    arrows: dict[tuple[State, State, bool], list[Row]] = {key: [] for key in ROUTES}
    for row in rows:
        arrows[row.state, row.after, observers(row)].append(row)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" '
        f'viewBox="0 0 {WIDTH} {HEIGHT}" role="img">',
        "<title>The states of one end of a TCP connection</title>",
        "<!-- Made by: ./do docs -->",
        f"<style>\n{_STYLE}\n</style>",
        '<defs><marker id="head" markerWidth="11" markerHeight="9" refX="10" refY="4.5" '
        f'orient="auto" markerUnits="userSpaceOnUse"><path d="M0,0 L11,4.5 L0,9 z" fill="{INK}"/>'
        "</marker></defs>",
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="{PAPER}"/>',
        *_title(),
        *(part for key, rows in arrows.items() for part in _arrow(ROUTES[key], key[2], rows)),
        *(_box(state, middle) for state, middle in STATES),
        *(part for stimulus in NOTES for part in _note(stimulus)),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _title() -> Iterator[str]:
    yield '<text x="30" y="42" font-size="24" font-weight="600">The states of one end</text>'
    yield '<path class="arrow" marker-end="url(#head)" d="M30,66 L75,66"/>'
    yield '<text class="source" x="83" y="70">RFC 9293; § are its sections</text>'
    yield '<path class="arrow observer" marker-end="url(#head)" d="M300,66 L345,66"/>'
    yield (
        '<text class="source" x="353" y="70">observer: begins, or catches up, '
        "where segments were not captured</text>"
    )
    yield (
        f'<text class="source" x="{WIDTH - 30}" y="42" text-anchor="end">Any other stimulus leaves '
        "the state as it is: ignored, not invalid.</text>"
    )


def _box(state: State, middle: Point) -> str:
    spine, tint = LIGHT[f"{state} spine"], LIGHT[f"{state} tint"]
    (x, y), (width, height) = middle, BOX
    unsure = tint == PAPER
    line = ' stroke-dasharray="2 3"' if unsure else ""
    ink = f' style="fill: {MUTED}"' if unsure else ""
    return (
        f'<rect x="{x - width // 2}" y="{y - height // 2}" width="{width}" height="{height}" '
        f'rx="4" fill="{tint}" stroke="{spine}" stroke-width="2.5"{line}/>'
        f'<text class="state" x="{x}" y="{y + 6}"{ink}>{state}</text>'
    )


def _arrow(route: Route, dashed: bool, rows: Sequence[Row]) -> Iterator[str]:
    path = " L".join(f"{x},{y}" for x, y in route.path)
    kind = "arrow observer" if dashed else "arrow"
    yield f'<g><path class="{kind}" marker-end="url(#head)" d="M{path}"/>'
    x, y = route.words
    for source, alike in groupby(rows, key=shown):
        names = ", ".join(_named(row, row.stimulus) for row in alike)
        yield _text("stimulus", x, y, names, route.anchor)
        yield _text("source", x, y + LINE, escape(source), route.anchor)
        y += 2 * LINE + 4
    yield "</g>"


def _note(stimulus: str) -> Iterator[str]:
    (x, y), heading = NOTES[stimulus]
    width, height = NOTE
    yield (
        f'<g><rect x="{x}" y="{y}" width="{width}" height="{height}" rx="4" fill="{PLATE}" '
        f'stroke="{RULE}"/>'
    )
    x, y = x + 16, y + 28
    yield f'<text x="{x}" y="{y}" font-size="16" font-weight="600">{heading}</text>'
    y += LINE + 6
    yield _text("stimulus", x, y, stimulus)
    by_source: dict[str, list[Row]] = {}
    for row in TABLE:
        if row.stimulus == stimulus:
            by_source.setdefault(shown(row), []).append(row)
    for source, alike in by_source.items():
        for line in _lines(alike):
            y += LINE
            yield _text("names", x, y, line)
        yield _text("source", x + 12, y + LINE, escape(source))
        y += LINE + 5
    yield "</g>"


def _lines(rows: Sequence[Row]) -> Iterator[str]:
    line, length = "", 0
    for row in rows:
        if length + len(row.state) > NOTE_COLUMNS:
            yield line
            line, length = "", 0
        line += _named(row, row.state) + ("" if row is rows[-1] else ", ")
        length += len(row.state) + 2
    yield line


def _named(row: Row, words: str) -> str:
    return f'<tspan id="{row.state}.{row.stimulus}">{words}</tspan>'


def _text(kind: str, x: int, y: int, words: str, anchor: str = "start") -> str:
    return f'<text class="{kind}" x="{x}" y="{y}" text-anchor="{anchor}">{words}</text>'
