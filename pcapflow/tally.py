"""Connections counted, and folded into groups: one a shape and service.

What the rules say of a shape holds for all its connections, so counting does not look at them; only
what depends on a span of time is measured, by the engine.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from pcapflow.engine.facts import facts
from pcapflow.engine.groups import EXAMPLES, MAX_GROUPS, Groups
from pcapflow.engine.layout import MARK_EXPIRED
from pcapflow.engine.spans import Waits
from pcapflow.engine.track import Tracker
from pcapflow.engine.traffic import address, traffic
from pcapflow.findings import catalogue
from pcapflow.findings.across import AcrossRule, Hold
from pcapflow.hints import Protocol
from pcapflow.model import (
    ELSEWHERE,
    ENDS,
    RANKS,
    SEVERITIES,
    End,
    Ending,
    Endpoint,
    Severity,
    State,
)
from pcapflow.shapes import Code, Shape, Shapes

_HEALTHY = len(SEVERITIES)
_ELSEWHERE = (0, 0, 0, 0)


class Tally:
    """How many connections there are, how they ended, and what was found."""

    def __init__(self, tracker: Tracker, shapes: Shapes, reader: Reader) -> None:
        self.total = 0
        self.healthy = 0
        self.endings: Counter[Ending] = Counter()
        self.states: tuple[Counter[State], Counter[State]] = (Counter(), Counter())
        self.findings: Counter[Code] = Counter()
        self._tracker = tracker
        self._shapes = shapes
        self._reader = reader
        self._services: dict[tuple[int, int, int, int], Service] = {}
        self._room = MAX_GROUPS

    def add(self, groups: Groups, piles: Holding) -> None:
        """Count all connections of the engine's groups, and let ``piles`` see what ends hold."""
        kinds: dict[tuple[int, int], Kind] = {}
        for group in range(groups.count):
            key, where, connections = groups.key(group)
            kind = kinds.get(key)
            if kind is None:
                kind = kinds[key] = self._kind(key, groups.asked.get(key))
            kind.connections += connections
            folded = self._folded(where, kind)
            folded.connections += connections
            worst, clearest, found = kind.worst, -1, folded.found
            for code in kind.always:
                found[code] = found.get(code, 0) + connections
            waited = groups.waited(group)
            if waited is not None and waited.affected:
                kind.waited += waited.affected
                clearest = waited.longest
                for place, code, rank in kind.timed:
                    if having := waited.counts[place]:
                        found[code] = found.get(code, 0) + having
                        self.findings[code] += having
                        worst = min(worst, rank)
            if worst < folded.worst:
                folded.worst = worst
            folded.parts.append((worst, group, clearest))
            if kind.holds and folded.service != ELSEWHERE:
                piles.add(kind.holds, group, where[0], folded.service, connections)
        for kind in kinds.values():
            self._count(kind)

    def add_row(self, index: int, two_msl: int) -> bool:
        """Count a row whose shape was too long or too rare to have a node.

        Tells whether it has become an example, which must be held.
        """
        row = facts(self._tracker, index)
        shape = self._shapes.of(row)
        quiet = row.end - row.last
        kind = Kind(shape, "...", quiet >= two_msl)
        kind.connections = 1
        found = set(kind.always)
        if shape.waits:
            seen = traffic(row)
            for code, wait in shape.waits:
                severity = wait.severity(catalogue.measure(seen, wait))
                if severity is not None and (code, severity) not in found:
                    found.add((code, severity))
                    kind.waited = 1
                    self.findings[code, severity] += 1
        self._count(kind)
        folded = self._folded((row.version, *row.server, row.ports & 0xFFFF), kind)
        folded.connections += 1
        folded.worst = min(folded.worst, _worst(found))
        for each in found:
            folded.found[each] = folded.found.get(each, 0) + 1
        if len(folded.rows) == EXAMPLES:
            return False
        folded.rows.insert(0 if found else EXAMPLES, index)
        return True

    def groups(self) -> list[Folded]:
        """All groups: those with the worst findings first, then the largest."""
        services = self._services.values()
        return sorted((f for each in services for f in each.folded.values()), key=Folded.rank)

    def _kind(self, key: tuple[int, int], measured: Waits | None) -> Kind:
        node, marks = key
        shape = self._shapes.at(node, marks)
        if shape.measured is not measured and _what(shape.measured) != _what(measured):
            raise RuntimeError("what a rule waits for depends on how the capture ends")
        return Kind(shape, shape.text, bool(marks & MARK_EXPIRED))

    def _folded(self, where: tuple[int, int, int, int], kind: Kind) -> Folded:
        """The group of a shape towards a service; of a new one, ``kind`` is the first.

        Where there is no room for one more service, towards all such services.
        """
        service = self._services.get(where)
        if service is None:
            version, high, low, port = where
            if version and self._room == 0:
                return self._folded(_ELSEWHERE, kind)
            self._room -= version > 0
            endpoint = Endpoint(address(version, high, low), port) if version else ELSEWHERE
            service = self._services[where] = Service(endpoint, self._reader)
        folded = service.folded.get(kind.text)
        if folded is None:
            folded = service.folded[kind.text] = Folded(kind, service)
        return folded

    def _count(self, kind: Kind) -> None:
        connections = kind.connections
        self.total += connections
        self.healthy += 0 if kind.always else connections - kind.waited
        self.endings[kind.ending] += connections
        self.states[0][kind.states[0]] += connections
        self.states[1][kind.states[1]] += connections
        for code in kind.always:
            self.findings[code] += connections


