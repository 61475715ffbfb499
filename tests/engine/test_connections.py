"""Which packets are one connection: roles, port reuse, challenges, duplicates, many at once."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pcapflow.model import Connection
from tests.engine.observed import connections, read, report
from tests.wire import SLL2, Pcapng, Wire, in_time_order, pcap, transcript

HANDSHAKE = "0.000 C > S SYN\n 0.010 S > C SYN ACK\n 0.020 C > S ACK\n"


def a_connection(number: int, **fields: object) -> Wire:
    """An orderly connection, the ``number``-th of many on one service."""
    client = f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}:{1024 + number % 60_000}"
    wire = Wire(client, client_isn=number * 77_777 % 2**32, **fields)  # type: ignore[arg-type]
    wire.at_since_start(number / 1000)
    wire.handshake()
    wire.c("FIN ACK")
    wire.s("FIN ACK")
    wire.c("ACK")
    return wire


def the_only(*wires: Wire) -> Connection:
    (found,) = connections(*wires)
    return found


# ── which packets belong together ───────────────────────────────────────────────────────────────


def test_many_connections_are_told_apart() -> None:
    wires = [a_connection(number) for number in range(500)]
    found = connections(*wires)
    assert [c.id for c in found] == list(range(1, 501))
    assert len({c.client for c in found}) == 500
    assert {c.ending for c in found} == {"orderly"}
    assert [c.first for c in found] == sorted(c.first for c in found)


def test_the_same_ports_of_other_addresses_and_versions() -> None:
    wires = [
        Wire("10.0.0.1:1000", "10.0.0.2:1000"),
        Wire("10.0.0.1:1000", "10.0.0.3:1000"),
        Wire("[::a00:1]:1000", "[::a00:2]:1000"),
        Wire("10.0.0.1:1000", "10.0.0.2:1001"),
        Wire("10.0.0.2:1001", "10.0.0.1:1001"),
        Wire("[fd00::1]:179", "[fe80::1]:179"),  # the ends differ in the high words only
        Wire("[fd00::1]:179", "[fec0::1]:179"),
        Wire("[fe80::1]:179", "[fec0::1]:179"),
    ]
    for wire in wires:
        wire.handshake()
    assert len(connections(*wires)) == len(wires)


def test_a_connection_of_a_host_with_itself() -> None:
    wire = Wire("127.0.0.1:40000", "127.0.0.1:8080")
    wire.handshake()
    wire.c("FIN ACK")
    wire.s("FIN ACK")
    wire.c("ACK")
    found = the_only(wire)
    assert (found.client.port, found.packets, found.ending) == (40000, (4, 2), "orderly")


def test_a_socket_connected_to_itself_is_read_without_harm() -> None:
    """Both ends have one address and port: a self-connect (simultaneous open with itself)."""
    wire = Wire("127.0.0.1:40000", "127.0.0.1:40000")
    wire.c("SYN")
    assert len(connections(wire)) == 1


# ── roles ───────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("first", "client"),
    [
        ("S > C SYN ACK", 51234),  # whoever gets the SYN-ACK is the client
        ("C > S SYN", 51234),
        ("S > C SYN", 8080),
        ("S > C PSH ACK len=1", 51234),  # the lower port is the server's
        ("C > S PSH ACK len=1", 51234),
    ],
)
def test_roles(first: str, client: int) -> None:
    found = the_only(transcript(f"0.0 {first}"))
    assert found.client.port == client
    assert found.roles == ("handshake" if "SYN" in first else "guessed")


def test_with_equal_ports_the_first_speaker_is_the_client() -> None:
    wire = Wire("10.0.0.5:5000", "10.0.0.9:5000")
    wire.s("PSH ACK", data=5)
    assert the_only(wire).client.ip == "10.0.0.9"


def test_a_syn_ack_after_the_first_packets_settles_roles_guessed_wrong() -> None:
    """The handshake's ACK was captured before its SYN-ACK: the SYN-ACK knows."""
    wire = Wire("10.0.0.5:80", "10.0.0.9:50000")
    ack = wire.c("ACK", raw_seq=1001, raw_ack=5001)
    wire.s("SYN ACK", raw_seq=5000, raw_ack=1001)
    wire.c("PSH ACK", raw_seq=1001, raw_ack=5001, data=5)
    found = the_only(wire)
    assert ack.captured
    assert (found.client.port, found.roles) == (80, "handshake")


# ── duplicates ──────────────────────────────────────────────────────────────────────────────────


def a_close(version: int = 4) -> Wire:
    ends = ("10.0.0.5:51234", "10.0.0.9:8080")
    if version == 6:
        ends = ("[2001:db8::5]:51234", "[2001:db8::9]:8080")
    return transcript(f"{HANDSHAKE} 0.5 C > S FIN ACK\n 0.51 S > C ACK", *ends)


def fins(*wires: Wire) -> tuple[int, int]:
    """The client's FINs, and the duplicates."""
    found = the_only(*wires)
    assert found.fin[0] is not None
    return found.fin[0].sent, found.duplicates


