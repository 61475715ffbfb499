"""A pipe: connections are given as they end, not when the capture does."""

from __future__ import annotations

from collections.abc import Callable

from pcapflow.api import Run
from pcapflow.engine.batch import Batch
from pcapflow.fold import Report
from pcapflow.live.rows import Rows
from pcapflow.model import Connection
from pcapflow.tcp.timers import Settings


def stream(name: str, settings: Settings, give: Callable[[Connection, int], None]) -> Report:
    """Analyse a capture, and ``give`` each connection when it is over, with the capture's begin.

    Those that are open when the capture ends come last, by first packet.  Memory is bounded by
    the connections open at once.  Raises CaptureError as ``api.analyze`` does.
    """

    def give_finished(batch: Batch) -> None:
        for index in tracker.finished:
            give(rows.connection(index)[0], tracker.clock.first)

    run = Run(settings, keep=False, on_batch=give_finished)
    tracker = run.tracker
    rows = Rows(tracker, settings)
    run.read([name])
    tracker.close()
    rows.stories.truncated = run.truncated is not None or bool(run.faults)
    for index in sorted(tracker.finished, key=tracker.number):
        give(rows.connection(index)[0], tracker.clock.first)
    return run.report()
