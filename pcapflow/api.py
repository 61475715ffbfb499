"""Joins the rooms: feeds captures through the engine, and gives out what came of it.

``analyze`` reads files and returns a ``Report``; ``trace`` reads them again for the segments of
one connection.  Nothing here prints; what went wrong on the way is in ``Report.fault``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from pcapflow.capture.source import Source, open_capture
from pcapflow.engine import FORM
from pcapflow.engine.batch import Batch
from pcapflow.engine.pump import Fault, Feed
from pcapflow.engine.segments import Decoder
from pcapflow.engine.track import Tracker
from pcapflow.errors import CaptureError, UsageError
from pcapflow.fold import Report
from pcapflow.model import CaptureInfo, Connection, Segment
from pcapflow.tcp.timers import DEFAULTS, Settings
from pcapflow.trace import Tracer

_OCTETS = 1 << 20  # read at once; small enough for a processor's cache
_SHORT_BATCH = 512
_BATCH = 4096
_SPARES = 4
_SALVAGE = "pcapfix FILE, or ask for the capture again"


def analyze(
    files: Sequence[str],
    settings: Settings = DEFAULTS,
    *,
    keep: bool = True,
    hashing: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> Report:
    """Read the captures one after the other and report on all their connections.

    ``keep`` holds every connection, so that ``Report.connections`` can give them; without it
    only groups and examples are held.  ``hashing`` digests the files.  ``progress`` is called
    now and then with (octets read, packets).  Raises CaptureError where a file cannot be opened
    or is no capture; damage further on is in ``Report.fault`` and all before it is reported.
    """
    run = Run(settings, keep=keep, progress=progress)
    for name in files:
        run.read(name, hashing=hashing)
        if run.fault is not None:
            break
    return run.report()


def trace(
    files: Sequence[str], flow: int, settings: Settings = DEFAULTS
) -> tuple[Connection, tuple[Segment, ...], Report]:
    """One connection with its segments, by its id; reads the captures twice.

    Raises UsageError where there is no such connection.
    """
    report = analyze(files, settings, hashing=True)
    number = report.number(flow)
    if number is None:
        raise UsageError(f"there is no connection {flow}: the capture has {report.total:,}")
    connection = report.connection(flow)
    tracer = Tracer(number, connection, report.parts_of(number))
    run = Run(settings, keep=True, on_batch=tracer.collect)
    for name in files:
        run.read(name)
        if run.fault is not None:
            break
    return connection, tracer.segments(), report


class Run:
    """One analysis: a ``tracker``, and what has been read into it so far.

    ``frames`` is the number of the last frame; ``fault`` the damage that ended the last file.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        keep: bool,
        progress: Callable[[int, int], None] | None = None,
        on_batch: Callable[[Batch], None] | None = None,
    ) -> None:
        self._settings = settings
        self._progress = progress
        self._on_batch = on_batch
        self.tracker = Tracker()
        self._decoder = Decoder()
        self._report = Report(self.tracker, settings, keep=keep)
        self._octets = 0
        self._files: list[str] = []
        self._first_frames: list[int] = []
        self._formats: list[str] = []
        self._links: list[str] = []
        self._digests: list[str | None] = []
        self.frames = 0
        self._cut: list[str] = []
        self.fault: CaptureError | None = None

    def read(self, name: str, *, hashing: bool = False) -> None:
        """Feed one file to its end, or to where it is damaged."""
        first_frame = self.frames + 1
        with open_capture(name, hashing=hashing) as source:
            feed = Feed(self._decoder, first_frame=first_frame, hold=source.is_file)
            for batch in self._batches(source, feed):
                self.tracker.track(batch)
                if self._on_batch is not None:
                    self._on_batch(batch)
                self._report.fold()
                if self._progress is not None:
                    self._progress(self._octets, feed.frames)
            if source.fault is None or feed.fault is not None or not feed.form:
                feed.close()
            self.frames = feed.frames
            self._files.append(name)
            self._first_frames.append(first_frame)
            self._formats.append(
                ", ".join(form for form in (feed.form, source.format_note) if form != "plain")
            )
            self._links += [link for link in feed.links if link not in self._links]
            self._judge(name, source, feed.fault)
            self._digests.append(source.sha256() if hashing else None)

    def _batches(self, source: Source, feed: Feed) -> Iterator[Batch]:
        """Decode the source; a thread works ahead where it is longer than one buffer.

        A short capture is read without one, whose start (and the import of ``threading``) would
        cost more than it gains.
        """
        buffer = memoryview(bytearray(_OCTETS))
        first = Batch(_SHORT_BATCH)
        got = source.readinto(buffer)
        self._octets += got
        yield from feed.feed(buffer[:got], lambda: first)
        if got == 0 or feed.fault is not None or (source.is_file and got < _OCTETS):
            yield from feed.rest()
            return
        from pcapflow.capture.ahead import Ahead

        def decode(take: Callable[[], Batch]) -> Iterator[Batch]:
            while feed.fault is None and (got := source.readinto(buffer)):
                self._octets += got
                yield from feed.feed(buffer[:got], take)
            yield from feed.rest()

        with Ahead(decode, [Batch(_BATCH) for _ in range(_SPARES)], source.cancel) as ahead:
            yield from ahead

    def _judge(self, name: str, source: Source, fault: Fault | None) -> None:
        """Put a fault into words: an early end is a note, damage an error, no capture is raised."""
        if fault is None and source.fault is not None:
            if source.truncated:
                self._cut.append(f"{name}: {source.fault}")
            else:
                self.fault = CaptureError(name, source.fault, advice="ask for the capture again")
        elif fault is not None:
            if fault.kind == "cut":
                self._cut.append(
                    f"{name}: the file ends within packet {fault.frame:,}: {fault.size:,} octets "
                    f"are left over at offset {fault.offset:,}; the packets before it were analysed"
                )
            elif fault.kind in ("unknown", "empty"):
                raise _no_capture(name, fault)
            else:
                self.fault = _damage(name, fault)

    @property
    def truncated(self) -> str | None:
        """Which files ended early, and where; None where none did."""
        return "; ".join(self._cut) or None

    def report(self) -> Report:
        """Close the tracker and finish the report."""
        tracker, decoder = self.tracker, self._decoder
        tracker.close()
        info = CaptureInfo(
            files=tuple(self._files),
            first_frames=tuple(self._first_frames),
            formats=tuple(self._formats),
            link_types=tuple(self._links),
            sha256=tuple(self._digests),
            packets=decoder.packets,
            tcp_packets=decoder.tcp_packets,
            skipped=decoder.skipped(),
            first=tracker.first if tracker.first >= 0 else None,
            last=tracker.now if tracker.now >= 0 else None,
            truncated=self.truncated,
            duplicates=tracker.events.duplicates,
            drops=None,
            octets=self._octets,
        )
        self._report.finish(info, self.fault, FORM)
        return self._report


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
