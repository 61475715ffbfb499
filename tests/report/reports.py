"""Hand-made analyses: a few connections, counted as if there were many."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from dataclasses import replace as replace_fields
from statistics import median_low

from pcapflow.findings import close_wait_pileup
from pcapflow.findings.across import Pile
from pcapflow.model import (
    RANKS,
    Across,
    CaptureInfo,
    Connection,
    End,
    Ending,
    Endpoint,
    Group,
    Severity,
    State,
    Vantage,
)
from pcapflow.report.records import encoded
from pcapflow.tcp.timers import DEFAULTS, SECOND
from pcapflow.values import replace
from tests.findings.transcript import NOON, REQUEST, SERVED, Case, case

Found = Counter[tuple[str, Severity]]

INFO = CaptureInfo(
    files=("captures/pool.pcapng",),
    formats=("pcapng",),
    link_types=("ETHERNET",),
    sha256=("0" * 64,),
    packets=1212,
    tcp_packets=1200,
    skipped={},
    first=NOON,
    last=NOON + 95 * SECOND,
    truncated=None,
    duplicates=0,
    drops=None,
    octets=123_456,
)


@dataclass(frozen=True)
class HandMade:
    """A report like that of an analysis."""

    groups: tuple[Group, ...]
    examples: Mapping[int, Connection]
    total: int
    healthy: int
    states: tuple[Counter[State], Counter[State]]
    endings: Counter[Ending]
    findings: Found
    info: CaptureInfo = INFO
    fault: str | None = None
    version: str = "0.1.0"
    engine: str = "compiled"
    all_connections: Sequence[Connection] = field(default=())
    across: tuple[Across, ...] = ()

    @property
    def whole(self) -> int:
        return self.total

    def vantage(self, flow: int) -> Vantage:
        return self.examples[flow].vantage

    def connections(self) -> Iterator[Connection]:
        return iter(self.all_connections)

    def records(self, files: Sequence[tuple[str, int]] = ()) -> Iterator[bytes]:
        return encoded(self.all_connections, files)


def report(
    *cases: tuple[Case, int, Endpoint],
    info: CaptureInfo = INFO,
    fault: str | None = None,
) -> HandMade:
    """Each case so many times, towards a service; the first of them is its example."""
    groups: list[Group] = []
    examples: dict[int, Connection] = {}
    connections: list[Connection] = []
    states: tuple[Counter[State], Counter[State]] = (Counter(), Counter())
    endings: Counter[Ending] = Counter()
    findings: Found = Counter()
    healthy = 0
    for each, count, service in cases:
        told = _told(each, service, len(connections) + 1)
        connections += [replace(told, id=len(connections) + i + 1) for i in range(count)]
        group = _group(told, count)
        groups.append(group)
        examples[told.id] = told
        healthy += 0 if told.findings else count
        endings[told.ending] += count
        for counter, state in zip(states, told.states, strict=True):
            counter[state] += count
        for code, severity, number in group.findings:
            findings[code, severity] += number
    return HandMade(
        groups=tuple(groups),
        examples=examples,
        total=len(connections),
        healthy=healthy,
        states=states,
        endings=endings,
        findings=findings,
        info=info,
        fault=fault,
        all_connections=connections,
    )


def _told(each: Case, service: Endpoint, flow: int) -> Connection:
    moved = Case(replace(each.connection, id=flow, server=service), each.story)
    return replace(moved.connection, findings=moved.findings())


def _group(told: Connection, count: int) -> Group:
    waits = [
        (step.end, told.capture_end - step.at)
        for step in told.transitions
        if step.after == "CLOSE_WAIT"
    ]
    dwell: tuple[End, State, int] | None = None
    if waits:
        dwell = (waits[0][0], "CLOSE_WAIT", median_low(span for _, span in waits))
    found = sorted(
        {(f.code, f.severity, count) for f in told.findings},
        key=lambda each: (RANKS[each[1]], each[0]),
    )
    return Group(
        shape=told.shape,
        service=told.server,
        connections=count,
        ending=told.ending,
        states=told.states,
        opening=told.opening,
        findings=tuple(found),
        examples=(told.id,),
        dwell=dwell,
    )


WEB = Endpoint("10.77.67.2", 8080)
API = Endpoint("10.77.67.3", 443)
SIX = Endpoint("2001:db8:77:67::2", 8443)

LEAK = case(SERVED + "3.120 S FIN\n3.130 C ACK_OF_FIN", until=95)
ORDERLY = case(SERVED + "3 C FIN\n3.01 S ACK_OF_FIN FIN\n3.02 C ACK_OF_FIN", until=95)
ABORT = case(REQUEST + "3 C RST_ABORT_LOSS", until=95, unacknowledged=(0, 512))
REFUSED = case("0 C SYN\n0.0002 S RST_REFUSED", until=95)
LOST_ACK = case(
    SERVED
    + "3 C FIN\n3.01 S ACK_OF_FIN FIN\n3.02 C ACK_OF_FIN\n"
    + "3.23 S FIN_AGAIN_LATE\n3.24 C ACK_OF_FIN_AGAIN",
    until=95,
)
UNANSWERED = case(SERVED + "3 C FIN\n3.2 C FIN_AGAIN\n3.6 C FIN_AGAIN", until=95)
OPEN = case(SERVED, until=95)


def leaking_pool() -> HandMade:
    """Most connections leak, some close, one was aborted at a cost, one lost its last ACK."""
    return report(
        (LEAK, 44, WEB),
        (ORDERLY, 5, WEB),
        (ABORT, 1, WEB),
        (LOST_ACK, 2, API),
        (REFUSED, 3, SIX),
        (UNANSWERED, 4, API),
        (OPEN, 1, API),
    )


def piled() -> HandMade:
    """The same, told as what it is: a pile that grows."""
    pile = Pile("client", "10.77.67.1", WEB, [SECOND * n // 2 for n in range(44, 0, -1)], 1)
    verdict = close_wait_pileup.judge(pile, DEFAULTS)
    assert verdict is not None
    told = leaking_pool()
    across = Across(
        code=close_wait_pileup.CODE,
        severity=verdict.severity,
        end=pile.end,
        confidence=verdict.confidence,
        host=pile.host,
        service=pile.service,
        connections=44,
        per_minute=verdict.per_minute,
        oldest=pile.waited[0],
        examples=(1, 2, 3),
        head=verdict.head,
        message=verdict.message,
        advice="\n".join(verdict.advice),
        display_filter=pile.display_filter,
    )
    return replace_fields(told, across=(across,))


def healthy() -> HandMade:
    """Nothing to complain about."""
    return report((ORDERLY, 48, WEB), (OPEN, 2, API))


def crowd() -> HandMade:
    """40,000 connections to 300 services, in all the ways that there are."""
    ways = (LEAK, ORDERLY, ABORT, LOST_ACK, REFUSED, UNANSWERED, OPEN)
    services = [Endpoint(f"10.99.{i // 250}.{i % 250 + 1}", 8000 + i) for i in range(300)]
    cases = [
        (ways[i % len(ways)], 400 - i if i < 200 else 20, service)
        for i, service in enumerate(services)
    ]
    few = report(*((way, 1, service) for way, _, service in cases))
    counts = [count for _, count, _ in cases]
    groups = tuple(
        replace(
            group,
            connections=count,
            findings=tuple((code, severity, count) for code, severity, _ in group.findings),
        )
        for group, count in zip(few.groups, counts, strict=True)
    )
    findings: Found = Counter()
    for group in groups:
        for code, severity, count in group.findings:
            findings[code, severity] += count
    return HandMade(
        groups=groups,
        examples=few.examples,
        total=sum(counts),
        healthy=sum(g.connections for g in groups if not g.findings),
        states=few.states,
        endings=few.endings,
        findings=findings,
    )


def nothing() -> HandMade:
    """A capture without TCP."""
    return report(info=replace(INFO, packets=7, tcp_packets=0, skipped={"not TCP": 7}))


def infos() -> HandMade:
    """Nothing worse than infos."""
    half_closed = case(
        REQUEST + "3 C FIN\n3.01 S ACK_OF_FIN\n4 S DATA\n5 S FIN\n5.01 C ACK_OF_FIN", until=95
    )
    return report((half_closed, 3, API), (LOST_ACK, 2, API), (ORDERLY, 20, WEB))
