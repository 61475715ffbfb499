"""The segments of one connection, picked from the tracked batches of a second reading."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal

from pcapflow.engine.batch import Batch
from pcapflow.engine.layout import TH_QUOTED
from pcapflow.engine.serial import add, diff
from pcapflow.engine.traffic import NAMED
from pcapflow.model import ENDS, Segment
from pcapflow.values import replace

_FLAGS = ("FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR")  # RFC 9293 §3.1, lowest first


class Tracer:
    """Collects the segments of one connection."""

    def __init__(self) -> None:
        self._rows: list[dict[str, int]] = []

    def collect(self, batch: Batch, i: int) -> None:
        """Take row ``i`` of a tracked batch, unless it is an ICMP error's."""
        row = batch.segment(i)
        if not row["flags"] & TH_QUOTED:
            self._rows.append(row)

    def segments(self, *, absolute: bool = False) -> tuple[Segment, ...]:
        """The segments in the order of capture, numbers relative to each end's first one.

        Where ``absolute``, they are as on the wire.
        """
        origin: list[int | None] = [None, None]
        for row in () if absolute else self._rows:
            end, flags, seq, ack = row["end"], row["flags"], row["seq"], row["ack"]
            if origin[end] is None and not flags & 4:
                origin[end] = seq if flags & 2 else seq - 1
            if origin[1 - end] is None and flags & 16:
                origin[1 - end] = ack - 1
        return tuple(_repeats_named(self._segment(row, origin) for row in self._rows))

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


# These say something about earlier segments, not what a segment is itself.
_HINDSIGHT = frozenset({"UNANSWERED", "ANSWERED", "FIN_UNREAD", "LIVES_ON", "RST_DISOWNED"})
_HOLES = 64


class _Sent:
    """What was captured of one end's octets: up to ``next``, but for the ``holes``.

    Those before ``acked`` its peer had; ``window`` is what the end itself last had room for.
    """

    def __init__(self) -> None:
        self.next: int | None = None
        self.acked: int | None = None
        self.holes: list[tuple[int, int]] = []
        self.window = -1

    def take(self, seq: int, length: int) -> Literal["new", "again", "probe"]:
        """Whether octets were captured before; a probe is none, or the last one once more."""
        after = add(seq, length)
        if self.next is None or diff(after, self.next) > 0:
            if self.next is not None and diff(seq, self.next) > 0:
                self.holes = [*self.holes[-_HOLES:], (self.next, seq)]
            self.next = after
            return "new"
        if diff(seq, self.next) == -1 and (length == 0 or (length == 1 and self._heard(after))):
            return "probe"
        kept = [hole for hole in self.holes if diff(hole[1], seq) <= 0 or diff(after, hole[0]) <= 0]
        filled = len(kept) < len(self.holes)
        self.holes = kept
        return "again" if length and not filled else "new"

    def _heard(self, number: int) -> bool:
        return self.acked is not None and diff(self.acked, number) >= 0


def _repeats_named(segments: Iterable[Segment]) -> Iterator[Segment]:
    """The segments, with a code for repeats and probes in mid-life as well.

    The engine spends none on them, since they change no state; a picture must not show what was
    sent again as if it were new.  A probe of a closed window (RFC 9293 §3.8.6.1) stays an ACK.
    """
    sent = {end: _Sent() for end in ENDS}
    for segment in segments:
        own, peer = sent[segment.end], sent[ENDS[1 - ENDS.index(segment.end)]]
        flags = set(segment.flags.split(", "))
        if segment.duplicate or "RST" in flags:
            yield segment
            continue
        taken = own.take(segment.seq, segment.length + len(flags & {"SYN", "FIN"}))
        own.window = segment.window
        if segment.ack is not None:
            peer.acked = segment.ack
        plain = not flags & {"SYN", "FIN"} and _HINDSIGHT.issuperset(segment.codes)
        if plain and taken == "again":
            yield replace(segment, codes=("DATA_AGAIN", *segment.codes))
        elif plain and taken == "probe" and peer.window != 0:
            yield replace(segment, codes=("KEEP_ALIVE", *segment.codes))
        else:
            yield segment
