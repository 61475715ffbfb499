"""ICMP errors that quote a segment: which are read, what they are laid to, what they are not."""

from __future__ import annotations

import pytest

from pcapflow.engine.layout import TH_QUOTED
from pcapflow.model import Connection, Unreachable
from tests.engine.observed import connections, read, report
from tests.wire import Frame, Packet, Wire, destination_options, icmp_error, pcap

V6 = {"client": "[2001:db8::5]:51234", "server": "[2001:db8::9]:8080"}
ROUTER, ROUTER6 = "10.0.0.1", "2001:db8::1"
NET, HOST, PORT, TOO_BIG, PROHIBITED = 0, 1, 3, 4, 13
TIME_EXCEEDED = 11


def a_syn(**fields: object) -> tuple[Wire, Packet]:
    wire = Wire(**fields)  # type: ignore[arg-type]
    return wire, wire.c("SYN")


def told(*captured: Wire | Packet | Frame) -> tuple[Connection, list[str]]:
    """The one connection, and its events."""
    (connection,) = connections(*captured)
    return connection, [f"{event.end} {event.code}" for event in connection.events]


@pytest.mark.parametrize(
    ("addresses", "router", "code", "kind"),
    [({}, ROUTER, HOST, 0x301), ({}, ROUTER, PROHIBITED, 0x30D), (V6, ROUTER6, 3, 0x103)],
)
def test_an_error_is_laid_to_the_segment_that_it_quotes(
    addresses: dict[str, object], router: str, code: int, kind: int
) -> None:
    _, syn = a_syn(**addresses)
    connection, events = told(syn, icmp_error(syn, router, code))

    assert events == ["client SYN", "client UNREACHABLE"]
    assert connection.events[1].frame == 2
    assert connection.unreachable == (Unreachable(kind, router), None)


def test_it_is_no_segment_and_counts_as_what_is_not_tcp() -> None:
    _, syn = a_syn()
    capture = pcap([syn, icmp_error(syn, ROUTER, HOST)])
    whole = report(capture)
    (connection,) = whole.connections()

    assert (whole.info.packets, whole.info.tcp_packets) == (2, 1)
    assert whole.info.skipped == {"not TCP": 1}
    assert connection.packets == (1, 0)
    assert connection.last == syn.time
    assert (connection.opening, connection.ending) == ("syn-only", "unanswered")
    assert (connection.conn_state, connection.history) == ("S0", "S")


def test_its_row_says_what_it_quotes() -> None:
    _, syn = a_syn()
    row = read(pcap([icmp_error(syn, ROUTER, HOST)])).segments[0]

    assert row["flags"] == TH_QUOTED
    assert (row["ports"] >> 16, row["ports"] & 0xFFFF, row["seq"]) == (*syn.ports, syn.seq)
    assert (row["window"], row["sacked"]) == (0x301, 0x0A000001)


@pytest.mark.parametrize("quoted", [8, 20, 28])
def test_eight_octets_of_the_segment_are_enough(quoted: int) -> None:
    _, syn = a_syn()

    assert told(syn, icmp_error(syn, ROUTER, HOST, quoted=quoted))[1][1:] == ["client UNREACHABLE"]


@pytest.mark.parametrize("link", ["options outside", "options inside", "tags", "extensions"])
def test_whatever_headers_there_are(link: str) -> None:
    options = b"\x94\x04\0\0"
    inside: dict[str, dict[str, object]] = {
        "options inside": {"ip_options": options},
        "extensions": {**V6},
    }
    _, syn = a_syn(**inside.get(link, {}))
    outside: dict[str, dict[str, object]] = {
        "options outside": {"ip_options": options},
        "extensions": {"extensions": (destination_options(16),)},
    }
    router = ROUTER6 if link == "extensions" else ROUTER
    error = icmp_error(syn, router, HOST, **outside.get(link, {}))  # type: ignore[arg-type]
    if link == "tags":
        data = error.data[:12] + b"\x81\0\0\x07" + error.data[12:]
        error = Frame(error.time, data, len(data))

    assert told(syn, error)[1] == ["client SYN", "client UNREACHABLE"]


