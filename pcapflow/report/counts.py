"""Sockets in each state over time, as numbers."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence

from msgspec.json import Encoder

from pcapflow.findings.words import duration, number, plural
from pcapflow.model import Layers, State
from pcapflow.report.records import SCHEMA
from pcapflow.report.text import Line, Span, wrapped
from pcapflow.report.times import iso, moment
from pcapflow.tcp.stays import WORST_FIRST

COLUMNS = ("time", "seconds", "place", *WORST_FIRST)
_GAP = "  "
_AFTER = "After"
_LINES = 8  # told of the beginning and of the end of what one place went through


def lines(
    layers: Sequence[Layers],
    moments: Sequence[int],
    first: int,
    width: int,
    *,
    everything: bool = False,
) -> list[Line]:
    """A line for each moment (ns) at which something is different, place by place.

    ``everything`` tells all of them, where else the middle of a long time folds.
    """
    span = f"{moment(moments[0])} to {moment(moments[-1])}"
    head = f"Sockets in each state, {plural(len(moments), 'moment')} from {span}"
    told: list[Line] = [*wrapped(head, width, rest=_GAP, style="strong"), ()]
    if not layers:
        told += [(Span("No sockets."),), ()]
    for each in layers:
        ends = f"{_GAP}({' and '.join(each.ends)})"
        told += [(Span(str(each), "strong"), Span(ends)), *_table(each, moments, first, everything)]
        told.append(())
    said = "A line that says the same as the one before is left out."
    if not everything:
        said += " --all tells every other; --format csv every moment."
    return [*told, *wrapped(said, width, style="muted")]


def _table(layers: Layers, moments: Sequence[int], first: int, everything: bool) -> Iterator[Line]:
    states = list(layers.counts)
    rows: list[tuple[str, ...]] = []
    before: tuple[int, ...] | None = None
    for at, counts in zip(moments, zip(*layers.counts.values(), strict=True), strict=True):
        if counts != before:
            rows.append((duration(at - first), *map(number, counts)))
            before = counts
    heads = (_AFTER, *states)
    widths = [max(map(len, column)) for column in zip(heads, *rows, strict=True)]
    yield (Span(_row(heads, widths), "muted"),)
    left = 0 if everything else max(0, len(rows) - 2 * _LINES)
    for place, row in enumerate(rows):
        if left and place == _LINES:
            yield (Span(f"... {plural(left, 'line')} ...", "muted"),)
        if not left or place < _LINES or place >= len(rows) - _LINES:
            yield (Span(_row(row, widths)),)


def _row(cells: Sequence[str], widths: Sequence[int]) -> str:
    return _GAP.join(f"{cell:>{width}}" for cell, width in zip(cells, widths, strict=True))


def csv_lines(layers: Sequence[Layers], moments: Sequence[int], first: int) -> Iterator[str]:
    """A line of column names, then one for each moment and place; all states, 0 where none was."""
    line = io.StringIO()
    writer = csv.writer(line, lineterminator="\n")
    writer.writerow(COLUMNS)
    nothing = (0,) * len(moments)
    columns = [[each.counts.get(state, nothing) for state in WORST_FIRST] for each in layers]
    for i, at in enumerate(moments):
        when = iso(at), f"{(at - first) / 1e9:.9f}"
        for each, counts in zip(layers, columns, strict=True):
            writer.writerow((*when, each, *(count[i] for count in counts)))
        yield line.getvalue()
        line.seek(0)
        line.truncate()


def json_line(layers: Sequence[Layers], moments: Sequence[int], first: int) -> bytes:
    """One object; the counts of a state are a list with one number for each moment."""
    whole = {
        "schema": SCHEMA,
        "moments": [iso(at) for at in moments],
        "after_s": [(at - first) / 1e9 for at in moments],
        "places": [_place(each) for each in layers],
    }
    return Encoder().encode(whole) + b"\n"


def _place(layers: Layers) -> dict[str, str | int | tuple[str, ...] | dict[State, tuple[int, ...]]]:
    told: dict[str, str | int | tuple[str, ...] | dict[State, tuple[int, ...]]] = {
        "place": str(layers),
        "ends": layers.ends,
        "counts": layers.counts,
    }
    return told | ({"places": layers.places} if layers.place is None else {})
