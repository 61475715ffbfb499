"""A pipe: connections are given as they end, not when the capture does."""

from __future__ import annotations

from collections.abc import Callable

from pcapflow.api import Run
from pcapflow.engine.batch import Batch
from pcapflow.fold import Report
from pcapflow.model import Connection
from pcapflow.shapes import Shapes
from pcapflow.tcp.timers import Settings


def stream(name: str, settings: Settings, give: Callable[[Connection, int], None]) -> Report:
    """Analyse a capture, and ``give`` each connection when it is over, with the capture's begin.

    Those that are open when the capture ends come last, by first packet.  Memory is bounded by
    the connections open at once.  Raises CaptureError as ``api.analyze`` does.
    """

    def give_finished(batch: Batch) -> None:
        for index in tracker.rows.finished:
            give(shapes.told(index)[0], tracker.clock.first)

    run = Run(settings, keep=False, on_batch=give_finished)
    tracker = run.tracker
    shapes = Shapes(tracker, settings)
    run.read([name])
    tracker.close()
    shapes.over(truncated=run.truncated is not None, damaged=bool(run.faults))
    for index in sorted(tracker.rows.finished, key=tracker.rows.number):
        give(shapes.told(index)[0], tracker.clock.first)
    return run.report()
