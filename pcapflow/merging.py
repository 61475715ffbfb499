"""Several captures as one, merged by time: each is opened when its time comes.

The files of a ring, whose times do not overlap, are so read one after the other.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence

from pcapflow.engine.batch import Batch
from pcapflow.engine.merge import Lane, Merge
from pcapflow.engine.relay import Relay
from pcapflow.engine.segments import Decoder
from pcapflow.errors import UsageError
from pcapflow.inputs import Input, Take, Tell

AT_ONCE = 100
"""Captures that may overlap at one moment: each takes two MiB, and a file handle."""
_PIECE = 1 << 20  # octets read at once of each
_WORTH = 512  # segments of a batch that are handed on with it rather than copied
_NEVER = 2**63 - 1


class _Opened:
    """A capture whose packets are being merged; ``faces`` are its interfaces' numbers there.

    ``batch`` is filled again whenever its records were taken.
    """

    def __init__(self, one: Input, batch: Batch) -> None:
        self.one = one
        self.batch = batch
        self.faces: list[int] = []
        self.batches = one.pieces(lambda: self.batch)


def in_order(names: Sequence[str]) -> list[tuple[Input, int]]:
    """Captures with the times of their first packets (ns), the earliest first.

    Those without any come last.  Raises as ``Input.first_time`` does.
    """
    found = []
    for rank, name in enumerate(names):
        one = Input(name, rank)
        first = one.first_time()
        found.append((one, _NEVER if first is None else first))
    return sorted(found, key=lambda each: (each[1], -each[0].rank))


class Merging:
    """Merges captures that are ``in_order``; raises UsageError where too many overlap."""

    def __init__(
        self,
        inputs: Sequence[tuple[Input, int]],
        decoder: Decoder,
        *,
        hashing: bool = False,
        tell: Tell | None = None,
    ) -> None:
        self._inputs = {one.rank: one for one, _ in inputs}
        self._waiting = iter([Lane(one.rank, first) for one, first in inputs])
        self._decoder = decoder
        self._hashing = hashing
        self._tell = tell
        self._merge = Merge(None if tell is None else self._told)
        self._opened: dict[int, _Opened] = {}
        self._faces = 0

    @property
    def frames(self) -> int:
        """The number of the last frame so far."""
        return self._merge.frames

    def batches(self, take: Take) -> Iterator[Batch]:
        """All segments in order of time, in batches that ``take`` returned."""
        try:
            self._queue_next()
            out = _emptied(take())
            while self._merge.lanes:
                lane = self._merge.fill(out)
                if lane is None:
                    yield out
                    out = _emptied(take())
                elif self._load(lane) >= _WORTH and self._merge.whole(lane):
                    if out.count:
                        yield out
                        out = _emptied(take())
                    out.swap(self._opened[lane.rank].batch)
                    yield out
                    out = _emptied(take())
            if out.count:
                yield out
        finally:
            for opened in self._opened.values():
                opened.one.close()

    def pour(self, relay: Relay) -> None:
        """Hand on all segments in order of time, or until no more are wanted."""
        for _ in self.batches(lambda: relay.filling):
            if not relay.give():
                return

    def _queue_next(self) -> None:
        """Let the next capture, if there is one, stand in line for its turn."""
        self._merge.lanes += [lane for lane in (next(self._waiting, None),) if lane is not None]

    def _load(self, lane: Lane) -> int:
        """Give a lane its capture's next records, and tell how many segments they have.

        Where there are none the lane is over.
        """
        if lane.rank not in self._opened:
            self._open(lane)
            self._queue_next()
        opened = self._opened[lane.rank]
        batch = next(opened.batches, None)
        if batch is None:
            self._close(lane)
            return 0
        new = opened.one.interfaces - len(opened.faces)
        if new > 0:
            opened.faces.extend(range(self._faces, self._faces + new))
            self._faces += new
            lane.faces = array("q", opened.faces)
        self._merge.load(lane, batch)
        return batch.count

    def _open(self, lane: Lane) -> None:
        if len(self._opened) == AT_ONCE:
            raise UsageError(
                f"more than {AT_ONCE} captures overlap in time. "
                "Try: mergecap -w all.pcapng FILE..., then all.pcapng"
            )
        if not self._opened:
            self._faces = 0  # what does not overlap was captured at the same interfaces
        one = self._inputs[lane.rank]
        one.open(self._decoder, _PIECE, hashing=self._hashing, hold=False)
        one.first_frame = self.frames + 1
        self._opened[lane.rank] = _Opened(one, Batch())

    def _close(self, lane: Lane) -> None:
        one = self._opened.pop(lane.rank).one
        one.close()
        self._merge.lanes.remove(lane)
        self._merge.frames += one.frames - lane.number  # blocks that are numbered, but no packets

    def _told(self, lane: Lane, first: int, last: int, shift: int) -> None:
        assert self._tell is not None
        self._tell(self._inputs[lane.rank].name, first, last, shift)


def _emptied(batch: Batch) -> Batch:
    batch.count = 0
    return batch
