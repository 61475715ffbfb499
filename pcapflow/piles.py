"""Connections counted by what their ends hold when the capture ends, and by whom.

Rules across connections look at piles; here these are put together, over columns of the engine's
rows.  Connections whose shape had no room (see ``Groups.take``) are not among them.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import compress

from pcapflow.engine.groups import EXAMPLES, Groups
from pcapflow.engine.spans import Span
from pcapflow.engine.traffic import address
from pcapflow.findings.across import AcrossRule, Hold, Pile
from pcapflow.findings.catalogue import ACROSS
from pcapflow.model import ENDS, RANKS, Across, End, Endpoint
from pcapflow.tcp.timers import Settings
from pcapflow.values import Record, replace

_Words = tuple[int, int]
"""An address as the engine has it."""
_Columns = tuple[Sequence[int], Sequence[int], Sequence[int]]
"""Rows, and their clients in two words."""


class _Part(Record):
    """A group of the engine in which an end holds something."""

    group: int
    version: int
    hold: Hold


class _Held:
    """What one address holds: how long each (ns), and the rows."""

    def __init__(self) -> None:
        self.waited = array("q")
        self.rows = array("q")
        self.peers: set[_Words] = set()


class Piles:
    """Piles of one analysis, made of its groups."""

    def __init__(self, groups: Groups, settings: Settings) -> None:
        self._groups = groups
        self._settings = settings
        self._counts: Counter[tuple[str, End, Endpoint]] = Counter()
        self._parts: dict[tuple[str, End, Endpoint], list[_Part]] = {}
        self._known: dict[int, _Columns] = {}

    def add(
        self,
        holds: Iterable[tuple[AcrossRule, Hold]],
        group: int,
        version: int,
        service: Endpoint,
        count: int,
    ) -> None:
        """A group of so many connections in which ends hold something."""
        for rule, hold in holds:
            key = (rule.CODE, hold.end, service)
            self._counts[key] += count
            self._parts.setdefault(key, []).append(_Part(group, version, hold))

    def judged(self, flow: Callable[[int], int]) -> tuple[Across, ...]:
        """What the rules say of the piles, the worst first; ``flow`` gives a row's id."""
        found = [
            across
            for rule in ACROSS
            for (code, end, service), count in self._counts.items()
            if code == rule.CODE and count >= rule.LEAST
            for across in self._judged(rule, end, service, flow)
        ]
        self._known.clear()
        found.sort(key=lambda a: (RANKS[a.severity], -a.connections, a.host))
        return tuple(_led(found))

    def _judged(
        self,
        rule: AcrossRule,
        end: End,
        service: Endpoint,
        flow: Callable[[int], int],
    ) -> Iterator[Across]:
        parts = self._parts[rule.CODE, end, service]
        for version, client, held in self._held(parts, end, rule.LEAST):
            if len(held.waited) < rule.LEAST:
                continue
            longest = sorted(range(len(held.rows)), key=held.waited.__getitem__, reverse=True)
            waited = array("q", [held.waited[i] for i in longest])
            host = address(version, *client) if end == "client" else service.ip
            peers = len(held.peers) if end == "server" else 1
            pile = Pile(end, host, service, waited, peers)
            verdict = rule.judge(pile, self._settings)
            if verdict is None:
                continue
            yield Across(
                code=rule.CODE,
                severity=verdict.severity,
                end=end,
                confidence=verdict.confidence,
                host=host,
                service=service,
                connections=len(waited),
                per_minute=verdict.per_minute,
                oldest=waited[0],
                examples=tuple(flow(held.rows[i]) for i in longest[:EXAMPLES]),
                head=verdict.head,
                message=verdict.message,
                advice="\n".join(verdict.advice),
                display_filter=pile.display_filter,
            )

    def _held(
        self, parts: list[_Part], end: End, least: int
    ) -> Iterator[tuple[int, _Words, _Held]]:
        """What each address holds that may hold as many: by client, or at a server all of it.

        Few clients do, so they are counted before anything is measured.
        """
        if end == "server":
            yield 0, (0, 0), self._all_of_it(parts)
            return
        having = Counter[_Words]()
        for part in parts:
            _, high, low = self._columns(part.group)
            having.update(zip(high, low, strict=True))
        by_client = {client: _Held() for client, count in having.items() if count >= least}
        for part in parts if by_client else ():
            rows, high, low = self._columns(part.group)
            clients = zip(high, low, strict=True)
            for row, waited, client in zip(rows, self._lengths(part), clients, strict=True):
                held = by_client.get(client)
                if held is not None and waited >= 0:
                    held.waited.append(waited)
                    held.rows.append(row)
        version = parts[0].version  # as that of the service, which all have in common
        for client, held in by_client.items():
            yield version, client, held

    def _all_of_it(self, parts: list[_Part]) -> _Held:
        """What a server holds, whoever the clients are."""
        found = _Held()
        for part in parts:
            lengths = self._lengths(part)
            rows, high, low = self._columns(part.group)
            known = [waited >= 0 for waited in lengths]
            found.waited.extend(compress(lengths, known))
            found.rows.extend(compress(rows, known))
            found.peers.update(compress(zip(high, low, strict=True), known))
        return found

    def _lengths(self, part: _Part) -> Sequence[int]:
        """How long each row of a part has been held; -1 where not every event of it is kept."""
        hold = part.hold
        data_of = -1 if hold.data_of is None else ENDS.index(hold.data_of)
        until = -1 if hold.until is None else hold.until
        return self._groups.lengths(part.group, Span(hold.since, data_of, until))

    def _columns(self, group: int) -> _Columns:
        """The rows of a group and their clients: several rules ask for the same."""
        if group not in self._known:
            self._known[group] = self._groups.clients(group)
        return self._known[group]


def _led(found: list[Across]) -> Iterator[Across]:
    """Of piles that are the two ends of the same connections, the worse names the other."""
    same: dict[tuple[Endpoint, tuple[int, ...]], list[Across]] = {}
    for one in found:
        same.setdefault((one.service, one.examples), []).append(one)
    for one in found:
        alike = same[one.service, one.examples]
        alike.pop(0)  # itself: these are as bad, or less
        also = next((other for other in alike if other.end != one.end), None)
        if also is None:
            yield one
        else:
            more = f"The same connections show as {also.code} at {also.host}."
            yield replace(one, message=f"{one.message} {more}")
