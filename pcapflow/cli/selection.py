"""The part of a report that was chosen, folded anew from its connections."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, TypeAlias

from pcapflow.fold import medians, middle
from pcapflow.model import (
    ENDS,
    RANKS,
    Connection,
    End,
    Ending,
    Endpoint,
    Group,
    Severity,
    State,
    Vantage,
)

if TYPE_CHECKING:
    from pcapflow.cli.choice import Choice
    from pcapflow.fold import Report
    from pcapflow.report.source import GroupLike

EXAMPLES = 3
_Lengths: TypeAlias = "dict[tuple[End, State], array[int]]"


class Selection:
    """A report about the connections of a choice only; ``info`` is still the whole capture's."""

    def __init__(self, report: Report, choice: Choice) -> None:
        self._report = report
        self._choice = choice
        self.info = report.info
        self.fault = report.fault
        self.settings = report.settings
        self.version = report.version
        self.engine = report.engine
        self.whole = report.total
        self.total = 0
        self.healthy = 0
        self.states: tuple[Counter[State], Counter[State]] = (Counter(), Counter())
        self.endings: Counter[Ending] = Counter()
        self.findings: Counter[tuple[str, Severity]] = Counter()
        self.examples: dict[int, Connection] = {}
        self.groups: tuple[Group, ...] = ()
        self.across = tuple(filter(choice.across, report.across))
        self._fold()

    def vantage(self, flow: int) -> Vantage:
        """Where the capture was made, as far as an example tells."""
        return self.examples[flow].vantage

    def connections(self) -> Iterator[Connection]:
        """The chosen connections, ordered by first packet."""
        for connection in self._report.connections():
            chosen = self._choice.of(connection)
            if chosen is not None:
                yield chosen

    def records(self, files: Sequence[tuple[str, int]] = ()) -> Iterator[bytes]:
        """The records of the chosen connections as JSON."""
        from pcapflow.report.records import encoded

        return encoded(self.connections(), files)

    def dwells(
        self, members: Iterable[GroupLike], states: Collection[State]
    ) -> dict[tuple[End, State], tuple[int, int]]:
        """The median time (ns) of ends in these states, and in how many connections of groups."""
        lengths: dict[tuple[End, State], list[int]] = {}
        for member in members:
            for key, found in self._held.get((member.shape, member.service), {}).items():
                if key[1] in states:
                    lengths.setdefault(key, []).extend(found)
        return medians(lengths)

    @cached_property
    def _held(self) -> dict[tuple[str, Endpoint], _Lengths]:
        """How long ends were in which states, by shape and service."""
        held: dict[tuple[str, Endpoint], _Lengths] = {}
        for connection in self.connections():
            lengths = held.setdefault((connection.shape, connection.server), {})
            for end, dwell in zip(ENDS, connection.dwell, strict=True):
                for state, length in dwell.items():
                    lengths.setdefault((end, state), array("q")).append(length)
        return held

    def _fold(self) -> None:
        folded: dict[tuple[str, Endpoint], _Folded] = {}
        for connection in self.connections():
            key = (connection.shape, connection.server)
            folded.setdefault(key, _Folded(connection)).add(connection)
            self.total += 1
            self.endings[connection.ending] += 1
            for counter, state in zip(self.states, connection.states, strict=True):
                counter[state] += 1
            found = {(finding.code, finding.severity) for finding in connection.findings}
            self.findings.update(found)
            self.healthy += not found
        leading = sorted(folded.values(), key=_Folded.rank)
        self.groups = tuple(each.group() for each in leading)
        self.examples = {c.id: c for each in leading for c in each.examples}
        for pile in self.across:
            self.examples |= {flow: self._report.examples[flow] for flow in pile.examples}


class _Folded:
    """Connections of one shape towards one service; ``first`` is one of them."""

    def __init__(self, first: Connection) -> None:
        self.first = first
        self.count = 0
        self.found: Counter[tuple[str, Severity]] = Counter()
        self.examples: list[Connection] = []
        self.waits: list[int] = []
        self.waiting: End | None = None

    def add(self, connection: Connection) -> None:
        """Count one more; the first few with findings are the examples, else the first few."""
        self.count += 1
        self.found.update({(finding.code, finding.severity) for finding in connection.findings})
        self.examples = sorted([*self.examples, connection], key=_rank)[:EXAMPLES]
        for end, dwell in zip(ENDS, connection.dwell, strict=True):
            if "CLOSE_WAIT" in dwell:
                self.waiting = end
                self.waits.append(dwell["CLOSE_WAIT"])

    def rank(self) -> tuple[int, int]:
        """The worst first, then the most."""
        return min((_rank(c)[0] for c in self.examples), default=0), -self.count

    def group(self) -> Group:
        found = sorted(
            ((code, severity, count) for (code, severity), count in self.found.items()),
            key=lambda each: (RANKS[each[1]], -each[2], each[0]),
        )
        return Group(
            shape=self.first.shape,
            service=self.first.server,
            connections=self.count,
            ending=self.first.ending,
            states=self.first.states,
            opening=self.first.opening,
            findings=tuple(found),
            examples=tuple(connection.id for connection in self.examples),
            dwell=self._dwell(),
        )

    def _dwell(self) -> tuple[End, State, int] | None:
        """The median time in CLOSE_WAIT, the state that tells most."""
        if self.waiting is None:
            return None
        return self.waiting, "CLOSE_WAIT", middle(self.waits)


def _rank(connection: Connection) -> tuple[int, int]:
    """By the worst finding, then by first packet."""
    worst = min((RANKS[f.severity] for f in connection.findings), default=9)
    return worst, connection.id
