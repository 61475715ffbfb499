# cython: language_level=3
"""What a finished row knows, as plain Python values: for whoever makes a record of it."""

from __future__ import annotations

import cython

from pcapflow.engine.track import Tracker
from pcapflow.values import Record

if not cython.compiled:
    from pcapflow.engine.layout import side_of
    from pcapflow.engine.marks import marks_of


class SideFacts(Record):
    """One end; -1 where a number or time (ns) is not known.

    ``rtt``: capture point to it, ns; ``idle``: the silence before it asked in vain, 10 ms.
    """

    packets: int
    octets: int
    last: int
    last_data: int
    fin_count: int
    fin_acked_frame: int
    rsts: int
    rtt: int
    snd_nxt: int
    snd_una: int
    isn: int
    window: int
    syn_count: int
    idle: int


class Facts(Record):
    """One connection, whose capture ended at ``end``.

    ``events`` are (code << 1 | end, time, frame, repeat); ``reports`` of each end what
    ``Tracker.reports`` says.
    """

    number: int
    version: int
    tunnel: int
    client: tuple[int, int]
    server: tuple[int, int]
    ports: int
    first: int
    last: int
    end: int
    marks: int
    duplicates: int
    node: int
    kept: int
    history: tuple[int, int, int]
    sides: tuple[SideFacts, SideFacts]
    events: list[tuple[int, int, int, bool]]
    reports: tuple[tuple[int, int, int] | None, tuple[int, int, int] | None]


def facts(tracker: Tracker, index: int) -> Facts:
    """All that the tracker's row ``index`` holds."""
    row = tracker.rows.row(index)
    client = _side(side_of(row, 0))
    server = _side(side_of(row, 1))
    return Facts(
        row.number,
        row.version,
        row.tunnel,
        (row.client_hi, row.client_lo),
        (row.server_hi, row.server_lo),
        row.ports,
        row.first,
        row.last,
        tracker.rows.end_of(row),
        marks_of(row),
        row.duplicates,
        row.node,
        row.kept,
        (row.history, row.history_more, row.history_count),
        (SideFacts(*client), SideFacts(*server)),
        tracker.log.events(row),
        (tracker.reports.get(row.number << 1), tracker.reports.get(row.number << 1 | 1)),
    )


def _side(side):
    return (
        side.packets,
        side.octets,
        side.last,
        side.last_data,
        side.fin_count,
        side.fin_acked_frame,
        side.rsts,
        side.rtt,
        side.snd_nxt,
        side.snd_una,
        side.isn,
        side.window,
        side.syn_count,
        side.idle,
    )