@pytest.mark.parametrize(("after", "sent"), [(1e-6, 1), (0.5, 1), (0.999, 1), (1.01, 2), (30, 2)])
def test_the_same_ip_id_within_a_second(after: float, sent: int) -> None:
    wire = a_close()
    wire.duplicate(wire.packets[3], after=after)
    assert fins(wire) == (sent, 2 - sent)


@pytest.mark.parametrize(("after", "sent"), [(1e-6, 1), (0.0049, 1), (0.0051, 2), (0.5, 2)])
def test_without_an_id_only_within_5_ms(after: float, sent: int) -> None:
    wire = a_close(6)
    wire.duplicate(wire.packets[3], after=after)
    assert fins(wire) == (sent, 2 - sent)


def test_an_id_of_0_is_none() -> None:
    wire = a_close()
    fin = replace(wire.packets[3], ipid=0)
    wire.packets[3] = fin
    wire.duplicate(fin, after=0.006)
    assert fins(wire) == (2, 0)


@pytest.mark.parametrize("after", [0.0001, 0.9, 5.0, 100.0])
def test_another_interface_of_the_capture_at_any_distance(after: float) -> None:
    wire = a_close()
    wire.duplicate(wire.packets[3], after=after, interface=1)
    file = Pcapng()
    file.section()
    file.interface(tsresol=9)
    file.interface(tsresol=9)
    file.packets(wire.packets)
    (found,) = report(file.data).connections()
    assert found.duplicates == 1
    assert found.fin[0] is not None
    assert found.fin[0].sent == 1


def on_two_interfaces(wire: Wire) -> Connection:
    file = Pcapng()
    file.section()
    file.interface(tsresol=9)
    file.interface(tsresol=9)
    file.packets(wire.packets)
    (found,) = report(file.data).connections()
    return found


def test_more_on_their_way_between_two_interfaces_than_are_remembered() -> None:
    """A slow middle: forty segments and the FIN leave it when all of them have arrived."""
    wire = transcript(HANDSHAKE)
    sent = [wire.c("PSH ACK", data=100) for _ in range(40)]
    sent.append(wire.c("FIN ACK"))
    for packet in sent:
        wire.duplicate(packet, after=0.05, interface=1)
    wire.s("ACK")
    found = on_two_interfaces(wire)
    assert found.duplicates == len(sent)
    assert found.fin[0] is not None
    assert (found.packets, found.fin[0].sent) == ((43, 2), 1)


def test_a_retransmission_passes_two_interfaces_as_any_segment() -> None:
    wire = transcript(HANDSHAKE)
    data = wire.c("PSH ACK", data=100)
    fin = wire.c("FIN ACK")
    for again in (data, fin):
        wire.at(+0.3)
        wire.duplicate(wire.c(again=again), after=0.005, interface=1)
    found = on_two_interfaces(wire)
    assert found.duplicates == 2
    assert found.fin[0] is not None
    assert found.fin[0].sent == 2


@pytest.mark.parametrize(("known", "resets"), [(True, 2), (False, 4)])
def test_resets_without_an_id_or_timestamps_pass_two_interfaces_as_well(
    known: bool, resets: int
) -> None:
    """A kernel's replies for a socket that is gone have neither; two of them are two."""
    wire = transcript(f"{HANDSHAKE} 0.5 S > C PSH ACK len=100\n 0.51 S > C PSH ACK len=100")
    if known:
        wire.duplicate(wire.packets[-1], after=0.01, interface=1)
    for _ in range(2):
        wire.at(+0.02)
        rst = wire.c("RST", ipid=0, options=b"")
        wire.duplicate(rst, after=0.01, interface=1)
    found = on_two_interfaces(wire)
    assert found.rst_total == (resets, 0)


def test_the_any_interface_shows_a_relayed_packet_in_and_out() -> None:
    wire = a_close()
    wire.duplicate(wire.packets[3], after=2.0, packet_type=4, ttl=63)
    (found,) = report(wire.pcap(SLL2)).connections()
    assert found.duplicates == 1


def test_a_router_in_between_lowers_the_ttl_and_it_is_the_same_packet() -> None:
    wire = a_close()
    wire.duplicate(wire.packets[3], after=0.0002, ttl=63, vlan=(7,))
    assert fins(wire) == (1, 1)


@pytest.mark.parametrize("version", [4, 6])
def test_a_retransmission_is_none(version: int) -> None:
    wire = a_close(version)
    wire.at(+0.0004)
    wire.c(again=wire.packets[3])
    # Without an IP id, only the timestamp tells them apart: it must have moved on.
    wire.packets[-1] = replace(wire.packets[-1], time=wire.packets[3].time + 3_000_000)
    assert fins(wire)[0] == 2


def test_other_packets_in_between_do_not_hide_a_duplicate() -> None:
    wire = transcript(HANDSHAKE)
    sent = [wire.c("PSH ACK", data=100) for _ in range(3)]
    for packet in sent:
        wire.duplicate(packet, after=0.001)
    assert the_only(wire).duplicates == 3


