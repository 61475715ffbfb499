"""What came of an analysis: groups of connections, examples, counts, and each connection.

Rules run once a group here; where a rule waits for a span of time, that is measured over the
group's rows at once.  Connections are decoded when somebody asks for them.
"""

from __future__ import annotations

import bisect
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from msgspec.structs import replace

from pcapflow import _version
from pcapflow.engine.decode import Stories, address, connection, shape_text
from pcapflow.engine.groups import Groups
from pcapflow.engine.layout import COARSE, MARK_EXPIRED, MARK_OVERFLOW
from pcapflow.engine.track import Tracker
from pcapflow.errors import CaptureError
from pcapflow.findings import catalogue
from pcapflow.findings.rule import Rule, Sign
from pcapflow.model import (
    ENDS,
    SEVERITIES,
    CaptureInfo,
    Connection,
    End,
    Ending,
    Endpoint,
    Group,
    Severity,
    State,
)
from pcapflow.tcp.story import Story
from pcapflow.tcp.timers import Settings

EXAMPLES = 3
TIMED = 40
"""Of so many groups, the worst and largest, the times in states are measured: nobody reads more."""
Found = Counter[tuple[str, Severity]]
Signs = tuple[tuple[Rule, Sign], ...]


class Report:
    """The result of one analysis; complete after ``finish``.

    ``groups`` fold all connections by shape and service; ``examples`` decodes those that groups
    name; ``connections`` gives all of them, ordered by first packet, where they were kept.
    ``healthy`` connections have no finding at all.
    """

    info: CaptureInfo
    faults: tuple[CaptureError, ...]
    engine: str
    groups: tuple[Group, ...]
    total: int
    healthy: int

    def __init__(self, tracker: Tracker, settings: Settings, *, keep: bool) -> None:
        self.version = _version.__version__
        self.settings = settings
        self.examples = _Examples(self)
        self.endings: Counter[Ending] = Counter()
        self.states: tuple[Counter[State], Counter[State]] = (Counter(), Counter())
        self.findings: Found = Counter()
        self._tracker = tracker
        self._stories = Stories(tracker)
        self._groups = Groups(tracker, settings.two_msl, EXAMPLES, whole=keep)
        self._keep = keep
        self._merged: _Merged = {}
        self.total = 0
        self.healthy = 0
        self._shapes: dict[tuple[int, int], _Shape] = {}
        self._rows: dict[int, int] = {}
        self._held: list[int] = []
        self._dissolved: list[int] = []

    @property
    def whole(self) -> int:
        """As ``total``: nothing was left out."""
        return self.total

    def fold(self, *, keep: bool = False) -> None:
        """Take the rows that the tracker has finished."""
        finished = self._tracker.finished
        if self._keep:
            self._held += finished
        else:
            for index in finished:
                if not keep and self._groups.alone(index):
                    self._judge_alone(index)
                else:
                    self._groups.add(index, keep)
        finished.clear()

    @property
    def fault(self) -> CaptureError | None:
        """The first of ``faults``: what is wrong with captures that are damaged."""
        return self.faults[0] if self.faults else None

    def finish(self, info: CaptureInfo, faults: tuple[CaptureError, ...], engine: str) -> None:
        """The capture is read: judge the groups."""
        self.info, self.faults, self.engine = info, faults, engine
        self._stories.truncated = info.truncated is not None
        self._stories.damaged = bool(faults)
        self.fold(keep=True)
        for index in self._held:
            self._groups.add(index, True)
        self._dissolved = sorted(self._tracker.dissolved)
        merged = self._merged
        for group in range(self._groups.count):
            self._judge(group, merged)
        leading = sorted(merged.values(), key=_Folded.rank)
        for folded in leading[:TIMED]:
            self._dwell(folded)
        self.groups = tuple(folded.group() for folded in leading)

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
        found, story = connection(self._tracker, self._stories, index, self.settings)
        findings = catalogue.findings(found, story, self.settings)
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

    def _judge(self, group: int, merged: _Merged) -> None:
        node, marks, high, low, port, version, count = self._groups.key(group)
        self.total += count
        if node == COARSE or marks & MARK_OVERFLOW:
            for row in self._groups.rows(group):
                self._judge_row(row, merged)
            return
        shape = self._shape(node, marks)
        story = shape.story
        found, affected, best = self._signs(group, shape.signs, count)
        rows = [best] if best is not None else []
        rows += [r for r in self._groups.rows(group, EXAMPLES) if r != best]
        key = (shape.text, version, high, low, port)
        folded = merged.get(key)
        if folded is None:
            service = Endpoint(address(version, high, low), port)
            folded = merged[key] = _Folded(shape.text, service, story, shape.states)
        folded.add(count, found, [self._example(row) for row in rows[:EXAMPLES]])
        folded.parts.append((group, story))
        self._count(story.ending, shape.states, count, found, affected)

    def _judge_row(self, row: int, merged: _Merged) -> bool:
        """Judge a row whose shape was too long or too rare to have a node, by itself.

        Tells whether it has become an example, which must be held.
        """
        told, story = connection(self._tracker, self._stories, row, self.settings)
        found: Found = Counter(
            (f.code, f.severity) for f in catalogue.findings(told, story, self.settings)
        )
        key = ("...", 0, 0, told.server.ip, told.server.port)
        folded = merged.setdefault(key, _Folded("...", told.server, story, told.states))
        example = len(folded.examples) < EXAMPLES
        folded.add(1, found, [self._example(row)] if example else [])
        self._count(story.ending, told.states, 1, found, 1 if found else 0)
        return example

    def _judge_alone(self, row: int) -> None:
        """Judge such a row now, since its memory is needed."""
        self.total += 1
        if not self._judge_row(row, self._merged):
            self._tracker.release(row)

    def _signs(self, group: int, signs: Signs, count: int) -> tuple[Found, int, int | None]:
        """Findings of a group, how many connections have any, and its clearest row."""
        found: Found = Counter()
        everyone = False
        reached: list[bool] = []
        best: int | None = None
        for rule, sign in signs:
            if sign.wait is None:
                found[rule.CODE, sign.severity] = count  # connections, not ends
                everyone = True
                continue
            data_of = -1 if sign.wait.last_data_of is None else ENDS.index(sign.wait.last_data_of)
            begun = self._groups.times(group, sign.wait.since, data_of)
            ends = self._ends(group, len(begun))
            waits = [end - at for end, at in zip(ends, begun, strict=True)]
            levels = [sign.wait.severity(waited) for waited in waits]
            for level in levels:
                if level is not None:
                    found[rule.CODE, level] += 1
            now = [level is not None for level in levels]
            reached = [a or b for a, b in zip(reached, now, strict=True)] if reached else now
            if any(now) and best is None:
                best = self._groups.rows(group)[waits.index(max(waits))]
        return found, count if everyone else sum(reached), best

    def _shape(self, node: int, marks: int) -> _Shape:
        """What is worked out once for all connections at a shape's node with these marks."""
        shape = self._shapes.get((node, marks))
        if shape is None:
            story = self._stories.of(node, marks)
            shape = _Shape(
                story,
                shape_text(story),
                catalogue.signs(story, self.settings),
                _after_timers(story, bool(marks & MARK_EXPIRED)),
            )
            if len(self._shapes) >= 4096:
                self._shapes.clear()
            self._shapes[node, marks] = shape
        return shape

    def _dwell(self, folded: _Folded) -> None:
        """Times in CLOSE_WAIT, the state that tells most, of all connections in a group."""
        for group, story in folded.parts:
            for i, entering in enumerate(story.steps):
                if entering.after != "CLOSE_WAIT":
                    continue
                begun = self._groups.times(group, (entering.event,), -1)
                left = next((s for s in story.steps[i + 1 :] if s.end == entering.end), None)
                ended = self._ends(group, len(begun))
                if left is not None:
                    ended = self._groups.times(group, (left.event,), -1)
                folded.dwell_state = (entering.end, "CLOSE_WAIT")
                folded.dwell += [max(0, b - a) for a, b in zip(begun, ended, strict=True)]
                break

    def _ends(self, group: int, rows: int) -> Sequence[int]:
        """When the capture ended for each of the group's rows."""
        if self._tracker.clock.gaps:
            return self._groups.ends(group)
        return [self._tracker.clock.now] * rows

    def _count(
        self, ending: Ending, states: tuple[State, State], count: int, found: Found, affected: int
    ) -> None:
        self.endings[ending] += count
        self.states[0][states[0]] += count
        self.states[1][states[1]] += count
        self.findings.update(found)
        self.healthy += count - affected

    def _example(self, row: int) -> int:
        flow = self.flow(self._tracker.number(row))
        self._rows[flow] = row
        return flow


