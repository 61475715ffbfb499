"""Joins the rooms: feeds captures through the engine, and gives out what came of it.

``analyze`` reads files and returns a ``Report``; ``trace`` reads them again for the segments of
one connection.  Nothing here prints; what went wrong on the way is in ``Report.faults``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from pcapflow.engine import FORM
from pcapflow.engine.batch import Batch
from pcapflow.engine.relay import Relay
from pcapflow.engine.segments import Decoder
from pcapflow.engine.track import Tracker
from pcapflow.errors import CaptureError, UsageError
from pcapflow.fold import Report
from pcapflow.hints import TYPE_CHECKING
from pcapflow.inputs import Input, Tell
from pcapflow.tcp.timers import DEFAULTS, Settings

if TYPE_CHECKING:
    from pcapflow.model import Connection, Segment
    from pcapflow.tracer import Tracer

_OCTETS = 1 << 20  # read at once; small enough to stay in a processor's cache
_SHORT_BATCH = 512
_BATCH = 2048
_PLACES = 6  # batches on their way; two more are in work
_AT_ONCE = 64  # batches between two looks at what is over, at signals and at progress
_ALL = 2**63 - 1


def analyze(
    files: Sequence[str],
    settings: Settings = DEFAULTS,
    *,
    keep: bool = True,
    hashing: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> Report:
    """Read the captures, several merged by time, and report on all their connections.

    ``keep`` holds every connection, so that ``Report.connections`` can give them; without it
    only groups and examples are held.  ``hashing`` digests the files.  ``progress`` is called
    now and then with (octets read, packets).  Raises CaptureError where a file cannot be opened
    or is no capture; damage further on is in ``Report.faults`` and all else is reported.
    """
    run = Run(settings, keep=keep, progress=progress)
    run.read(files, hashing=hashing)
    return run.report()


def trace(
    files: Sequence[str], flow: int, settings: Settings = DEFAULTS, *, absolute: bool = False
) -> tuple[Connection, tuple[Segment, ...], Report]:
    """One connection with its segments, by its id; reads the captures twice.

    Sequence numbers are relative to each end's first one unless ``absolute``.  Raises UsageError
    where there is no such connection.
    """
    report = analyze(files, settings, hashing=True)
    traced = segments(files, report, (flow,), settings, absolute=absolute)
    return report.connection(flow), traced[flow], report


def segments(
    files: Sequence[str],
    report: Report,
    flows: Sequence[int],
    settings: Settings = DEFAULTS,
    *,
    absolute: bool = False,
) -> dict[int, tuple[Segment, ...]]:
    """The segments of connections of a ``report`` on these captures, by id; reads them once more.

    Raises UsageError where there is no such connection.
    """
    from pcapflow.tracer import Tracer  # only for those who need it

    tracers: dict[int, Tracer] = {}
    parts: dict[int, Tracer] = {}
    for flow in flows:
        number = report.number(flow)
        if number is None:
            raise UsageError(f"there is no connection {flow}: the capture has {report.total:,}")
        tracers[flow] = Tracer()
        parts |= dict.fromkeys(report.parts_of(number), tracers[flow])

    def collect(batch: Batch) -> None:
        for i, (_, _, number, _) in enumerate(batch.tracked()):
            if number in parts:
                parts[number].collect(batch, i)

    Run(settings, keep=True, on_batch=collect).read(files)
    return {flow: tracer.segments(absolute=absolute) for flow, tracer in tracers.items()}


class Run:
    """One analysis: a ``tracker``, and what has been read into it so far.

    ``on_batch`` gets each tracked batch; ``tell`` learns before that, perhaps in another thread,
    which frames of which capture are coming.  ``needed`` names modules of ours that will be needed
    when all has been read, beside those that every report needs.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        keep: bool,
        progress: Callable[[int, int], None] | None = None,
        on_batch: Callable[[Batch], None] | None = None,
        tell: Tell | None = None,
        needed: Sequence[str] = (),
    ) -> None:
        self._needed = needed
        self._progress = progress
        self._on_batch = on_batch
        self._tell = tell
        self.tracker = Tracker()
        self.tracker.rows.most = settings.max_connections
        self._decoder = Decoder()
        self._report = Report(self.tracker, settings, keep=keep)
        self._inputs: list[Input] = []

    def read(self, files: Sequence[str], *, hashing: bool = False) -> None:
        """Feed captures, merged by time, to their ends, or to where each is damaged."""
        if len(files) > 1:
            self._read_merged(files, hashing)
        else:
            self._read_one(files[0], hashing)

    def _read_one(self, name: str, hashing: bool) -> None:
        """Read a capture; a thread works ahead where it is longer than one piece.

        A short capture is read without one, whose start (and the import of ``threading``) would
        cost more than it gains.
        """
        one = Input(name)
        self._inputs = [one]
        if self._tell is not None:
            self._tell(name, 1, _ALL, 0)
        one.open(self._decoder, _OCTETS, hashing=hashing, hold=True)
        try:
            first = Batch(_SHORT_BATCH)
            for batch in one.piece(lambda: first):
                self._take(batch)
            if not one.over:
                for batch in one.held():
                    self._take(batch)
                self._follow(one.pour, one.cancel)
        finally:
            one.close()

    def _read_merged(self, files: Sequence[str], hashing: bool) -> None:
        """Read several captures, which are merged in a thread that works ahead."""
        from pcapflow.merging import Merging, in_order  # only for those who need it

        inputs = in_order(files)
        self._inputs = [one for one, _ in inputs]
        merging = Merging(inputs, self._decoder, hashing=hashing, tell=self._tell)
        self._follow(merging.pour, lambda: None)

    def _follow(self, work: Callable[[Relay], None], cancel: Callable[[], None]) -> None:
        """Track the batches that ``work`` hands on in a thread of its own."""
        from pcapflow.ahead import ahead  # imports threading
        from pcapflow.errands import NEEDED, Errands

        relay = Relay(_BATCH, _PLACES)
        errands = Errands(relay, self._report, (*NEEDED, *self._needed))
        with ahead(work, relay, cancel):
            if self._on_batch is None:
                more = True
                while more:
                    more = self.tracker.follow(relay, _AT_ONCE)
                    self._tracked()
                    if more:
                        errands.look()
            else:
                while relay.next():
                    self._take(relay.using)

    def _take(self, batch: Batch) -> None:
        self.tracker.track(batch)
        if self._on_batch is not None:
            self._on_batch(batch)
        self._tracked()

    def _tracked(self) -> None:
        """Fold what is over, and say how far it is."""
        self._report.fold()
        if self._progress is not None:
            self._progress(self._octets, self._decoder.packets)

    @property
    def _octets(self) -> int:
        return sum(one.octets for one in self._inputs)

    @property
    def faults(self) -> tuple[CaptureError, ...]:
        """What is wrong with captures that are damaged."""
        return tuple(one.fault for one in self._inputs if one.fault is not None)

    @property
    def truncated(self) -> str | None:
        """Which captures ended early, and where; None where none did."""
        return "; ".join(one.truncated for one in self._inputs if one.truncated) or None

    def report(self) -> Report:
        """Close the tracker and finish the report."""
        from pcapflow.model import CaptureInfo

        tracker, decoder = self.tracker, self._decoder
        tracker.close()
        info = CaptureInfo(
            files=tuple(one.name for one in self._inputs),
            first_frames=tuple(one.first_frame for one in self._inputs),
            formats=tuple(one.form for one in self._inputs),
            link_types=tuple(dict.fromkeys(link for one in self._inputs for link in one.links)),
            sha256=tuple(one.sha256 for one in self._inputs),
            packets=decoder.packets,
            tcp_packets=decoder.tcp_packets,
            skipped=decoder.skipped(),
            first=tracker.clock.first if tracker.clock.first >= 0 else None,
            last=tracker.clock.now if tracker.clock.now >= 0 else None,
            truncated=self.truncated,
            duplicates=tracker.events.duplicates,
            drops=None,
            octets=self._octets,
            closed_early=tracker.rows.evicted,
        )
        self._report.finish(info, self.faults, FORM)
        return self._report
