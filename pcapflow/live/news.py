"""What has become true of connections since it was last told."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from pcapflow.engine.batch import Batch
from pcapflow.engine.track import Tracker
from pcapflow.findings import catalogue
from pcapflow.findings.catalogue import Signs
from pcapflow.live.losses import Losses
from pcapflow.model import ENDED, Connection, Finding, Severity
from pcapflow.shapes import Shape, Shapes
from pcapflow.tcp.timers import MS

if TYPE_CHECKING:
    from pcapflow.live.held import Held

SETTLE = 500 * MS
"""A connection is judged so long after something happened to it: what a close passes through on
its way, such as one end closed and the other not yet, is no news."""


class News(NamedTuple):
    """A connection with the findings that are new; ``ended`` where it has.

    ``newly`` says that its end is told for the first time; ``signs`` are what the rules saw.
    ``held`` is what the kernel says of the client and of the server where they are of this host.
    """

    connection: Connection
    findings: tuple[Finding, ...]
    ended: bool
    newly: bool = False
    signs: Signs = ()
    held: tuple[Held | None, Held | None] = (None, None)


class _Told(NamedTuple):
    """What has been told of a connection; many have the same one, so it is made once."""

    findings: frozenset[tuple[str, Severity]] = frozenset()
    ended: bool = False


_NOTHING = _Told()


class Desk:
    """Watches the rows of a tracker; each finding is told once a connection and level.

    That a connection was there before the watch began, or that packets of it are missing, is no
    news: it is told with a finding that is.

    A row is looked at when something has happened to it or a wait of a rule is over, so the work
    does not grow with the number of connections that are merely open.
    """

    def __init__(self, tracker: Tracker, shapes: Shapes, losses: Losses | None = None) -> None:
        self._tracker = tracker
        self._losses = losses or Losses()
        self._shapes = shapes
        self._due: dict[int, int] = {}
        self._queue: list[tuple[int, int]] = []
        self._told: dict[int, _Told] = {}
        self._kinds: dict[_Told, _Told] = {}

    def collect(self, batch: Batch) -> None:
        """Note the connections to which a tracked batch did something that may be news."""
        for at, number in batch.eventful():
            self._expect(number, at + SETTLE)

    @property
    def next_due(self) -> int | None:
        """When there may be news though no packet comes (ns, packet clock)."""
        return self._queue[0][0] if self._queue else None

    def news(self) -> Iterator[News]:
        """What is new at the tracker's ``now``, by first packet; ends of rows that are over too."""
        for index in sorted(self._tracker.rows.finished, key=self._tracker.rows.number):
            yield from self._last(index)
        due = frozenset(self._take_due())
        indexes = self._tracker.rows.find(due) if due else {}
        for number in sorted(due):
            if number in indexes:
                yield from self._look(number, indexes[number])
            else:  # a SYN that turned out to open nothing
                self._told.pop(number, None)

    def _expect(self, number: int, at: int) -> None:
        """Look at a connection then, if not sooner."""
        if at < self._due.get(number, at + 1):
            self._due[number] = at
            heapq.heappush(self._queue, (at, number))

    def _take_due(self) -> Iterator[int]:
        """The connections whose time has come; what was replaced in the queue is skipped."""
        while self._queue and self._queue[0][0] <= self._tracker.clock.now:
            at, number = heapq.heappop(self._queue)
            if self._due.get(number) == at:
                del self._due[number]
                yield number

    def _look(self, number: int, index: int) -> Iterator[News]:
        """Judge an open row, and find out when it must be looked at again."""
        connection, shape = self.judged(index)
        again = self._next_wait(connection, shape)
        if again is not None:
            self._expect(number, again)
        ended = connection.ending in ENDED
        told = self._told.get(number, _NOTHING)
        findings = _new(told, connection)
        if findings or ended != told.ended:
            now = _Told(told.findings.union((f.code, f.severity) for f in findings), ended)
            self._told[number] = self._kinds.setdefault(now, now)
            yield News(connection, findings, ended, ended and not told.ended, shape.signs)

    def _last(self, index: int) -> Iterator[News]:
        """A row that is over."""
        connection, shape = self.judged(index)
        self._due.pop(connection.id, None)
        told = self._told.pop(connection.id, _NOTHING)
        findings = _new(told, connection)
        if findings or not told.ended:
            yield News(connection, findings, True, not told.ended, shape.signs)

    def judged(self, index: int) -> tuple[Connection, Shape]:
        """A row with its findings, as sure as the capture lets them be."""
        connection, shape = self._shapes.told(index)
        return self._losses.weakened(connection), shape

    def _next_wait(self, connection: Connection, shape: Shape) -> int | None:
        """When the next threshold of a rule's wait will be reached, if nothing happens."""
        reached = []
        for _, wait in shape.waits:
            if wait.until is None:  # else it is over
                waited = catalogue.measure(connection, wait)
                reached += [at_least - waited for at_least, _ in wait.steps]
        ahead = [self._tracker.clock.now + span for span in reached if span > 0]
        return min(ahead, default=None)


def _new(told: _Told, connection: Connection) -> tuple[Finding, ...]:
    """Findings that were not told; what only the capture lacks is told along with another."""
    new = tuple(f for f in connection.findings if (f.code, f.severity) not in told.findings)
    return () if all(f.end == "capture" for f in new) else new
