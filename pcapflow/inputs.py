"""One capture of an analysis: decoded piece by piece, and afterwards what there is to say of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from pcapflow.capture.source import Source, open_capture
from pcapflow.engine.batch import Batch
from pcapflow.engine.pump import Fault, Feed
from pcapflow.engine.relay import Relay
from pcapflow.engine.segments import Decoder
from pcapflow.errors import CaptureError, UsageError

_HEAD = 1 << 16  # octets read at once on the way to the first packet
_ASIDE = 65_536 + 2048
"""Octets left free in front of a piece, for what was left of the one before.

Memory of this size begins 16 octets into a page (glibc's malloc), and what a file holds at the
beginning of one.  Where a copy's target lies 1 to 31 octets further into its page than its source,
the processor takes what it reads for what it has just written and waits for it (4K aliasing): the
kernel's copy took 1.7 times as long.  Half a page lies as far from that as can be.
"""
_SALVAGE = "pcapfix FILE, or ask for the capture again"

NO_CAPTURE = ("unknown", "empty")
"""Kinds of fault that say there is no capture at all."""

Take = Callable[[], Batch]
Tell = Callable[[str, int, int, int], None]
"""Called with each run of frames that follow each other in one capture: its name, their first and
last number there, and what must be added to make them numbers of the whole."""


class Input:
    """One capture: first ``open``, then ``piece`` until it is ``over``, and ``close`` always.

    ``rank``: its place among the captures as they were named.  ``first_frame``: the number of its
    first frame among all.  ``truncated`` and ``fault`` say whether it ended early or was damaged;
    ``sha256`` is None unless asked for.
    """

    def __init__(self, name: str, rank: int = 0) -> None:
        self.name = name
        self.rank = rank
        self.first_frame = 1
        self.form = ""
        self.links: tuple[str, ...] = ()
        self.sha256: str | None = None
        self.truncated: str | None = None
        self.fault: CaptureError | None = None
        self.over = False
        self._source: Source | None = None
        self._hashing = False
        self._taken = 0

    def first_time(self) -> int | None:
        """When the first packet was seen (ns); None where there is none.

        Raises CaptureError where this is no capture, UsageError where it could not be read again.
        """
        batch = Batch(1)
        buffer = memoryview(bytearray(_HEAD))
        feed = Feed(Decoder())
        with open_capture(self.name) as source:
            if not source.is_file:
                raise UsageError(f"{self.name} is no file: it must be the only capture")
            while feed.fault is None and (got := source.readinto(buffer)):
                for filled in feed.feed(buffer[:got], lambda: batch):
                    return filled.record(0)["when"]
            if source.fault is None or not feed.form:
                feed.close()
        if feed.fault is not None and feed.fault.kind in NO_CAPTURE:
            raise damage(self.name, feed.fault)
        return None

    def open(self, decoder: Decoder, piece: int, *, hashing: bool, hold: bool) -> None:
        """Open it, to be read ``piece`` octets at once; ``hold`` as ``Feed`` has it, for files."""
        self._hashing = hashing
        source = open_capture(self.name, hashing=hashing)
        self._feed = Feed(decoder, hold=hold and source.is_file)
        self._room = memoryview(bytearray(_ASIDE + piece))
        self._buffer = self._room[_ASIDE:]
        self._source = source  # last: other threads ask for ``octets`` meanwhile

    @property
    def octets(self) -> int:
        """How many octets have been read."""
        return self._taken if self._source is None else self._taken + self._feed.drained

    @property
    def frames(self) -> int:
        """Its own number of the last frame read."""
        return self._feed.frames

    @property
    def interfaces(self) -> int:
        """How many interfaces it has described so far."""
        return self._feed.interfaces

    def piece(self, take: Take) -> Iterator[Batch]:
        """The batches, each one that ``take`` returned, which the next piece completes."""
        assert self._source is not None
        got = 0 if self._feed.fault is not None else self._source.readinto(self._buffer)
        self._taken += got
        yield from self._feed.feed(self._buffer[:got], take)
        short = self._source.is_file and got < len(self._buffer)  # a file fills it while it can
        if got == 0 or short or self._feed.fault is not None:
            yield from self._feed.rest()
            self.over = True
            self._finish(self._source, self._feed)

    def pieces(self, take: Take) -> Iterator[Batch]:
        """The batches of all pieces that are left."""
        while not self.over:
            yield from self.piece(take)

    def held(self) -> Iterator[Batch]:
        """What is held of the pieces so far."""
        return self._feed.rest()

    def pour(self, relay: Relay) -> None:
        """Hand on the batches of all pieces that are left, or until no more are wanted."""
        self._feed.into(relay)
        while not (self.over or relay.stopped):
            self._drain()
            if not relay.stopped:
                for _ in self.piece(lambda: relay.filling):
                    pass  # there are none: the feed hands them on itself
        self._feed.into(None)  # whose batches are megabytes

    def _drain(self) -> None:
        """Read on as far as nothing of Python's is needed for it: in a plain file to its end."""
        assert self._source is not None
        descriptor = self._source.descriptor
        if descriptor is not None:
            self._source.skip(self._feed.drain(descriptor, self._room, _ASIDE))

    def cancel(self) -> None:
        """Make a reading that waits for a pipe in another thread come to an end."""
        if self._source is not None:
            self._source.cancel()

    def close(self) -> None:
        """Close the file; closing twice, or what was never opened, is allowed."""
        if self._source is not None:
            self._source.close()
            self._room = self._buffer = memoryview(b"")

    def _finish(self, source: Source, feed: Feed) -> None:
        """It was read: say what is to be said of it."""
        if source.fault is None or feed.fault is not None or not feed.form:
            feed.close()
        packed = source.format_note
        self.form = feed.form if packed == "plain" else f"{feed.form}, {packed}"
        self.links = feed.links
        self._judge(source, feed.fault)
        if self._hashing:
            self.sha256 = source.sha256()

    def _judge(self, source: Source, fault: Fault | None) -> None:
        """Put a fault into words: an early end is a note, damage an error, no capture is raised."""
        name = self.name
        if fault is None and source.fault is not None:
            if source.truncated:
                self.truncated = f"{name}: {source.fault}"
            else:
                self.fault = CaptureError(name, source.fault, advice="ask for the capture again")
        elif fault is not None:
            if fault.kind == "cut":
                self.truncated = cut(name, fault)
            elif fault.kind in NO_CAPTURE:
                raise damage(name, fault)
            else:
                self.fault = damage(name, fault)


def cut(name: str, fault: Fault) -> str:
    """That a capture ends early, and where."""
    return (
        f"{name}: the file ends within packet {fault.frame:,}: {fault.size:,} octets "
        f"are left over at offset {fault.offset:,}; the packets before it were analysed"
    )


def damage(name: str, fault: Fault) -> CaptureError:
    """What is wrong with a capture that is damaged, or none."""
    return _no_capture(name, fault) if fault.kind in NO_CAPTURE else _damage(name, fault)


def _no_capture(name: str, fault: Fault) -> CaptureError:
    if fault.kind == "empty":
        return CaptureError(name, "the file is empty", advice="ask for the capture again")
    return CaptureError(
        name,
        f"this is no pcap or pcapng capture: it begins with {fault.magic.hex(' ') or 'nothing'}",
        advice=f"file {name}",
    )


def _damage(name: str, fault: Fault) -> CaptureError:
    advice = _SALVAGE.replace("FILE", name)
    if fault.kind == "length":
        return CaptureError(
            name,
            f"claims {fault.size:,} bytes",
            frame=fault.frame,
            offset=fault.offset,
            limit=262_144,
            advice=advice,
        )
    what = {
        "block length": f"lies in a block that claims {fault.size:,} bytes",
        "block trailer": f"lies in a block whose two lengths differ ({fault.size:,} in front)",
        "byte-order magic": f"lies in a section with the byte-order magic {fault.size:#010x}",
        "unknown interface": f"names interface {fault.size:,}, which was never described",
    }[fault.kind]
    return CaptureError(name, what, frame=fault.frame, offset=fault.offset, advice=advice)
