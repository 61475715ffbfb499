"""Serial arithmetic against a plain model: positions on an endless line, seen modulo 2**32."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from pcapflow.engine.serial import add, diff
from pcapflow.model import Connection
from tests.engine.observed import connections
from tests.wire import Wire

EDGES = (0, 1, 2, 2**31 - 1, 2**31, 2**31 + 1, 2**32 - 2, 2**32 - 1)
numbers = st.one_of(st.sampled_from(EDGES), st.integers(0, 2**32 - 1))


@given(numbers, st.integers(-(2**31), 2**31 - 1))
@example(2**32 - 1, 1)
@example(0, -(2**31))
@example(2**31, 2**31 - 1)
def test_diff_is_the_distance_and_add_goes_it(start: int, distance: int) -> None:
    there = (start + distance) % 2**32
    assert add(start, distance) == there
    assert diff(there, start) == distance


@given(numbers, numbers)
def test_diff_agrees_with_the_shorter_way_round(a: int, b: int) -> None:
    forward, backward = (a - b) % 2**32, (b - a) % 2**32
    assert diff(a, b) == (forward if forward < backward else -backward)


def a_close(client_isn: int, server_isn: int) -> Connection:
    wire = Wire(client_isn=client_isn, server_isn=server_isn)
    wire.handshake()
    wire.c("PSH ACK", data=70)
    wire.s("PSH ACK", data=900)
    wire.c("FIN ACK")
    wire.s("FIN ACK")
    wire.c("ACK")
    (found,) = connections(wire)
    return found


def test_where_the_numbers_begin_makes_no_difference() -> None:
    """The same connection from every edge on, through the engine in whichever form it runs."""
    plain = a_close(1000, 5000)
    for isn in (*EDGES, 2**32 - 71, 2**32 - 72, 2**32 - 901, 2**31 - 71):
        for found in (a_close(isn, 5000), a_close(1000, isn), a_close(isn, isn)):
            assert found.shape == plain.shape
            assert found.states == plain.states
            assert found.bytes == plain.bytes == (70, 900)
            assert found.transitions == plain.transitions
            assert found.unacknowledged == (0, 0)
