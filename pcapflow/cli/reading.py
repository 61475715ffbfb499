"""Reads captures for the commands: in order of time, with progress, and tells what was wrong."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from pcapflow.api import Run
from pcapflow.capture.source import open_capture
from pcapflow.cli import messages, progress
from pcapflow.engine import FORM
from pcapflow.engine.batch import Batch
from pcapflow.engine.pump import Feed
from pcapflow.engine.segments import Decoder
from pcapflow.fold import Report
from pcapflow.model import Record
from pcapflow.tcp.timers import Settings

if TYPE_CHECKING:
    from types import FrameType

STDIN = "-"
_HEAD = 1 << 16  # octets read at once on the way to the first packet
_GRACE = 1.0  # seconds for the writer of a pipe to end it
_INTERPRETED = (
    "the engine runs interpreted: same results, slower. Installing again with a C compiler and "
    "Python's headers compiles it; pcapflow doctor says how"
)


class Reading(Record, frozen=True):
    """A report, and the ids that a display filter left."""

    report: Report
    ids: frozenset[int] | None


def read(
    files: Sequence[str],
    settings: Settings,
    *,
    keep: bool,
    hashing: bool = False,
    display_filter: str | None = None,
) -> Reading:
    """Analyse captures; with several the earliest comes first."""
    say_form()
    files = ordered(files)
    matches = None if display_filter is None else _Matches(display_filter)
    begun = time.monotonic()
    with progress.shown(files) as shown, patient(files):
        run = Run(
            settings,
            keep=keep,
            progress=shown,
            on_batch=None if matches is None else matches.collect,
        )
        for name in files:
            messages.detail(f"reading {name}")
            if matches is not None:
                matches.begin(name, run.frames)
            run.read(name, hashing=hashing)
            if run.fault is not None:
                break
        report = run.report()
    info = report.info
    messages.detail(
        f"{info.octets:,} octets, {info.packets:,} packets in {time.monotonic() - begun:.3f} s, "
        f"engine {FORM}"
    )
    ids = None if matches is None else matches.ids(report, run.tracker.dissolved)
    return Reading(report, ids)


def say_form() -> None:
    """Mention, once, that the engine is not compiled."""
    if FORM == "interpreted":
        messages.note(_INTERPRETED)


def told(report: Report, *, strict: bool) -> int:
    """Say what was wrong with the captures; the exit code that follows from it."""
    if report.fault is not None:
        messages.error(str(report.fault))
    if report.info.truncated is not None:
        say = messages.error if strict else messages.note
        say(f"{report.info.truncated}.")
    return 2 if report.fault is not None or (strict and report.info.truncated) else 0


def ordered(files: Sequence[str]) -> Sequence[str]:
    """Captures by the time of their first packet, as the files of a ring need it.

    Raises UsageError for standard input beside files, or where it is a terminal.
    """
    if STDIN in files:
        if len(files) > 1:
            messages.refuse("standard input cannot be read together with other captures")
        if sys.stdin is None or sys.stdin.isatty():
            messages.refuse(
                "there is no capture on standard input. Try: tcpdump -w - | pcapflow ..."
            )
        return files
    if len(files) == 1:
        return files
    times = {name: first_time(name) for name in files}
    return sorted(files, key=lambda name: (times[name] is None, times[name] or 0))


def first_time(name: str) -> int | None:
    """When the first packet of a capture was seen (ns); None where it has none."""
    batch = Batch(1)
    buffer = memoryview(bytearray(_HEAD))
    feed = Feed(Decoder())
    with open_capture(name) as source:
        while feed.fault is None and (got := source.readinto(buffer)):
            for filled in feed.feed(buffer[:got], lambda: batch):
                return filled.when[0]
    return None


@contextmanager
def patient(files: Sequence[str]) -> Iterator[None]:
    """Where a pipe is read, an interrupt waits for its end for a moment.

    Ctrl-C reaches all of ``tcpdump -w - | pcapflow analyze -``.  It is meant for tcpdump, which
    then writes what it still holds; the report on that is what the user wants to see.
    """
    if STDIN not in files:
        yield
        return
    import signal

    before = signal.signal(signal.SIGINT, _wait_a_moment)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGINT, before)


def _wait_a_moment(number: int, frame: FrameType | None) -> None:
    import signal

    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGALRM, signal.default_int_handler)
    signal.setitimer(signal.ITIMER_REAL, _GRACE)


class _Matches:
    """Finds the connections that have a frame which a display filter shows."""

    def __init__(self, display_filter: str) -> None:
        from pcapflow.annotate import filter as wireshark

        wireshark.check(display_filter)
        self._matches = wireshark.frames
        self._filter = display_filter
        self._before = 0
        self._frames: frozenset[int] = frozenset()
        self._numbers: set[int] = set()

    def begin(self, name: str, before: int) -> None:
        """The next batches are of this file; ``before`` frames were in those before it."""
        self._before = before
        self._frames, trouble = self._matches(name, self._filter)
        if trouble is not None:
            messages.note(f"-Y shows frames up to where {trouble}")

    def collect(self, batch: Batch) -> None:
        """Note the connections of the frames that match."""
        for i in range(batch.count):
            if batch.frame[i] - self._before in self._frames:
                self._numbers.add(batch.conn[i])

    def ids(self, report: Report, dissolved: dict[int, int]) -> frozenset[int]:
        """The ids of those connections."""
        found = set()
        for number in self._numbers:
            while number in dissolved:
                number = dissolved[number]
            found.add(report.flow(number))
        return frozenset(found)