def test_plain_retransmissions_are_not_lost_as_duplicates() -> None:
    wire = transcript(HANDSHAKE)
    data = wire.c("PSH ACK", data=100)
    for _ in range(3):
        wire.at(+0.3)
        wire.c(again=data)
    found = the_only(wire)
    assert (found.duplicates, found.packets[0], found.bytes[0]) == (0, 6, 100)


# ── port reuse and challenges ───────────────────────────────────────────────────────────────────


def test_reuse_three_times_over() -> None:
    wires = []
    for number in range(4):
        wire = Wire(client_isn=1000 + number * 1_000_000, server_isn=5000 + number * 2_000_000)
        wire.at_since_start(float(number))
        wire.handshake()
        if number % 2:
            wire.c("FIN ACK")
            wire.s("FIN ACK")
            wire.c("ACK")
        wires.append(wire)
    found = connections(*wires)
    assert [c.ending for c in found] == ["replaced", "orderly", "replaced", "orderly"]
    assert [c.id for c in found] == [1, 2, 3, 4]


def test_the_other_end_may_open_the_next_connection() -> None:
    first, second = Wire(), Wire("10.0.0.9:8080", "10.0.0.5:51234", client_isn=77, server_isn=88)
    first.handshake()
    second.at_since_start(1.0)
    second.handshake()
    old, new = connections(first, second)
    assert (old.client.port, new.client.port) == (51234, 8080)
    assert (old.ending, old.ended_by) == ("replaced", "server")


def test_a_dissolved_connection_takes_no_id() -> None:
    challenged = transcript(f"""{HANDSHAKE}
        1.0   C > S  SYN  seq=900000
        1.01  S > C  ACK  ack=1
        2.0   C > S  PSH ACK  len=5  seq=1
    """)
    later = Wire("10.0.0.6:40000")
    later.at_since_start(3.0)
    later.handshake()
    one, two = connections(challenged, later)
    assert (one.id, two.id) == (1, 2)
    assert sum(one.packets) == 6
    assert one.bytes == (5, 0)


def test_a_straggler_before_the_answer_does_not_hide_a_new_connection() -> None:
    """Between the SYN and its SYN, ACK comes what the old connection still had on its way."""
    old, new = connections(
        transcript(f"""{HANDSHAKE}
        0.9   S > C  PSH ACK  len=5
        1.0   C > S  SYN      seq=900000
        1.001 C > S  ACK      seq=1 ack=6
        1.01  S > C  SYN ACK  seq=700000 ack=900001
        1.02  C > S  ACK      seq=900001 ack=700001
        1.03  C > S  PSH ACK  len=7 seq=900001 ack=700001
        1.04  C > S  FIN ACK  seq=900008 ack=700001
        1.05  S > C  FIN ACK  seq=700001 ack=900009
        1.06  C > S  ACK      seq=900009 ack=700002
    """)
    )
    assert (old.ending, new.ending) == ("replaced", "orderly")
    assert (old.bytes, new.bytes) == ((0, 5), (7, 0))
    assert (old.id, new.id) == (1, 2)


def test_an_answer_to_nothing_that_was_asked_is_no_connection() -> None:
    found = the_only(
        transcript(f"""{HANDSHAKE}
        1.0   C > S  SYN      seq=900000
        1.001 C > S  ACK      seq=1 ack=1
        1.01  S > C  SYN ACK  seq=700000 ack=800001
        1.02  C > S  PSH ACK  len=7 seq=1 ack=1
        1.03  S > C  ACK      seq=1 ack=8
    """)
    )
    assert (found.ending, found.bytes) == ("open", (7, 0))


def test_numbers_of_packets_add_up_with_challenges_and_reuse() -> None:
    wires = [a_connection(number) for number in range(40)]
    wires += [
        transcript(f"{HANDSHAKE} 1.0 C > S SYN seq=900000\n 1.01 S > C ACK ack=1", f"10.9.9.{n}:99")
        for n in range(1, 20)
    ]
    found = connections(*wires)
    assert sum(sum(c.packets) for c in found) == sum(len(wire.packets) for wire in wires)


# ── rows come and go ────────────────────────────────────────────────────────────────────────────


def test_rows_of_ended_connections_are_used_again() -> None:
    """More connections than fit at once, over hours: all are told, each once."""
    wires = []
    for number in range(300):
        wire = Wire(f"10.1.{number >> 8}.{number & 255}:4000")
        wire.at_since_start(number * 30.0)
        wire.handshake()
        wire.c("FIN ACK")
        wire.s("FIN ACK")
        wire.c("ACK")
        wires.append(wire)
    found = connections(*wires)
    assert len(found) == 300
    assert {c.ending for c in found} == {"orderly"}
    assert [c.states[0] for c in found[:-3]] == ["CLOSED"] * 297


def test_late_packets_of_a_connection_long_ended_open_a_new_one() -> None:
    wire = a_connection(1)
    octets = pcap(in_time_order(wire, *(a_connection(n) for n in range(2000, 2400))))
    late = transcript("900.0 C > S PSH ACK len=5", "10.0.0.1:1025")
    found = connections(octets)
    assert len(found) == 401
    assert len(connections(wire, late)) in (1, 2)
    assert read(octets).fault is None
