"""Connections counted by what their ends hold when the capture ends, and by whom.

Rules across connections look at piles; here these are put together, over columns of the engine's
rows.  Connections whose shape had no room (see ``Groups.take``) are not among them.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from itertools import compress

from msgspec.structs import replace

from pcapflow.engine.decode import address
from pcapflow.engine.groups import EXAMPLES, Groups
from pcapflow.engine.spans import Span
from pcapflow.findings.across import AcrossRule, Hold, Pile
from pcapflow.findings.catalogue import ACROSS
from pcapflow.model import ENDS, SEVERITIES, Across, End, Endpoint, Record
from pcapflow.tcp.timers import Settings

_Words = tuple[int, int]
"""An address as the engine has it."""


class _Part(Record, frozen=True):
    """A group of the engine in which an end holds something."""

    group: int
    version: int
    hold: Hold


class _Held:
    """What one address holds: how long each (ns), and the rows."""

    def __init__(self, host: str) -> None:
        self.host = host
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
        found.sort(key=lambda a: (SEVERITIES.index(a.severity), -a.connections, a.host))
        return tuple(_led(found))

    def _judged(
        self,
        rule: AcrossRule,
        end: End,
        service: Endpoint,
        flow: Callable[[int], int],
    ) -> Iterator[Across]:
        for held in self._held(self._parts[rule.CODE, end, service], end, service):
            if len(held.waited) < rule.LEAST:
                continue
            waited = array("q", sorted(held.waited, reverse=True))
            peers = len(held.peers) if end == "server" else 1
            pile = Pile(end, held.host, service, waited, peers)
            verdict = rule.judge(pile, self._settings)
            if verdict is None:
                continue
            from heapq import nlargest  # only for those who need it

            longest = nlargest(EXAMPLES, range(len(held.rows)), key=held.waited.__getitem__)
            yield Across(
                code=rule.CODE,
                severity=verdict.severity,
                end=end,
                confidence=verdict.confidence,
                host=held.host,
                service=service,
                connections=len(waited),
                per_minute=verdict.per_minute,
                oldest=waited[0],
                examples=tuple(flow(held.rows[i]) for i in longest),
                head=verdict.head,
                message=verdict.message,
                advice="\n".join(verdict.advice),
                display_filter=pile.display_filter,
            )

    def _held(self, parts: list[_Part], end: End, service: Endpoint) -> list[_Held]:
        """What each address holds: at clients by client, at a server all of it."""
        by_host: dict[_Words, _Held] = {}
        all_of_it = _Held(service.ip)
        for part in parts:
            rows = self._groups.rows(part.group)
            data_of = -1 if part.hold.data_of is None else ENDS.index(part.hold.data_of)
            until = -1 if part.hold.until is None else part.hold.until
            lengths = self._groups.lengths(part.group, Span(part.hold.since, data_of, until))
            high, low = self._groups.clients(part.group)
            clients = zip(high, low, strict=True)
            # Of very long connections not every event is kept.
            known = [waited >= 0 for waited in lengths]
            if end == "server":
                all_of_it.waited.extend(compress(lengths, known))
                all_of_it.rows.extend(compress(rows, known))
                all_of_it.peers.update(compress(clients, known))
                continue
            for row, waited, client in compress(zip(rows, lengths, clients, strict=True), known):
                held = by_host.get(client)
                if held is None:
                    held = by_host[client] = _Held(address(part.version, *client))
                held.waited.append(waited)
                held.rows.append(row)
        return list(by_host.values()) if end == "client" else [all_of_it]


def _led(found: list[Across]) -> Iterator[Across]:
    """Of piles that are the two ends of the same connections, the worse names the other."""
    for place, one in enumerate(found):
        also = next((other for other in found[place + 1 :] if _same(one, other)), None)
        if also is None:
            yield one
        else:
            more = f"The same connections show as {also.code} at {also.host}."
            yield replace(one, message=f"{one.message} {more}")


def _same(one: Across, other: Across) -> bool:
    return (one.service, one.examples) == (other.service, other.examples) and one.end != other.end
