"""Where batches, pieces and tables end changes no record."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from pcapflow.model import Connection
from pcapflow.values import replace
from tests.engine.observed import connections, groups, report
from tests.properties import hostile
from tests.wire import Wire, in_time_order, pcap

seeds = st.integers(0, 2**32).map(lambda number: number * 5)


@given(seeds, st.lists(st.integers(0, 700), max_size=40))
@settings(max_examples=80, deadline=None)
def test_pieces_of_any_size(seed: int, sizes: list[int]) -> None:
    octets = hostile.capture(seed)
    whole, pieced = report(octets), report(octets, sizes)
    assert list(whole.connections()) == list(pieced.connections())
    assert groups(whole) == groups(pieced)
    assert whole.endings == pieced.endings
    counted, in_pieces = report(octets, keep=False), report(octets, sizes, keep=False)
    assert counted.endings == in_pieces.endings == whole.endings
    assert counted.states == in_pieces.states
    assert counted.findings == in_pieces.findings


@given(seeds)
@settings(max_examples=80, deadline=None)
def test_past_the_hot_loop(seed: int) -> None:
    """What goes by as plain there is judged in full here, with the same result."""
    octets = hostile.capture(seed)
    fast, judged = report(octets), report(octets, plain=False, thorough=True)
    assert list(fast.connections()) == list(judged.connections())
    assert groups(fast) == groups(judged)


@given(st.integers(1, 60), st.integers(0, 2**32), st.booleans())
@settings(max_examples=60, deadline=None)
def test_a_long_exchange_past_the_hot_loop(rounds: int, isn: int, stamped: bool) -> None:
    """Requests, replies and acknowledgements, some lost, around any sequence number."""
    wire = Wire(client_isn=isn % 2**32, server_isn=(isn ^ 0xFFFF_FF00) % 2**32, timestamps=stamped)
    wire.handshake()
    for number in range(rounds):
        for side, size in ((wire.c, 100 + number), (wire.s, 1400)):
            sent = side("PSH ACK", data=size)
            if number % 7 == 3:
                side(again=sent)
        if number % 5:
            wire.c("ACK")
    wire.c("FIN ACK")
    wire.s("FIN ACK")
    wire.c("ACK")
    octets = pcap(in_time_order(wire), nano=True)
    assert list(report(octets).connections()) == list(
        report(octets, plain=False, thorough=True).connections()
    )


@given(seeds)
@settings(max_examples=80, deadline=None)
def test_without_any_room_for_shapes(seed: int) -> None:
    """Everything coarse: states, endings and findings stay, only the groups are coarser."""
    octets = hostile.capture(seed)
    assert [plain(c) for c in connections(octets, node_limit=2)] == [
        plain(c) for c in connections(octets)
    ]


@given(seeds, st.integers(2, 40))
@settings(max_examples=60, deadline=None)
def test_with_little_room_for_shapes(seed: int, limit: int) -> None:
    octets = hostile.capture(seed)
    few = report(octets, node_limit=limit)
    assert [plain(c) for c in few.connections()] == [plain(c) for c in connections(octets)]
    assert sum(group.connections for group in few.groups) == few.total


def plain(connection: Connection) -> Connection:
    """The record without what a coarse shape may say otherwise: the shape's own text."""
    return replace(connection, shape="")


def test_more_connections_than_one_batch_holds() -> None:
    wires = []
    for number in range(900):
        wire = Wire(f"10.2.{number >> 8}.{number & 255}:4000")
        wire.at_since_start(number * 0.000_3)
        wire.handshake()
        wire.c("FIN ACK")
        wire.s("FIN ACK")
        wire.c("ACK")
        wires.append(wire)
    octets = pcap(in_time_order(*wires), nano=True)
    whole = list(report(octets).connections())
    assert len(whole) == 900
    assert list(report(octets, [100_001, 7, 33_333]).connections()) == whole


def test_examples_do_not_depend_on_when_a_row_was_swept() -> None:
    """Found by the tests above: of two resets, which came first depended on the pieces."""
    octets = hostile.capture(313347775)
    assert groups(report(octets)) == groups(report(octets, [660]))


def test_a_clock_that_runs_back_after_a_connection_is_over() -> None:
    """Found by the tests above: a group's state depended on when its rows were counted."""
    octets = hostile.capture(163981035)
    assert groups(report(octets)) == groups(report(octets, [678, 700, 700, 700, 700]))
