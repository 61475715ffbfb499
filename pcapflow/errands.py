"""What is done while a long capture is read, by whichever of two threads waits for the other.

It is what a report needs afterwards: its modules are loaded, and shapes that connections have so
far are judged.  All in short steps: the other thread goes on with what lies ready between them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from threading import current_thread, main_thread

from pcapflow.engine.relay import Relay
from pcapflow.fold import Report

NEEDED = (
    *("model", "engine.facts", "tcp.codes", "engine.layout", "tcp.course", "tcp.outcome"),
    *("tcp.story", "tcp.table", "tcp.summary", "tcp.zeek", "tcp.hindsight", "tcp.replay"),
    *("engine.traffic", "engine.decode", "findings.rule", "findings.words", "findings.across"),
    *("findings.stories", "findings.frames", "findings.close_wait_leak"),
    *("findings.close_wait_pileup", "findings.data_after_close", "findings.fin_wait_2_pileup"),
    *("findings.time_wait_pressure", "findings.index", "findings.catalogue"),
    *("piles", "shapes", "tally", "judging"),
)
"""The modules that a report needs, each behind those that it needs itself: so a step loads one."""


class Errands:
    """Loads ``modules`` and judges what ``report`` will need, while threads wait at the ``relay``.

    The first that fails is the last, and says nothing: whoever needs it meets it again.
    """

    def __init__(self, relay: Relay, report: Report, modules: Sequence[str]) -> None:
        self._report = report
        self._relay = relay
        self._more: list[Callable[[], object]] | None = None
        self._asked = False
        self._running = False
        self._steps = self._all(modules)
        relay.meanwhile(self.step)

    def step(self) -> bool:
        """Do one more; False where there is none now, or where the other thread is at one."""
        if self._running:
            return False
        self._running = True
        try:
            return next(self._steps)
        except Exception as error:
            self._relay.meanwhile(None)
            if current_thread() is main_thread() and not isinstance(error, StopIteration):
                raise  # it may be a signal's handler that raises it, here as anywhere
            return False
        finally:
            self._running = False

    def look(self) -> None:
        """See what else there is to be done; between two batches, when no thread changes it."""
        if self._asked:
            self._asked = False
            self._more = self._report.ahead()

    def _all(self, modules: Sequence[str]) -> Iterator[bool]:
        for name in modules:
            import_module(f"pcapflow.{name}")
            yield True
        self._asked = True
        while self._more is None:
            yield False
        for do in self._more:
            do()
            yield True