class _Shape(NamedTuple):
    """What connections with the same events and marks share."""

    story: Story
    text: str
    signs: Signs
    states: tuple[State, State]


class _Folded:
    """A group in the making: one shape towards one service, whatever its marks."""

    def __init__(
        self, shape: str, service: Endpoint, story: Story, states: tuple[State, State]
    ) -> None:
        self.shape, self.service, self.story, self.states = shape, service, story, states
        self.connections = 0
        self.found: Found = Counter()
        self.examples: list[int] = []
        self.parts: list[tuple[int, Story]] = []
        self.dwell: list[int] = []
        self.dwell_state: tuple[End, State] | None = None

    def add(self, count: int, found: Found, examples: list[int]) -> None:
        """Count ``count`` more connections; those with findings give the better examples."""
        self.connections += count
        self.examples = (examples + self.examples if found else self.examples + examples)[:EXAMPLES]
        self.found.update(found)

    def rank(self) -> tuple[int, int, str, str]:
        """The worst first, then the most; the rest makes the order certain."""
        worst = min((SEVERITIES.index(severity) for _, severity in self.found), default=9)
        return worst, -self.connections, self.shape, str(self.service)

    def group(self) -> Group:
        found = sorted(
            ((code, severity, n) for (code, severity), n in self.found.items()),
            key=lambda item: (SEVERITIES.index(item[1]), -item[2], item[0]),
        )
        return Group(
            shape=self.shape,
            service=self.service,
            connections=self.connections,
            ending=self.story.ending,
            states=self.states,
            opening=self.story.opening,
            findings=tuple(found),
            examples=tuple(self.examples),
            dwell_state=self.dwell_state,
            dwell_median=sorted(self.dwell)[(len(self.dwell) - 1) // 2] if self.dwell else None,
        )


_Merged = dict[tuple[str, int, int, int | str, int], _Folded]


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


def _after_timers(story: Story, expired: bool) -> tuple[State, State]:
    a, b = ("CLOSED" if expired and s == "TIME_WAIT" else s for s in story.states)
    return a, b