class Kind:
    """What connections of one shape with the same marks have in common, and how many there are.

    ``waited`` of them have a finding that depends on a span of time: one of ``timed``, each with
    its place among what the engine measures, and how bad it is (a place in ``SEVERITIES``).
    """

    __slots__ = (
        "always",
        "connections",
        "ending",
        "holds",
        "opening",
        "states",
        "text",
        "timed",
        "waited",
        "worst",
    )

    def __init__(self, shape: Shape, text: str, expired: bool) -> None:
        self.text = text
        self.ending, self.opening = shape.story.ending, shape.story.opening
        self.states = shape.story.states
        if expired:
            client, server = ("CLOSED" if s == "TIME_WAIT" else s for s in self.states)
            self.states = client, server
        self.always = shape.always
        self.worst = _worst(shape.always)
        self.timed = [
            (place, code, RANKS[code[1]])
            for place, code in enumerate(shape.timed)
            if code not in shape.always
        ]
        # A timer may have ended what the shape alone leaves held.
        self.holds = tuple(
            held
            for held in shape.holds
            if held[1].until is not None or self.states[ENDS.index(held[1].end)] != "CLOSED"
        )
        self.connections = self.waited = 0


class Service:
    """An address and port, and the groups of its connections by shape."""

    __slots__ = ("endpoint", "folded", "name", "reader")

    def __init__(self, endpoint: Endpoint, reader: Reader) -> None:
        self.endpoint = endpoint
        self.name = str(endpoint)
        self.folded: dict[str, Folded] = {}
        self.reader = reader


class Folded:
    """A group: connections of one shape towards one service (``report.source.GroupLike``).

    ``found`` counts connections by finding, the ``worst`` of which is as bad as a place in
    ``SEVERITIES`` says.  ``parts`` are the engine's groups in it: how bad the worst finding there
    is, the group's number, and its clearest row (-1: none is clearer than the others).  ``rows``
    are examples that belong to none.  What only few groups are asked for is worked out when they
    are.
    """

    __slots__ = (
        "_findings",
        "_service",
        "connections",
        "ending",
        "found",
        "opening",
        "parts",
        "rows",
        "service",
        "shape",
        "states",
        "worst",
    )

    def __init__(self, kind: Kind, service: Service) -> None:
        self._service = service
        self.shape = kind.text
        self.service = service.endpoint
        self.ending, self.opening, self.states = kind.ending, kind.opening, kind.states
        self._findings: tuple[tuple[str, Severity, int], ...] = ()
        self.connections = 0
        self.found: dict[Code, int] = {}
        self.worst = _HEALTHY
        self.parts: list[tuple[int, int, int]] = []
        self.rows: list[int] = []

    def rank(self) -> tuple[int, int, str, str]:
        """The worst first, then the most; the rest makes the order certain."""
        return self.worst, -self.connections, self.shape, self._service.name

    @property
    def findings(self) -> tuple[tuple[str, Severity, int], ...]:
        """Connections by finding: (code, severity, how many), the worst first."""
        if self.found and not self._findings:
            ranked = [(RANKS[code[1]], -having, code) for code, having in self.found.items()]
            ranked.sort()
            self._findings = tuple([(*code, -having) for _, having, code in ranked])
        return self._findings

    @property
    def examples(self) -> tuple[int, ...]:
        """Ids of a few connections, the clearest first."""
        return self._service.reader.examples_of(self)

    @property
    def dwell(self) -> tuple[End, State, int] | None:
        """The state of an end that tells most, and the median time (ns) in it."""
        return self._service.reader.dwell_of(self)


def _what(waits: Waits | None) -> object:
    return None if waits is None else waits.what


def _worst(found: Iterable[Code]) -> int:
    """The place in ``SEVERITIES`` of the worst finding; behind all of them where there is none."""
    return min([RANKS[severity] for _, severity in found], default=_HEALTHY)


class Reader(Protocol):
    """Whoever can look at the connections of a group."""

    def examples_of(self, folded: Folded) -> tuple[int, ...]: ...

    def dwell_of(self, folded: Folded) -> tuple[End, State, int] | None: ...


class Holding(Protocol):
    """Whoever puts together what ends hold (``piles.Piles``)."""

    def add(
        self,
        holds: tuple[tuple[AcrossRule, Hold], ...],
        group: int,
        version: int,
        service: Endpoint,
        count: int,
    ) -> None: ...
