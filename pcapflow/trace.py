"""The segments of one connection, picked from the tracked batches of a second reading."""

from __future__ import annotations

from pcapflow.engine.batch import Batch
from pcapflow.engine.decode import NAMED
from pcapflow.model import ENDS, Connection, Segment

_FLAGS = ("FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR")  # RFC 9293 §3.1, lowest first


class Tracer:
    """Collects the segments of the tracker's connection ``number`` (and its ``parts``)."""

    def __init__(self, number: int, connection: Connection, parts: frozenset[int]) -> None:
        self._parts = parts
        self._connection = connection
        self._rows: list[dict[str, int]] = []

    def collect(self, batch: Batch) -> None:
        """Take the connection's segments from a tracked batch."""
        for i, (_, _, number, _) in enumerate(batch.tracked()):
            if number in self._parts:
                self._rows.append(batch.segment(i))

    def segments(self) -> tuple[Segment, ...]:
        """The segments in the order of capture, numbers relative to each end's first one."""
        origin: list[int | None] = [None, None]
        for row in self._rows:
            end, flags, seq, ack = row["end"], row["flags"], row["seq"], row["ack"]
            if origin[end] is None and not flags & 4:
                origin[end] = seq if flags & 2 else seq - 1
            if origin[1 - end] is None and flags & 16:
                origin[1 - end] = ack - 1
        return tuple(self._segment(row, origin) for row in self._rows)

    def _segment(self, row: dict[str, int], origin: list[int | None]) -> Segment:
        end, flags, seq, ack, codes = (row[n] for n in ("end", "flags", "seq", "ack", "codes"))
        names = []
        while codes:
            names.append(NAMED[codes & 0xFFFF][0])
            codes >>= 16
        return Segment(
            frame=row["frame"],
            at=row["time"],
            end=ENDS[end],
            flags=", ".join(name for bit, name in enumerate(_FLAGS) if flags >> bit & 1) or "none",
            seq=(seq - (origin[end] or 0)) & 0xFFFFFFFF if seq or not flags & 4 else 0,
            ack=(ack - (origin[1 - end] or 0)) & 0xFFFFFFFF if flags & 16 else None,
            length=row["length"],
            window=row["window"],
            codes=tuple(names),
            duplicate=bool(row["duplicate"]),
            offset=row["offset"],
        )
