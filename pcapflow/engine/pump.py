"""From octets to tracked segments: finds the capture's form, and drives the hot rooms.

Opens no file itself: whoever has octets feeds them, in pieces of any size.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator

from pcapflow.engine.batch import Batch
from pcapflow.engine.blocks import PcapngRecords
from pcapflow.engine.links import LINK_NAMES
from pcapflow.engine.passage import Passage
from pcapflow.engine.records import FILE_HEADER, PcapRecords
from pcapflow.engine.relay import Relay
from pcapflow.engine.segments import Decoder
from pcapflow.engine.track import Tracker
from pcapflow.hints import TYPE_CHECKING
from pcapflow.values import Record

if TYPE_CHECKING:
    from typing import Literal

BATCH = 2048
_STITCH = 65_536
"""Octets of a new piece that are first put behind the rest of the last one."""

# Magic numbers of classic pcap, as octets on disk: (little-endian, ns a tick, record header).
_PCAP = {
    b"\xd4\xc3\xb2\xa1": (True, 1000, 16),
    b"\xa1\xb2\xc3\xd4": (False, 1000, 16),
    b"\x4d\x3c\xb2\xa1": (True, 1, 16),
    b"\xa1\xb2\x3c\x4d": (False, 1, 16),
    b"\x34\xcd\xb2\xa1": (True, 1000, 24),  # Kuznetzov's variant of libpcap 0.x
    b"\xa1\xb2\xcd\x34": (False, 1000, 24),
}
_PCAPNG = b"\x0a\x0d\x0d\x0a"


class Fault(Record):
    """Where a capture is damaged or ends too early; ``frame`` is the first packet not read.

    ``kind``: ``unknown`` not a capture at all; ``empty``; ``length``, ``block length`` ... what the
    record reader found (``size`` is the number claimed there); ``cut`` the file ends within a
    record, ``size`` octets after its beginning (0: within a block that is skipped unread).
    """

    kind: str
    frame: int
    offset: int
    size: int
    magic: bytes = b""


class Feed:
    """Makes batches of segments out of one capture file's octets, fed in pieces of any size.

    ``hold`` keeps a batch that is not full until more octets, or ``rest``, come: for files, where
    nobody waits for its packets.  Without it a batch holds the segments of its own records only.
    After ``close``, ``fault`` says whether the file was damaged or cut.
    """

    def __init__(self, decoder: Decoder, *, hold: bool = False) -> None:
        self._decoder = decoder
        self._reader: PcapRecords | PcapngRecords | None = None
        self._passage: Passage | None = None
        self._relay: Relay | None = None
        self._rest = b""
        self._base = 0
        self._hold = hold
        self._held: Batch | None = None
        self.form = ""
        self.fault: Fault | None = None

    @property
    def frames(self) -> int:
        """The number of the last frame read, 0 before any."""
        return 0 if self._reader is None else self._reader.frames

    @property
    def drained(self) -> int:
        """How many octets ``drain`` has read, up to now."""
        return 0 if self._passage is None else self._passage.drained

    @property
    def interfaces(self) -> int:
        """How many interfaces the capture has described so far; a classic one has one."""
        return self._reader.interfaces if isinstance(self._reader, PcapngRecords) else 1

    @property
    def links(self) -> tuple[str, ...]:
        """Names of the link types met so far."""
        if self._reader is None:
            return ()
        numbers = (
            [self._reader.link] if isinstance(self._reader, PcapRecords) else self._reader.links
        )
        return tuple(dict.fromkeys(LINK_NAMES.get(n, f"LINKTYPE {n}") for n in numbers))

    def feed(self, octets: memoryview, take: Callable[[], Batch]) -> Iterator[Batch]:
        """Yield the batches that the next octets complete, each one that ``take`` returned.

        The octets are not needed any more when all batches have been yielded.
        """
        if self.fault is not None:
            return
        start = 0
        if self._reader is None:
            if self._rest:
                octets = memoryview(self._rest + bytes(octets))
            if len(octets) < FILE_HEADER:
                self._rest = bytes(octets)
                return
            self._rest = b""
            start = self._open(bytes(octets[:FILE_HEADER]))
        elif self._rest:
            start = yield from self._stitch(octets, take)
        if start >= 0 and self.fault is None:
            done = yield from self._scan(octets, start, self._base, take)
            self._rest = bytes(octets[done:])
        self._base += len(octets)

    def into(self, relay: Relay | None) -> None:
        """From now on fill the relay's batches, and hand them on: ``feed`` yields none then."""
        self._relay = relay

    def drain(self, descriptor: int, buffer: memoryview, front: int) -> int:
        """Read on in the file that is open at ``descriptor``, and hand on what is found.

        It does not matter how far that leads: ``feed`` goes on from there.  Pieces are read to
        ``buffer[front:]``; before them there must be room for what the one before has left.
        Returns how many octets were read.
        """
        passage, rest = self._passage, len(self._rest)
        if self._relay is None or passage is None or self.fault is not None or rest > front:
            return 0
        buffer[front - rest : front] = self._rest
        before = passage.drained
        end = passage.drain(descriptor, buffer, front, rest, self._base, self._relay)
        read = passage.drained - before
        self._base += read
        self._rest = bytes(buffer[end - passage.rest : end])
        self._judge()
        return read

    def rest(self) -> Iterator[Batch]:
        """The batch that was held, if any: no more octets come, or not before it was used."""
        batch, self._held = self._held, None
        if self._relay is not None and self._relay.filling.count:
            self._relay.give()
        if batch is not None and batch.count:
            yield batch

    def close(self) -> None:
        """The octets are at their end: what is left over was cut."""
        if self.fault is not None:
            return
        if self._reader is None:
            kind = "unknown" if self._rest else "empty"
            self.fault = Fault(kind, 1, 0, len(self._rest), bytes(self._rest[:4]))
        elif isinstance(self._reader, PcapngRecords) and self._reader.skip > 0:
            self.fault = Fault("cut", self.frames + 1, self._base, 0)
        elif self._rest:
            offset = self._base - len(self._rest)
            self.fault = Fault("cut", self.frames + 1, offset, len(self._rest))

    def _stitch(self, octets: memoryview, take: Callable[[], Batch]) -> Generator[Batch, None, int]:
        """Read what begins in the last piece's rest; return where that led to in ``octets``.

        -1 where all of ``octets`` was needed and has become part of the rest.
        """
        size = _STITCH
        while True:
            joined = memoryview(self._rest + bytes(octets[:size]))
            done = yield from self._scan(joined, 0, self._base - len(self._rest), take)
            if done >= len(self._rest):
                done -= len(self._rest)
                self._rest = b""
                return done
            self._rest = self._rest[done:]
            if size >= len(octets):
                self._rest += bytes(octets)
                return -1
            size *= 4

    def _scan(
        self, octets: memoryview, start: int, base: int, take: Callable[[], Batch]
    ) -> Generator[Batch, None, int]:
        """Run all complete records from ``start`` on through; return the first unread octet.

        ``base`` is the file's offset of ``octets[0]``.
        """
        passage, relay = self._passage, self._relay
        assert passage is not None
        if relay is not None:
            start = passage.pour(octets, start, base, relay)
            if relay.filling.count and not self._hold:
                relay.give()
        while relay is None:
            batch, self._held = self._held, None
            if batch is None:
                batch = take()
                batch.count = 0
            room = batch.capacity - batch.count
            start = passage.fill(octets, start, base, batch)
            if batch.count == batch.capacity or (batch.records and not self._hold):
                yield batch
            else:
                self._held = batch
            if batch.records < room:
                break
        self._judge()
        return start if self.fault is None else len(octets)

    def _judge(self) -> None:
        """Whether the reader has met damage."""
        reader = self._reader
        if reader is not None and reader.fault is not None:
            self.fault = Fault(
                reader.fault, self.frames + 1, reader.fault_offset, reader.fault_size
            )

    def _open(self, head: bytes) -> int:
        """Recognise the form; return the octets that the file header took."""
        if head.startswith(_PCAPNG):
            self._reader = PcapngRecords()
            self._passage = Passage(self._decoder, self._reader)
            self.form = "pcapng"
            return 0
        if head[:4] not in _PCAP:
            self.fault = Fault("unknown", 1, 0, len(head), head[:4])
            return 0
        little, unit, header = _PCAP[head[:4]]
        order: Literal["little", "big"] = "little" if little else "big"
        link = int.from_bytes(head[20:24], order) & 0xFFFF
        self._reader = PcapRecords(little, unit, link, header)
        self._passage = Passage(self._decoder, self._reader)
        self.form = f"pcap ({order}-endian, {'ns' if unit == 1 else 'µs'})"
        return FILE_HEADER


