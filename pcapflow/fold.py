"""What came of an analysis: groups of connections, examples, counts, and each connection.

Rules run once a shape; where a rule waits for a span of time, that is measured over the rows of a
group at once.  Connections are decoded when somebody asks for them.
"""

from __future__ import annotations

import bisect
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from msgspec.structs import replace

from pcapflow import _version
from pcapflow.engine.decode import address
from pcapflow.engine.facts import facts
from pcapflow.engine.groups import Groups
from pcapflow.engine.layout import MARK_EXPIRED
from pcapflow.engine.spans import Span, Waits
from pcapflow.engine.track import Tracker
from pcapflow.errors import CaptureError
from pcapflow.findings import catalogue
from pcapflow.model import (
    ENDS,
    Across,
    CaptureInfo,
    Connection,
    End,
    Ending,
    Endpoint,
    Group,
    State,
)
from pcapflow.piles import Piles
from pcapflow.shapes import Code, Shape, Shapes
from pcapflow.tally import EXAMPLES, Folded, Tally
from pcapflow.tcp.timers import Settings

TIMED = 40
"""Of so many groups, the worst and largest, the times in states are measured: nobody reads more."""


class Report:
    """The result of one analysis; complete after ``finish``.

    ``groups`` fold all connections by shape and service; ``across`` is what was found across
    connections; ``examples`` decodes those that either names; ``connections`` gives all of them,
    ordered by first packet, where they were kept.  ``healthy`` connections have no finding at all.
    """

    info: CaptureInfo
    faults: tuple[CaptureError, ...]
    engine: str
    groups: tuple[Group, ...]
    across: tuple[Across, ...]

    def __init__(self, tracker: Tracker, settings: Settings, *, keep: bool) -> None:
        self.version = _version.__version__
        self.settings = settings
        self.examples = _Examples(self)
        self._tracker = tracker
        self._shapes = Shapes(tracker, settings)
        self._groups = Groups(tracker, settings.two_msl, self._waits, EXAMPLES, whole=keep)
        self._counters: dict[tuple[int, int], Waits] = {}
        self._piles = Piles(tracker, self._groups, settings)
        self._tally = Tally()
        self._keep = keep
        self._rows: dict[int, int] = {}
        self._held: list[int] = []
        self._dissolved: list[int] = []
        self._services: dict[tuple[int, int, int, int], Endpoint] = {}

    @property
    def total(self) -> int:
        return self._tally.total

    @property
    def whole(self) -> int:
        """As ``total``: nothing was left out."""
        return self._tally.total

    @property
    def healthy(self) -> int:
        return self._tally.healthy

    @property
    def endings(self) -> Counter[Ending]:
        return self._tally.endings

    @property
    def states(self) -> tuple[Counter[State], Counter[State]]:
        return self._tally.states

    @property
    def findings(self) -> Counter[Code]:
        return self._tally.findings

    @property
    def fault(self) -> CaptureError | None:
        """The first of ``faults``: what is wrong with captures that are damaged."""
        return self.faults[0] if self.faults else None

    def fold(self) -> None:
        """Take the rows that the tracker has finished while the capture is read."""
        finished = self._tracker.finished
        if self._keep:
            self._held += finished
        elif finished:
            for index in self._groups.take(finished, False):
                if not self._judge_alone(index):
                    self._tracker.release(index)  # its memory is needed
        finished.clear()

    def finish(self, info: CaptureInfo, faults: tuple[CaptureError, ...], engine: str) -> None:
        """The capture is read: take the rest of the rows, and judge the groups."""
        self.info, self.faults, self.engine = info, faults, engine
        self._shapes.over(truncated=info.truncated is not None, damaged=bool(faults))
        self._held += self._tracker.finished
        self._tracker.finished.clear()
        alone = self._groups.take(self._held, True)
        self._dissolved = sorted(self._tracker.dissolved)
        for group in range(self._groups.count):
            self._judge(group)
        for index in alone:
            self._judge_alone(index)
        self.across = self._piles.judged(self._example)
        ranked = self._tally.ranked()
        self.groups = tuple(
            self._told(folded, place < TIMED) for place, folded in enumerate(ranked)
        )

    def connections(self) -> Iterator[Connection]:
        """All connections with their findings, ordered by first packet."""
        if not self._keep:
            raise RuntimeError("this analysis did not keep its connections")
        by_number = sorted((self._tracker.number(index), index) for index in self._held)
        for _, index in by_number:
            yield self.decode(index)

    def connection(self, flow: int) -> Connection:
        """The connection with this id; LookupError where it is not held."""
        number = self.number(flow)
        for index in self._held:
            if self._tracker.number(index) == number:
                return self.decode(index)
        return self.decode(self._rows[flow])

    def decode(self, index: int) -> Connection:
        """The tracker's row ``index`` as a connection with findings."""
        found, shape = self._shapes.connection(index)
        findings = catalogue.findings(found, shape.signs)
        return replace(found, id=self.flow(found.id), findings=findings)

    def flow(self, number: int) -> int:
        """A connection's id from the tracker's number, which counts dissolved ones as well."""
        return number - bisect.bisect_left(self._dissolved, number)

    def number(self, flow: int) -> int | None:
        """The tracker's number of a connection's id; None where there is no such id."""
        if not 1 <= flow <= self.total:
            return None
        number = flow
        for gone in self._dissolved:
            if gone <= number:
                number += 1
        return number

    def parts_of(self, number: int) -> frozenset[int]:
        """The tracker's numbers whose segments belong to connection ``number``."""
        parts = {number}
        for gone in self._dissolved:
            if self._tracker.dissolved[gone] in parts:
                parts.add(gone)
        return frozenset(parts)

    def _judge(self, group: int) -> None:
        """Count what the rules say of a group of the engine."""
        (node, marks), where, count = self._groups.key(group)
        shape = self._shapes.at(node, marks)
        service = self._services.get(where) or self._service(*where)
        states = _after_timers(shape.story.states, bool(marks & MARK_EXPIRED))
        folded = self._tally.folded(shape.text, service, shape.story, states)
        found = dict.fromkeys(shape.always, count)
        affected = count if found else 0
        rows = self._groups.rows(group, EXAMPLES)
        if shape.waits:
            counts, waiting, longest = self._waited(group, count, (node, marks), shape)
            for code, having in zip(shape.timed, counts, strict=True):
                if having and code not in found:
                    found[code] = having
            affected = max(affected, waiting)
            if longest >= 0:
                rows = [longest, *(row for row in rows if row != longest)]
        self._tally.add(folded, count, shape.story.ending, states, found, affected)
        folded.show(rows[:EXAMPLES], first=bool(found))
        folded.parts.append((group, shape.story))
        if shape.holds:
            still = [held for held in shape.holds if states[ENDS.index(held[1].end)] != "CLOSED"]
            self._piles.add(still, group, where[0], service, count)

    def _waited(
        self, group: int, count: int, key: tuple[int, int], shape: Shape
    ) -> tuple[Sequence[int], int, int]:
        """Of each kind of finding that time decides, how many the group has, and how many any.

        And the row that waited longest, or -1 where there is only one.
        """
        if count > 1:
            waits = self._groups.waited(group, shape.counter())
            return waits.counts, waits.affected, waits.longest
        # A scan makes a group of each SYN: these have one counter a shape, which goes on counting.
        waits = self._counters.get(key) or self._counters.setdefault(key, shape.counter())
        before, affected = list(waits.counts), waits.affected
        self._groups.waited(group, waits)
        counts = [now - was for now, was in zip(waits.counts, before, strict=True)]
        return counts, waits.affected - affected, -1

    def _judge_alone(self, index: int) -> bool:
        """Count a row whose shape was too long or too rare to have a node.

        Tells whether it has become an example, which must be held.
        """
        row = facts(self._tracker, index)
        shape = self._shapes.of(row)
        found = set(shape.always)
        if shape.waits:
            connection, _ = self._shapes.connection(index)
            for code, wait in shape.waits:
                severity = wait.severity(catalogue.measure(connection, wait))
                if severity is not None:
                    found.add((code, severity))
        quiet = self._tracker.clock.end_after(row.last) - row.last
        states = _after_timers(shape.story.states, quiet >= self.settings.two_msl)
        service = self._service(row.version, *row.server, row.ports & 0xFFFF)
        folded = self._tally.folded("...", service, shape.story, states)
        example = len(folded.rows) < EXAMPLES
        counts = dict.fromkeys(found, 1)
        self._tally.add(folded, 1, shape.story.ending, states, counts, 1 if found else 0)
        folded.show([index] if example else [], first=bool(found))
        return example

    def _waits(self, node: int, marks: int) -> Waits | None:
        """What is to be measured of connections that end while the capture is read."""
        shape = self._shapes.at(node, marks)
        return shape.counter() if shape.waits else None

    def _told(self, folded: Folded, timed: bool) -> Group:
        """A group for its readers; if ``timed``, with the time in the state that tells most."""
        where: tuple[End, State] | None = None
        dwell: list[int] = []
        for group, story in folded.parts if timed else ():
            for i, entered in enumerate(story.steps):
                if entered.after != "CLOSE_WAIT":
                    continue
                left = next((s.event for s in story.steps[i + 1 :] if s.end == entered.end), -1)
                spans = self._groups.lengths(group, Span((entered.event,), until=left))
                where = (entered.end, "CLOSE_WAIT")
                dwell += [span for span in spans if span >= 0]
                break
        return folded.group([self._example(row) for row in folded.rows], where, dwell)

    def _example(self, row: int) -> int:
        flow = self.flow(self._tracker.number(row))
        self._rows[flow] = row
        return flow

    def _service(self, version: int, high: int, low: int, port: int) -> Endpoint:
        """The address and port of a server, made once for all of its groups."""
        key = (version, high, low, port)
        service = self._services.get(key)
        if service is None:
            service = self._services[key] = Endpoint(address(version, high, low), port)
        return service


class _Examples(Mapping[int, Connection]):
    """Connections by id, decoded when asked for."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._decoded: dict[int, Connection] = {}

    def __getitem__(self, flow: int) -> Connection:
        if flow not in self._decoded:
            self._decoded[flow] = self._report.decode(self._report._rows[flow])
        return self._decoded[flow]

    def __iter__(self) -> Iterator[int]:
        return iter(self._report._rows)

    def __len__(self) -> int:
        return len(self._report._rows)


def _after_timers(states: tuple[State, State], expired: bool) -> tuple[State, State]:
    if not expired:
        return states
    a, b = ("CLOSED" if state == "TIME_WAIT" else state for state in states)
    return a, b
