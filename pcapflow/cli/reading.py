"""Reads captures for the commands: with progress, and tells what was wrong."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence

from pcapflow.api import Run
from pcapflow.cli import messages, progress
from pcapflow.engine import FORM
from pcapflow.engine.batch import Batch
from pcapflow.hints import TYPE_CHECKING
from pcapflow.values import Record

if TYPE_CHECKING:
    from types import FrameType

    from pcapflow.fold import Report
    from pcapflow.model import CrossCheck
    from pcapflow.tcp.timers import Settings

STDIN = "-"
_GRACE = 1.0  # seconds for the writer of a pipe to end it
_INTERPRETED = (
    "the engine runs interpreted: same results, slower. Installing again with a C compiler and "
    "Python's headers compiles it; pcapflow doctor says how"
)

NEEDED_BY_A_TABLE = ("report.text", "cli.output", "report.shapes", "report.times", "report.table")
"""What most people ask for; each behind those that it needs itself."""


class Reading(Record):
    """A report, the ids that a display filter left, and what tshark thinks of the captures."""

    report: Report
    ids: frozenset[int] | None
    crossed: CrossCheck | None


def read(
    files: Sequence[str],
    settings: Settings,
    *,
    keep: bool,
    hashing: bool = False,
    display_filter: str | None = None,
    cross_check: bool = False,
) -> Reading:
    """Analyse captures; several are merged by time."""
    say_form()
    check(files)
    matches = None
    if display_filter is not None:
        from pcapflow.cli.matches import Matches

        matches = Matches(display_filter, files)
    crossing = None
    if cross_check:
        from pcapflow.cli.crossing import Crossing

        crossing = Crossing(files)
    readers = [reader.collect for reader in (matches, crossing) if reader is not None]
    begun = time.monotonic()
    with progress.Shown(files) as shown, Patience(files):
        messages.detail(f"reading {', '.join(files)}")
        run = Run(
            settings,
            keep=keep,
            progress=shown,
            on_batch=_all(readers) if readers else None,
            tell=None if matches is None else matches.tell,
            needed=NEEDED_BY_A_TABLE,
        )
        run.read(files, hashing=hashing)
        report = run.report()
    info = report.info
    messages.detail(
        f"{info.octets:,} octets, {info.packets:,} packets in {time.monotonic() - begun:.3f} s, "
        f"engine {FORM}"
    )
    ids = None if matches is None else matches.ids(report, run.tracker.dissolved)
    crossed = None if crossing is None else crossing.ask(report, run.tracker.dissolved)
    return Reading(report, ids, crossed)


def _all(readers: Sequence[Callable[[Batch], None]]) -> Callable[[Batch], None]:
    """One function that gives each of these what it is given."""

    def give(batch: Batch) -> None:
        for reader in readers:
            reader(batch)

    return give


def say_form() -> None:
    """Mention, once, that the engine is not compiled."""
    if FORM == "interpreted":
        messages.note(_INTERPRETED)


def told(report: Report, *, strict: bool) -> int:
    """Say what was wrong with the captures; the exit code that follows from it."""
    for fault in report.faults:
        messages.error(str(fault))
    if report.info.truncated is not None:
        say = messages.error if strict else messages.note
        say(f"{report.info.truncated}.")
    if report.info.closed_early:
        from pcapflow.findings.words import plural

        messages.note(
            f"{plural(report.info.closed_early, 'connection')} closed early, the quietest first: "
            "as many were open as --max-connections allows. Try: a higher number"
        )
    return 2 if report.faults or (strict and report.info.truncated) else 0


def check(files: Sequence[str]) -> None:
    """Raise UsageError for standard input beside files, or where it is a terminal."""
    if STDIN not in files:
        return
    if len(files) > 1:
        messages.refuse("standard input cannot be read together with other captures")
    if sys.stdin is None or sys.stdin.isatty():
        messages.refuse("there is no capture on standard input. Try: tcpdump -w - | pcapflow ...")


class Patience:
    """Where a pipe is read, an interrupt waits for its end for a moment.

    Ctrl-C reaches all of ``tcpdump -w - | pcapflow analyze -``.  It is meant for tcpdump, which
    then writes what it still holds; the report on that is what the user wants to see.
    """

    def __init__(self, files: Sequence[str]) -> None:
        self._piped = STDIN in files

    def __enter__(self) -> None:
        if self._piped:
            import signal

            self._before = signal.signal(signal.SIGINT, _wait_a_moment)

    def __exit__(self, *_: object) -> None:
        if self._piped:
            import signal

            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGINT, self._before)


def _wait_a_moment(number: int, frame: FrameType | None) -> None:
    import signal

    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGALRM, signal.default_int_handler)
    signal.setitimer(signal.ITIMER_REAL, _GRACE)
