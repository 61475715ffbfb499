"""Sockets counted in columns are those that each connection tells of itself, one by one."""

from __future__ import annotations

import random
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pcapflow.api import analyze
from pcapflow.fold import Report
from pcapflow.model import ENDS, Host, Place, State
from pcapflow.sockets import Chosen, Sockets
from pcapflow.tcp.stays import stays
from pcapflow.timeline import NUMBER
from tests.engine.observed import report
from tests.lab.fixtures import captures, fixture_names
from tests.properties import hostile
from tests.wire import pcap

Stays = Counter[tuple[int, str, State, int, int]]


@pytest.mark.parametrize("name", fixture_names())
def test_recordings(name: str) -> None:
    for _, path in captures(name):
        result = analyze([str(path)])
        agree(result)
        last_states(result)


@given(st.integers(0, 2**32), st.sampled_from([2, 20, 65_536]))
@settings(max_examples=60, deadline=None)
def test_hostile_captures(seed: int, node_limit: int) -> None:
    agree(report(hostile.capture(seed * 5), node_limit=node_limit))


@given(st.integers(0, 2**32), st.integers(100, 1500))
@settings(max_examples=20, deadline=None)
def test_connections_of_which_not_every_event_is_kept(seed: int, size: int) -> None:
    agree(report(pcap(hostile.segments(random.Random(seed), size), nano=True)))


def agree(result: Report) -> None:
    """Columns, single connections, tables at a moment and counts over time say the same."""
    timeline = result.timeline()
    if timeline is None:
        return
    first, last = timeline.first, timeline.last
    columns: Stays = Counter()
    for spell in timeline.spells():
        numbers, begins, stops = (
            column.tolist() for column in (spell.table[:, NUMBER], spell.begin, spell.stop)
        )
        for number, begin, stop in zip(numbers, begins, stops, strict=True):
            if stop > begin:
                columns[result.flow(number), ENDS[spell.end], spell.state, begin, stop] += 1
    singly: Stays = Counter()
    for connection in result.connections():
        began = timeline.began(connection.first)
        for end, path in zip(ENDS, stays(connection, began), strict=True):
            for stay in path:
                singly[connection.id, end, stay.state, stay.begin, stay.stop] += 1
    assert columns == singly
    moments = sorted({first, last, *((first * (9 - i) + last * i) // 9 for i in range(1, 9))})
    sockets = Sockets(result, timeline, Chosen())
    layers = sockets.over(moments)
    services = sockets.over(moments, "service")
    for i, moment in enumerate(moments):
        assert by_place(sockets.at(moment, "service")) == {
            (each.place, state): counts[i]
            for each in services
            for state, counts in each.counts.items()
            if counts[i]
        }
        counted = {
            (each.place, state): counts[i]
            for each in layers
            for state, counts in each.counts.items()
            if counts[i]
        }
        hosts = sockets.at(moment)
        told = Counter(
            (host.place, socket.state) for host in hosts for socket in sockets.listed(host, moment)
        )
        assert told == counted
        assert by_place(hosts) == counted
        for host in hosts:
            held = {
                (each.flow, end, stay.state, stay.begin)
                for each in sockets.held(host, moment, 10**9)
                for end, stay in zip(ENDS, each.stays, strict=True)
                if stay is not None
            }
            listed = {
                (socket.connection, socket.state, socket.since)
                for socket in sockets.listed(host, moment)
            }
            assert listed <= {(flow, state, since) for flow, _, state, since in held}
            assert {flow for flow, *_ in held} == {flow for flow, *_ in listed}
        alive = sum(begin <= moment < stop for *_, begin, stop in singly.elements())
        assert told.total() == alive


def by_place(hosts: list[Host]) -> dict[tuple[Place | None, State], int]:
    return {(host.place, state): n for host in hosts for state, n in host.sums.items()}


def last_states(result: Report) -> None:
    """The table at the end has the states that the records end in."""
    timeline = result.timeline()
    if timeline is None:
        return
    sockets = Sockets(result, timeline, Chosen())
    told = Counter(
        (socket.connection, socket.local, socket.state)
        for host in sockets.at(timeline.last)
        for socket in sockets.listed(host, timeline.last)
    )
    assert told == Counter(
        (connection.id, local, state)
        for connection in result.connections()
        for local, state in zip(
            (connection.client, connection.server), connection.states, strict=True
        )
        if state not in ("CLOSED", "LISTEN")
    )
