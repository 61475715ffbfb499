"""The last packets of a watch, in memory, to be asked for by connection."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from pcapflow.capture import pcapng
from pcapflow.engine.batch import PLACE, Batch
from pcapflow.live.follower import Follower

_NONE: Mapping[int, str] = {}
_BLOCKS = 32
"""In so many steps the ring forgets: a block at a time, of its span or of its octets."""


class Packet(NamedTuple):
    """One packet as captured.

    ``at`` is when (ns), ``frame`` its number in the watch, ``original`` its octets on the wire,
    ``link`` its LINKTYPE.
    """

    at: int
    frame: int
    octets: bytes
    original: int
    link: int
    interface: int


class _Block:
    """Octets of the capture from offset ``start`` on, and where segments lie, up to time ``last``.

    A segment's line stands where its packet ends; that may have begun in a block before.
    """

    __slots__ = ("first", "last", "lines", "octets", "start")

    def __init__(self, start: int) -> None:
        self.start = start
        self.octets = bytearray()
        self.lines = bytearray()
        self.first = self.last = -1

    @property
    def size(self) -> int:
        return len(self.octets) + len(self.lines)


class Ring(Follower):
    """Keeps the octets of a watch of the last ``span`` (ns), at most ``most`` with their index.

    Packets come a few at a time on a quiet link: they are gathered in blocks, so that what Python
    needs for each piece does not count.
    """

    def __init__(self, span: int, most: int) -> None:
        self._span = span
        self._most = most
        self._blocks = deque([_Block(0)])
        self._size = 0  # of all blocks
        self._now = 0

    def octets(self, piece: bytes) -> None:
        """The next octets of the capture."""
        block = self._blocks[-1]
        full = block.size >= self._most // _BLOCKS
        if full or (block.first >= 0 and block.last - block.first >= self._span // _BLOCKS):
            block = _Block(block.start + len(block.octets))
            self._blocks.append(block)
        block.octets += piece
        self._size += len(piece)
        self._bound()

    def tracked(self, batch: Batch) -> None:
        """Where the packets of a batch lie in them."""
        places = batch.places()
        if places:
            block = self._blocks[-1]
            if block.first < 0:
                block.first = places[1]
            block.last = max(block.last, places[1 - PLACE])
            block.lines += places
            self._size += len(places) * places.itemsize
            self._bound()
            self.passed(block.last)

    def passed(self, now: int) -> None:
        """What was seen too long before now is forgotten."""
        self._now = max(self._now, now)
        while 0 <= self._blocks[0].last < self._now - self._span:
            self._drop()

    def packets(self, numbers: Collection[int]) -> Iterator[Packet]:
        """Those that are still kept of connections, by the tracker's numbers, as captured."""
        wanted = np.array(sorted(numbers), np.int64)
        blocks = list(self._blocks)
        for i, block in enumerate(blocks):
            # A copy: while numpy looks at a bytearray, nothing can be added to it.
            table = np.frombuffer(bytes(block.lines), np.int64).reshape(-1, PLACE)
            meant = np.isin(table[:, 0], wanted) & (table[:, 1] >= self._now - self._span)
            for line in table[meant].tolist():
                _, at, frame, offset, captured, original, link, interface = line
                octets = _from(blocks, i, offset, captured)
                if octets is not None:
                    yield Packet(at, frame, octets, original, link, interface)

    def _bound(self) -> None:
        while self._size > self._most and len(self._blocks) > 1:
            self._drop()

    def _drop(self) -> None:
        gone = self._blocks.popleft()
        self._size -= gone.size
        if not self._blocks:
            self._blocks.append(_Block(gone.start + len(gone.octets)))


def capture(
    packets: Iterable[Packet], comments: Mapping[int, str] = _NONE, about: str = ""
) -> bytes:
    """Packets as a pcapng capture, with comments on frames and on itself; empty without packets."""
    interfaces: dict[tuple[int, int], int] = {}
    head = [pcapng.section(about)]
    blocks: list[bytes] = []
    for found in packets:
        key = found.link, found.interface
        if key not in interfaces:
            interfaces[key] = len(interfaces)
            head.append(pcapng.interface(found.link, 0))
        comment = comments.get(found.frame, "")
        blocks.append(
            pcapng.packet(interfaces[key], found.at, found.octets, found.original, comment)
        )
    return b"".join(head + blocks) if blocks else b""


def _from(blocks: Sequence[_Block], i: int, offset: int, length: int) -> bytes | None:
    """Octets that end in block ``i``; None where their beginning is forgotten."""
    start = offset - blocks[i].start
    if start >= 0:
        return bytes(blocks[i].octets[start : start + length])
    if offset < blocks[0].start:
        return None
    first = next(k for k in range(i, -1, -1) if blocks[k].start <= offset)
    joined = b"".join(block.octets for block in blocks[first : i + 1])
    start = offset - blocks[first].start
    return joined[start : start + length]
