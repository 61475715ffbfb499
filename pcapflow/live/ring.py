"""The last packets of a watch, in memory, to be asked for by connection."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple

import numpy as np

from pcapflow import _version
from pcapflow.capture import pcapng
from pcapflow.engine.batch import PLACE, Batch
from pcapflow.live.follower import Follower

_NONE: Mapping[int, str] = {}


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


class Ring(Follower):
    """Keeps the octets of a watch of the last ``span`` (ns), at most ``most`` of them.

    An index line of 64 octets a segment comes on top.
    """

    def __init__(self, span: int, most: int) -> None:
        self._span = span
        self._most = most
        self._base = 0  # the offset of the first octet kept
        self._end = 0
        self._pieces: deque[bytes] = deque()
        self._lines: deque[tuple[int, int, bytes]] = deque()  # last time, first offset, places

    def octets(self, piece: bytes) -> None:
        """The next octets of the capture."""
        self._pieces.append(piece)
        self._end += len(piece)
        while self._pieces and self._end - self._base - len(self._pieces[0]) >= self._most:
            self._drop()

    def tracked(self, batch: Batch) -> None:
        """Where the packets of a batch lie in them."""
        places = batch.places()
        if places:
            self._lines.append((places[-PLACE + 1], places[3], places.tobytes()))
            while self._lines[0][0] < self._lines[-1][0] - self._span:
                self._lines.popleft()
            first = self._lines[0][1]
            while self._pieces and self._base + len(self._pieces[0]) <= first:
                self._drop()

    def packets(self, numbers: Collection[int]) -> Iterator[Packet]:
        """Those that are still kept of connections, by the tracker's numbers, as captured."""
        wanted = np.array(sorted(numbers), np.int64)
        whole = b"".join(self._pieces)
        for _, _, words in self._lines:
            table = np.frombuffer(words, np.int64).reshape(-1, PLACE)
            for line in table[np.isin(table[:, 0], wanted)].tolist():
                _, at, frame, offset, captured, original, link, interface = line
                start = offset - self._base
                if start >= 0:
                    octets = whole[start : start + captured]
                    yield Packet(at, frame, octets, original, link, interface)

    def capture(self, numbers: Collection[int], comments: Mapping[int, str] = _NONE) -> bytes:
        """The same as a pcapng capture, with comments on frames; empty where none is kept."""
        interfaces: dict[tuple[int, int], int] = {}
        head = [pcapng.section(f"pcapflow {_version.__version__}")]
        blocks: list[bytes] = []
        for found in self.packets(numbers):
            key = found.link, found.interface
            if key not in interfaces:
                interfaces[key] = len(interfaces)
                head.append(pcapng.interface(found.link, 0))
            comment = comments.get(found.frame, "")
            blocks.append(
                pcapng.packet(interfaces[key], found.at, found.octets, found.original, comment)
            )
        return b"".join(head + blocks) if blocks else b""

    def _drop(self) -> None:
        self._base += len(self._pieces.popleft())
        while self._lines and self._lines[0][1] < self._base:
            self._lines.popleft()