class Pump:
    """Feeds octets through to the tracker in one go: for pipes and live interfaces.

    ``on_batch`` is called with each tracked batch.
    """

    def __init__(
        self,
        tracker: Tracker,
        decoder: Decoder,
        *,
        on_batch: Callable[[Batch], None] | None = None,
    ) -> None:
        self._tracker = tracker
        self._feed = Feed(decoder)
        self._on_batch = on_batch
        self._batch = Batch(BATCH)

    @property
    def fault(self) -> Fault | None:
        """What is wrong with the capture; None as long as nothing is."""
        return self._feed.fault

    @property
    def frames(self) -> int:
        """The number of the last frame read."""
        return self._feed.frames

    @property
    def form(self) -> str:
        """The capture's form in words, once the first octets have been fed."""
        return self._feed.form

    @property
    def links(self) -> tuple[str, ...]:
        """Names of the link types met so far."""
        return self._feed.links

    def feed(self, octets: memoryview) -> None:
        """Take the next octets; they are not needed any more when this returns."""
        for batch in self._feed.feed(octets, self._spare):
            self._tracker.track(batch)
            if self._on_batch is not None:
                self._on_batch(batch)

    def close(self) -> None:
        """The octets are at their end."""
        self._feed.close()

    def _spare(self) -> Batch:
        return self._batch
