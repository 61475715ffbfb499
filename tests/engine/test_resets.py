"""Resets at a hole: what a receiver takes there is its next octet or the edge of its last SACK."""

from __future__ import annotations

import pytest

from tests.engine.observed import connections
from tests.wire import Packet, Wire

HOLE, KEPT, LAST = 1, 101, 201  # what arrives of three segments of 100 octets is the second


def behind_a_hole(seq: int, *, sacked: bool = True, filled: bool = False) -> tuple[str, str]:
    """The last event of a client's reset at ``seq``, and the server's state then."""
    wire = Wire()
    wire.handshake()
    first = wire.c("PSH ACK", data=100, lost=True)
    second = wire.c("PSH ACK", data=100)
    wire.c("PSH ACK", data=100, lost=True)
    blocks: list[Packet | tuple[int, int]] = [second]
    wire.s("ACK", ack=HOLE, sack=blocks if sacked else [])
    if filled:
        wire.c(again=first)
        wire.s("ACK", ack=LAST)
    wire.at(+0.5)
    wire.c("RST", seq=seq)
    (found,) = connections(wire)
    return found.shape.split()[-1], found.states[1]


@pytest.mark.parametrize("seq", [HOLE, LAST, LAST + 100])
def test_it_takes_its_next_octet_the_edge_and_what_it_may_have_by_now(seq: int) -> None:
    assert behind_a_hole(seq) == ("C:RST_ABORT_LOSS", "CLOSED")


@pytest.mark.parametrize("seq", [HOLE + 50, KEPT, LAST - 1])
def test_it_takes_no_other_in_the_window(seq: int) -> None:
    assert behind_a_hole(seq) == ("C:RST_IN_WINDOW", "ESTABLISHED")


def test_without_a_sack_there_is_no_edge() -> None:
    assert behind_a_hole(LAST, sacked=False) == ("C:RST_IN_WINDOW", "ESTABLISHED")


def test_the_edge_of_a_hole_that_was_filled_is_the_next_octet() -> None:
    assert behind_a_hole(LAST, filled=True) == ("C:RST_ABORT_LOSS", "CLOSED")
    assert behind_a_hole(KEPT, filled=True)[0] == "C:RST_OUTSIDE"


def test_a_duplicate_sack_is_no_edge() -> None:
    wire = Wire()
    wire.handshake()
    first = wire.c("PSH ACK", data=100)
    wire.s("ACK")
    wire.c("PSH ACK", data=100, lost=True)
    wire.c("PSH ACK", data=100, lost=True)
    wire.c(again=first)
    wire.s("ACK", ack=KEPT, sack=[first])
    wire.at(+0.5)
    wire.c("RST", seq=KEPT + 50)
    (found,) = connections(wire)
    assert found.shape.endswith("C:RST_IN_WINDOW")
