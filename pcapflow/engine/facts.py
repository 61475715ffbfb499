# cython: language_level=3
"""What a finished row knows, as plain Python values: for whoever makes a record of it."""

from __future__ import annotations

import cython

from pcapflow.engine.track import Tracker
from pcapflow.values import Record, of

if not cython.compiled:
    from pcapflow.engine.layout import side_of
    from pcapflow.engine.marks import marks_of
    from pcapflow.engine.serial import diff


class SideFacts(Record):
    """One end; -1 where a number or time (ns) is not known.

    ``rtt``: capture point to it, ns; ``unacknowledged``: sequence numbers sent and not known to be
    acknowledged (a FIN counts as one); ``idle``: the silence before it asked in vain, 10 ms.
    """

    packets: int
    octets: int
    last: int
    last_data: int
    fin_count: int
    fin_acked_frame: int
    rsts: int
    rtt: int
    unacknowledged: int
    idle: int


class Facts(Record):
    """One connection, whose capture ended at ``end``.

    ``whole`` says whether all that happened is kept, and a ``node`` of the tree of shapes says it.
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
    whole: bool
    history: tuple[int, int, int]
    sides: tuple[SideFacts, SideFacts]
    events: list[tuple[int, int, int, bool]]
    reports: tuple[tuple[int, int, int] | None, tuple[int, int, int] | None]


class Outline(Record):
    """A connection without what happened to it: its ``kind``, and what tells it from others of it.

    ``kind`` is (tunnel, whether 2MSL have gone by since its last segment, whether octets are
    unacknowledged, whether each end sent a FIN); an address is (version, high, low); ``letters``
    are its history, and whether there was payload; ``rtts`` as in ``SideFacts``.
    """

    node: int
    marks: int
    kind: tuple[int, ...]
    number: int
    client: tuple[int, int, int]
    server: tuple[int, int, int]
    ports: int
    letters: tuple[int, int, int, bool]
    rtts: tuple[int, int]


def outline(tracker: Tracker, index: int, two_msl: int, most: int) -> Outline | None:
    """The tracker's row ``index`` in outline.

    None where it is not ``whole``, or has more than ``most`` FINs or RSTs of an end.
    """
    row = tracker.rows.row(index)
    client = side_of(row, 0)
    server = side_of(row, 1)
    fins: cython.longlong = max(client.fin_count, server.fin_count)
    rsts: cython.longlong = max(client.rsts, server.rsts)
    span: cython.longlong = two_msl
    if not tracker.log.whole(row) or max(fins, rsts) > most:
        return None
    return of(
        Outline,
        (
            row.node,
            marks_of(row),
            (
                row.tunnel,
                row.last + span <= tracker.rows.end_of(row),
                _unacknowledged(client) > 0 or _unacknowledged(server) > 0,
                client.fin_count > 0,
                server.fin_count > 0,
            ),
            row.number,
            (row.version, row.client_hi, row.client_lo),
            (row.version, row.server_hi, row.server_lo),
            row.ports,
            (
                row.history,
                row.history_more,
                row.history_count,
                client.octets > 0 or server.octets > 0,
            ),
            (client.rtt, server.rtt),
        ),
    )


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
        tracker.log.whole(row),
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
        _unacknowledged(side),
        side.idle,
    )


def _unacknowledged(side):
    if side.snd_nxt < 0 or side.snd_una < 0:
        return 0
    return max(0, diff(side.snd_nxt, side.snd_una))
