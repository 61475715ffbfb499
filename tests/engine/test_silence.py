"""How long all was silent before an end sent what nobody answered, or what drew a reset."""

from __future__ import annotations

from tests.engine.observed import connections
from tests.wire import Packet, Wire


def opened() -> Wire:
    """A connection with one request and its reply, the last segment at 0.025 s."""
    wire = Wire()
    wire.handshake()
    wire.c("PSH ACK", data=100)
    wire.s("PSH ACK", data=200)
    wire.c("ACK")
    return wire


def repeated(wire: Wire, packet: Packet, *after: float) -> None:
    """The client sends a segment again, these seconds after the one before."""
    for seconds in after:
        wire.at(seconds)
        wire.c(again=packet, lost=True)


def silences(wire: Wire) -> list[float | None]:
    """Of each end, in seconds."""
    (connection,) = connections(wire)
    return [None if idle is None else round(idle / 1e9, 1) for idle in connection.idle]


def test_a_request_after_a_pause_is_sent_again_in_vain() -> None:
    wire = opened()
    wire.at(40)
    repeated(wire, wire.c("PSH ACK", data=50, lost=True), 0.2, 0.4, 0.8, 1.6)

    assert silences(wire) == [40, None]


def test_so_is_one_of_several_segments() -> None:
    wire = opened()
    wire.at(40)
    first = wire.c("ACK", data=1000, lost=True)
    wire.c("PSH ACK", data=500, lost=True)
    repeated(wire, first, 0.2, 0.4, 0.8)

    assert silences(wire) == [40, None]


def test_what_is_sent_meanwhile_does_not_make_the_silence_longer() -> None:
    """A sensor that reports every 10 s to a peer that is gone: nothing was silent for long."""
    wire = opened()
    for _ in range(9):
        wire.at(9)
        report = wire.c("PSH ACK", data=10, lost=True)
        repeated(wire, report, 0.3, 0.7)

    assert silences(wire) == [9, None]


def test_keep_alives_after_a_pause() -> None:
    wire = opened()
    for _ in range(3):
        wire.at(75)
        wire.c("ACK", seq=100, lost=True)

    assert silences(wire) == [75, None]


def test_keep_alives_that_were_answered_before() -> None:
    """The silence is that before the first one in vain, not since the last octets."""
    wire = opened()
    for _ in range(4):
        wire.at(50)
        wire.c("ACK", seq=100)
        wire.s("ACK")
    for _ in range(3):
        wire.at(20)
        wire.c("ACK", seq=100, lost=True)

    assert silences(wire) == [20, None]


def test_a_fin_after_a_pause() -> None:
    wire = opened()
    wire.at(30)
    repeated(wire, wire.c("FIN ACK", lost=True), 0.2, 0.4, 0.8)

    assert silences(wire) == [30, None]


def test_the_peer_came_back_and_another_pause_follows() -> None:
    wire = opened()
    wire.at(40)
    request = wire.c("PSH ACK", data=50, lost=True)
    repeated(wire, request, 0.2)
    wire.at(0.4)
    wire.c(again=request)
    wire.s("ACK")
    wire.at(7)
    repeated(wire, wire.c("PSH ACK", data=50, lost=True), 0.2, 0.4, 0.8)

    assert silences(wire) == [7, None]


def test_a_request_after_a_pause_draws_a_reset() -> None:
    wire = opened()
    wire.at(60)
    wire.c("PSH ACK", data=50)
    wire.s("RST")

    assert silences(wire) == [60, None]


def test_a_reset_out_of_the_blue() -> None:
    wire = opened()
    wire.at(300)
    wire.s("RST ACK")

    assert silences(wire) == [300, None]


def test_a_reset_to_what_was_repeated() -> None:
    wire = opened()
    wire.at(60)
    request = wire.c("PSH ACK", data=50, lost=True)
    repeated(wire, request, 0.2, 0.4, 0.8)
    wire.s("RST")

    assert silences(wire) == [60, None]


def test_a_reset_to_an_acknowledgement_long_after_the_last_octet() -> None:
    wire = opened()
    wire.at(5)
    wire.c("PSH ACK", data=50)
    wire.s("ACK")
    wire.at(60)
    wire.c("ACK")
    wire.s("RST")

    assert silences(wire) == [60, None]


def test_the_later_of_two_resets_changes_nothing() -> None:
    wire = opened()
    wire.at(60)
    wire.c("PSH ACK", data=50)
    wire.s("RST")
    wire.at(5)
    wire.s("RST")

    assert silences(wire) == [60, None]


def test_of_an_end_that_was_always_answered_there_is_none() -> None:
    wire = opened()
    wire.at(60)
    wire.c("PSH ACK", data=50)
    wire.s("ACK")

    assert silences(wire) == [None, None]


def test_a_peer_that_never_spoke_was_not_silent() -> None:
    wire = Wire()
    syn = wire.c("SYN", lost=True)
    repeated(wire, syn, 1, 2, 4)

    assert silences(wire) == [None, None]
