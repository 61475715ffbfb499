"""The segments of one connection, picked from the tracked batches of a second reading."""

from __future__ import annotations

from pcapflow.engine.batch import Batch
from pcapflow.engine.decode import NAMES
from pcapflow.model import ENDS, Segment

_FLAGS = ("FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR")  # RFC 9293 §3.1, lowest first


class Tracer:
    """Collects the segments of one connection."""

    def __init__(self) -> None:
        self._rows: list[tuple[int, ...]] = []

    def collect(self, batch: Batch, i: int) -> None:
        """Take row ``i`` of a tracked batch."""
        self._rows.append(
            (
                batch.frame[i],
                batch.time[i],
                batch.end[i],
                batch.flags[i],
                batch.seq[i],
                batch.ack[i],
                batch.length[i],
                batch.window[i],
                batch.codes[i],
                batch.duplicate[i],
                batch.offset[i],
            )
        )

    def segments(self, *, absolute: bool = False) -> tuple[Segment, ...]:
        """The segments in the order of capture, numbers relative to each end's first one.

        Where ``absolute``, they are as on the wire.
        """
        origin: list[int | None] = [None, None]
        for row in () if absolute else self._rows:
            end, flags, seq, ack = row[2], row[3], row[4], row[5]
            if origin[end] is None and not flags & 4:
                origin[end] = seq if flags & 2 else seq - 1
            if origin[1 - end] is None and flags & 16:
                origin[1 - end] = ack - 1
        return tuple(self._segment(row, origin) for row in self._rows)

    def _segment(self, row: tuple[int, ...], origin: list[int | None]) -> Segment:
        frame, at, end, flags, seq, ack, length, window, codes, duplicate, offset = row
        names = []
        while codes:
            names.append(NAMES[(codes & 0xFFFF) >> 1])
            codes >>= 16
        return Segment(
            frame=frame,
            at=at,
            end=ENDS[end],
            flags=", ".join(name for bit, name in enumerate(_FLAGS) if flags >> bit & 1) or "none",
            seq=(seq - (origin[end] or 0)) & 0xFFFFFFFF if seq or not flags & 4 else 0,
            ack=(ack - (origin[1 - end] or 0)) & 0xFFFFFFFF if flags & 16 else None,
            length=length,
            window=window,
            codes=tuple(names),
            duplicate=bool(duplicate),
            offset=offset,
        )
