"""Where the kernel is said to differ from the capture: for long enough, of this host, and once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from pcapflow.live.doubts import Doubts
from pcapflow.live.kernel import KernelSocket, Table, key
from pcapflow.live.stop import Stop
from pcapflow.live.watch import Limits, Watch
from pcapflow.model import Endpoint, State
from pcapflow.tcp.timers import DEFAULTS, SECOND
from tests.cli import captures
from tests.live.test_watch import Tape
from tests.wire import Wire, pcap


@pytest.fixture
def seen() -> Iterator[Watch]:
    """A leak, an orderly close and twelve more leaks have been captured, all long ago."""
    wires = [leaking(51235), captures.orderly(), *(leaking(port) for port in range(52000, 52012))]
    packets = [packet for wire in wires for packet in wire.packets]
    tape = Tape([pcap([packet])[24:] for packet in packets])
    watch = Watch(tape, DEFAULTS, Limits(packets=len(packets)))
    with Stop() as stop:
        assert list(watch.news(stop)) == []
    yield watch
    tape.close()


def leaking(port: int) -> Wire:
    """The server closes; the client acknowledges."""
    wire = Wire(client=f"10.0.0.5:{port}", server="10.0.0.9:8080")
    wire.handshake()
    wire.s("FIN ACK")
    wire.c("ACK")
    return wire


def kernel(*ports: int, state: State) -> Table:
    """The client's sockets, all in one state."""
    server = Endpoint("10.0.0.9", 8080)
    return {key(Endpoint("10.0.0.5", port), server): KernelSocket(state, 7, 0, 0) for port in ports}


def test_what_differs_for_longer_than_a_round_trip_is_told_once(seen: Watch) -> None:
    doubts = Doubts()
    other = kernel(51235, state="LAST_ACK")

    assert doubts.look(other, 100 * SECOND, seen) == []
    assert doubts.look(other, 101 * SECOND, seen) == []
    (told,) = doubts.look(other, 102 * SECOND, seen)
    assert "10.0.0.5:51235 → 10.0.0.9:8080: the kernel says LAST_ACK, the capture " in told
    assert "CLOSE_WAIT since 00:00:00." in told
    assert doubts.look(other, 103 * SECOND, seen) == []
    assert doubts.look(other, 200 * SECOND, seen) == []


def test_what_differs_for_a_moment_is_not_told(seen: Watch) -> None:
    doubts = Doubts()
    late, right = kernel(51235, state="ESTABLISHED"), kernel(51235, state="CLOSE_WAIT")

    for at, table in enumerate([late, late, right, late, late, right]):
        assert doubts.look(table, at * SECOND, seen) == []


def test_an_end_without_a_socket_here_is_not_of_this_host(seen: Watch) -> None:
    """Translated addresses, and those of other namespaces, were never in this kernel's table."""
    doubts = Doubts()

    for at in range(5):
        assert doubts.look({}, at * SECOND, seen) == []


def test_a_socket_that_is_gone_is_closed(seen: Watch) -> None:
    doubts = Doubts()

    assert doubts.look(kernel(51235, state="CLOSE_WAIT"), 0, seen) == []
    assert doubts.look({}, 1 * SECOND, seen) == []
    (told,) = doubts.look({}, 3 * SECOND, seen)
    assert "the kernel says CLOSED, the capture CLOSE_WAIT" in told


def test_of_many_of_a_kind_ten_are_told(seen: Watch) -> None:
    doubts = Doubts()
    other = kernel(*range(52000, 52012), state="ESTABLISHED")

    doubts.look(other, 0, seen)
    told = doubts.look(other, 2 * SECOND, seen)
    assert len(told) == 11
    assert told[-1] == "further sockets that are ESTABLISHED and not CLOSE_WAIT are not told"


def test_a_connection_that_has_ended_is_to_be_gone_from_the_kernel_too(seen: Watch) -> None:
    """Its last ACK was captured, and never arrived."""
    doubts = Doubts()
    with Stop() as stop:
        ended = [news.connection for news in [*seen.news(stop), *seen.end()]]
    orderly = next(each for each in ended if each.ending == "orderly")
    doubts.ended(orderly)
    waiting: Table = {key(orderly.server, orderly.client): KernelSocket("LAST_ACK", 0, 0, 0)}

    assert doubts.look(waiting, 0, seen) == []
    (told,) = doubts.look(waiting, 2 * SECOND, seen)
    assert "the kernel says LAST_ACK, the capture CLOSED since " in told
