"""Connections counted, and folded into groups: one a shape and service."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from pcapflow.model import SEVERITIES, End, Ending, Endpoint, Group, State
from pcapflow.shapes import Code
from pcapflow.tcp.story import Story

EXAMPLES = 3


class Tally:
    """How many connections there are, how they ended, and what was found."""

    def __init__(self) -> None:
        self.total = 0
        self.healthy = 0
        self.endings: Counter[Ending] = Counter()
        self.states: tuple[Counter[State], Counter[State]] = (Counter(), Counter())
        self.findings: Counter[Code] = Counter()
        self._folded: dict[tuple[str, Endpoint], Folded] = {}

    def add(
        self,
        folded: Folded,
        count: int,
        ending: Ending,
        states: tuple[State, State],
        found: Mapping[Code, int],
        affected: int,
    ) -> None:
        """Count so many more connections of a group, ``affected`` of which have a finding."""
        self.total += count
        self.healthy += count - affected
        self.endings[ending] += count
        self.states[0][states[0]] += count
        self.states[1][states[1]] += count
        folded.connections += count
        for code, having in found.items():
            self.findings[code] += having
            folded.found[code] = folded.found.get(code, 0) + having

    def folded(
        self, shape: str, service: Endpoint, story: Story, states: tuple[State, State]
    ) -> Folded:
        """The group of a shape towards a service; of a new one, ``story`` is the first."""
        key = (shape, service)
        folded = self._folded.get(key)
        if folded is None:
            folded = self._folded[key] = Folded(shape, service, story, states)
        return folded

    def ranked(self) -> list[Folded]:
        """All groups: those with the worst findings first, then the largest."""
        return sorted(self._folded.values(), key=Folded.rank)


class Folded:
    """A group in the making; ``parts`` are the engine's groups in it, ``rows`` its examples."""

    __slots__ = ("connections", "found", "parts", "rows", "service", "shape", "states", "story")

    def __init__(
        self, shape: str, service: Endpoint, story: Story, states: tuple[State, State]
    ) -> None:
        self.shape, self.service, self.story, self.states = shape, service, story, states
        self.connections = 0
        self.found: dict[Code, int] = {}
        self.rows: list[int] = []
        self.parts: list[tuple[int, Story]] = []

    def show(self, rows: list[int], *, first: bool) -> None:
        """These rows are examples too, clearer ones than the others if ``first``."""
        self.rows = (rows + self.rows if first else self.rows + rows)[:EXAMPLES]

    def rank(self) -> tuple[int, int, str, str]:
        """The worst first, then the most; the rest makes the order certain."""
        worst = min((SEVERITIES.index(severity) for _, severity in self.found), default=9)
        return worst, -self.connections, self.shape, str(self.service)

    def group(
        self,
        examples: Iterable[int],
        dwell_state: tuple[End, State] | None,
        dwell: Sequence[int],
    ) -> Group:
        """The group as everybody reads it: ids of its examples, times in the state named (ns)."""
        found = [(code, severity, n) for (code, severity), n in self.found.items()]
        found.sort(key=lambda each: (SEVERITIES.index(each[1]), -each[2], each[0]))
        return Group(
            shape=self.shape,
            service=self.service,
            connections=self.connections,
            ending=self.story.ending,
            states=self.states,
            opening=self.story.opening,
            findings=tuple(found),
            examples=tuple(examples),
            dwell_state=dwell_state,
            dwell_median=sorted(dwell)[(len(dwell) - 1) // 2] if dwell else None,
        )