@pytest.mark.parametrize("addresses", [{}, V6])
def test_cut_by_the_snap_length_it_is_just_not_tcp(addresses: dict[str, object]) -> None:
    _, syn = a_syn(**addresses)
    error = icmp_error(syn, ROUTER6 if addresses else ROUTER, HOST)
    for octets in range(35, error.length):
        if addresses and octets < 54:
            continue  # within the error's own IP header
        found = read(pcap([Frame(error.time, error.data[:octets], error.length)]))
        assert found.segments == []
        assert found.skipped == {"not TCP": 1}


@pytest.mark.parametrize(
    ("addresses", "kind", "code"),
    [
        ({}, None, TOO_BIG),  # path MTU discovery
        ({}, TIME_EXCEEDED, 0),
        ({}, 5, 1),  # a redirect
        (V6, 2, 0),  # packet too big
        (V6, 3, 0),  # time exceeded
        (V6, 129, 0),
    ],
)
def test_other_messages_do_not_say_that_it_is_unreachable(
    addresses: dict[str, object], kind: int | None, code: int
) -> None:
    _, syn = a_syn(**addresses)
    error = icmp_error(syn, ROUTER6 if addresses else ROUTER, code, kind=kind)

    assert told(syn, error)[1] == ["client SYN"]


@pytest.mark.parametrize(("at", "octet"), [(42, 0x65), (42, 0x41), (48, 0x01), (51, 17)])
def test_what_is_quoted_must_be_the_beginning_of_a_segment(at: int, octet: int) -> None:
    """Another IP version, a header too short, a later fragment, a datagram of UDP."""
    _, syn = a_syn()
    error = icmp_error(syn, ROUTER, HOST)
    data = error.data[:at] + bytes([octet]) + error.data[at + 1 :]

    assert told(syn, Frame(error.time, data, error.length))[1] == ["client SYN"]


def test_of_a_connection_that_was_not_captured_nothing_is_known() -> None:
    _, syn = a_syn()
    other = Wire("10.0.0.6:999").c("SYN")

    assert told(other, icmp_error(syn, ROUTER, HOST))[1] == ["client SYN"]
    assert connections(icmp_error(syn, ROUTER, HOST)) == []


def test_the_number_must_be_one_that_was_sent_not_long_ago() -> None:
    """An older connection on the same ports, or somebody who guesses."""
    _, syn = a_syn()
    for isn in (syn.seq + 2, syn.seq - 2_000_000):
        _, forged = a_syn(client_isn=isn % 2**32)
        assert told(syn, icmp_error(forged, ROUTER, HOST))[1] == ["client SYN"]


def test_of_several_the_first_reporter_is_remembered() -> None:
    wire, syn = a_syn()
    wire.at(1)
    again = wire.c(again=syn)
    errors = [icmp_error(syn, ROUTER, HOST), icmp_error(again, "10.9.9.9", NET)]
    connection, events = told(wire, *errors)

    assert events[1:] == ["client UNREACHABLE", "client SYN_AGAIN", "client UNREACHABLE"]
    assert connection.unreachable[0] == Unreachable(0x301, ROUTER)


def test_of_an_open_connection_either_end_can_be_told() -> None:
    wire = Wire()
    wire.handshake()
    request = wire.c("PSH ACK", data=100)
    wire.at(1)
    reply = wire.s("PSH ACK", data=100)
    errors = icmp_error(request, ROUTER, HOST), icmp_error(reply, "10.0.0.254", NET)
    connection, events = told(wire, *errors)

    assert [event for event in events if "UNREACHABLE" in event] == [
        "client UNREACHABLE",
        "server UNREACHABLE",
    ]
    assert connection.unreachable == (Unreachable(0x301, ROUTER), Unreachable(0x300, "10.0.0.254"))
    assert connection.ending == "open"


def test_it_does_not_keep_an_ended_connection_alive() -> None:
    """A SYN that is over (300 s without an answer) takes no error, swept or not."""
    _, syn = a_syn()
    others = [Wire(f"10.0.0.6:{1000 + i}", start=f"2026-01-01T00:0{i}:30Z") for i in range(6)]
    for other in others:
        other.c("SYN")
    late = icmp_error(syn, ROUTER, HOST, after=350)
    first, *_ = connections(*others, syn, late)

    assert [event.code for event in first.events] == ["SYN"]
