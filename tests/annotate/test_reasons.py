"""Each reason for a disagreement: a wire that has it, judged by pcapflow and by tshark itself."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from tests.annotate.crossed import check, reasons, told
from tests.conftest import need_tool
from tests.wire import Frame, Packet, Wire, frames
from tests.wire.tunnel import UDP, around, tunnelled, udp

OURS, TSHARK = "pcapflow", "tshark"


@pytest.fixture(autouse=True)
def _tshark() -> None:
    need_tool("tshark")


def opened(**how: object) -> Wire:
    wire = Wire(**how)  # type: ignore[arg-type]
    wire.handshake()
    wire.c("PSH ACK", data=100)
    wire.s("PSH ACK", data=200)
    return wire


def closed(**how: object) -> Wire:
    wire = opened(**how)
    wire.c("FIN ACK")
    wire.s("FIN ACK")
    wire.c("ACK")
    return wire


@pytest.mark.parametrize("host", ["10.0.0.5", "[2001:db8::5]"])
def test_they_agree_on_a_close_with_a_lost_fin_and_on_a_reset(tmp_path: Path, host: str) -> None:
    server = "[2001:db8::9]:80" if host.startswith("[") else "10.0.0.9:80"
    wire = opened(client=f"{host}:51234", server=server)
    fin = wire.c("FIN ACK", lost=True)
    wire.at(0.5)
    wire.c(again=fin)
    wire.s("RST ACK")

    found = check(tmp_path, wire.packets)

    assert told(found) == {}
    assert found.agreed == {
        "connections": 1,
        "FIN retransmissions": 1,
        "resets": 1,
        "port reuses": 0,
    }


def test_they_agree_on_a_port_that_is_used_again(tmp_path: Path) -> None:
    later = closed(start="2026-01-01T00:01:30Z", client_isn=900_000, server_isn=77)

    found = check(tmp_path, closed().packets + later.packets)

    assert told(found) == {}
    assert found.agreed["connections"] == 2
    assert found.agreed["port reuses"] == 1


# Captured twice, or with flags that nobody takes


def test_one_packet_captured_twice(tmp_path: Path) -> None:
    wire = opened()
    fin = wire.c("FIN ACK")
    wire.duplicate(fin)
    wire.duplicate(wire.s("RST ACK"))

    found = check(tmp_path, wire.packets)

    assert told(found) == {("FIN retransmissions", TSHARK): (7,), ("resets", TSHARK): (9,)}
    assert all("captured twice" in why for why in reasons(found, "resets"))


def test_syn_and_fin_in_one_segment(tmp_path: Path) -> None:
    wire = opened()
    wire.c("SYN FIN", raw_seq=424_242)
    wire.s("ACK")
    wire.c("PSH ACK", data=100, seq=101)

    found = check(tmp_path, wire.packets)

    assert told(found) == {("connections", TSHARK): (6,), ("port reuses", TSHARK): (6,)}
    assert all("both SYN and FIN" in why for why in reasons(found, "connections"))


def test_a_fin_without_ack(tmp_path: Path) -> None:
    wire = opened()
    for _ in range(2):
        wire.c("FIN", seq=101)
    wire.s("ACK", ack=101)

    found = check(tmp_path, wire.packets)

    assert told(found) == {("FIN retransmissions", TSHARK): (7,)}
    assert reasons(found, "FIN retransmissions") == {
        "every receiver drops a FIN without ACK; tshark counts it"
    }


# Where a connection begins


def test_a_syn_that_is_challenged(tmp_path: Path) -> None:
    wire = opened()
    wire.c("SYN", raw_seq=424_242)
    wire.s("ACK", ack=101)
    wire.c("PSH ACK", data=10, seq=101)
    wire.s("ACK", ack=111)

    found = check(tmp_path, wire.packets)

    assert told(found) == {("connections", TSHARK): (6,), ("port reuses", TSHARK): (6,)}
    assert all("no SYN, ACK answers" in why for why in reasons(found, "connections"))


def test_a_syn_that_is_let_in_the_second_time(tmp_path: Path) -> None:
    wire = closed()
    wire.at(1)
    wire.c("SYN", raw_seq=424_242)
    wire.s("ACK", ack=102)
    wire.c("RST", raw_seq=1102)
    wire.at(1)
    wire.c("SYN", raw_seq=424_242)
    wire.s("SYN ACK", raw_seq=999_000, raw_ack=424_243)
    wire.c("ACK", raw_seq=424_243, raw_ack=999_001)

    found = check(tmp_path, wire.packets)

    assert told(found) == {
        ("connections", OURS): (12,),
        ("connections", TSHARK): (9,),
        ("port reuses", OURS): (12,),
        ("port reuses", TSHARK): (9, 13),
    }
    assert any("comes again" in why for why in reasons(found, "connections"))
    assert any("marks a SYN, ACK too" in why for why in reasons(found, "port reuses"))


def test_a_syn_that_is_answered_behind_a_straggler(tmp_path: Path) -> None:
    wire = opened()
    wire.c("SYN", raw_seq=424_242)
    wire.c("ACK", seq=101)
    wire.s("SYN ACK", raw_seq=999_000, raw_ack=424_243)
    wire.c("ACK", raw_seq=424_243, raw_ack=999_001)

    found = check(tmp_path, wire.packets)

    assert told(found) == {
        ("connections", OURS): (8,),
        ("connections", TSHARK): (6,),
        ("port reuses", TSHARK): (6,),
    }
    assert all("come between" in why for why in reasons(found, "connections"))


def test_a_late_copy_of_the_syn(tmp_path: Path) -> None:
    wire = opened()
    wire.c("SYN", raw_seq=424_242)
    wire.s("ACK", ack=101)
    wire.c(again=wire.packets[0])
    wire.s("ACK", ack=101)

    found = check(tmp_path, wire.packets)

    assert told(found) == {("connections", TSHARK): (6, 8), ("port reuses", TSHARK): (6, 8)}
    assert any("repeated or late" in why for why in reasons(found, "connections"))


def test_a_syn_that_is_captured_only_when_it_is_sent_again(tmp_path: Path) -> None:
    wire = Wire()
    wire.c("PSH ACK", data=100)
    wire.s("ACK")
    wire.s("SYN ACK", raw_seq=7_000_000, raw_ack=5_000_000)
    wire.c("SYN", raw_seq=4_999_999)
    wire.s("SYN ACK", raw_seq=7_000_000, raw_ack=5_000_000)
    wire.c("ACK", raw_seq=5_000_000, raw_ack=7_000_001)

    found = check(tmp_path, wire.packets)

    assert told(found)["connections", OURS] == (3,)
    assert told(found)["connections", TSHARK] == (4,)
    assert any("answered before" in why for why in reasons(found, "connections"))


def test_a_four_tuple_that_was_silent_for_long(tmp_path: Path) -> None:
    wire = closed()
    wire.at(250)
    wire.c("PSH ACK", data=10, raw_seq=70_000)

    found = check(tmp_path, wire.packets)

    assert told(found) == {("connections", OURS): (9,), ("port reuses", OURS): (9,)}
    assert all("silent for 240 s" in why for why in reasons(found, "connections"))


def test_a_syn_that_nobody_answered_for_long(tmp_path: Path) -> None:
    wire = Wire()
    wire.c("SYN")
    wire.at(310)
    wire.s("PSH ACK", data=10, raw_seq=70_000, raw_ack=42)

    found = check(tmp_path, wire.packets)

    assert told(found) == {("connections", OURS): (2,), ("port reuses", OURS): (2,)}
    assert all("not answered for 300 s" in why for why in reasons(found, "connections"))


def test_a_connection_that_begins_with_the_answer(tmp_path: Path) -> None:
    wire = Wire()
    wire.c("PSH ACK", data=100)
    wire.s("ACK")
    wire.s("SYN ACK", raw_seq=7_000_000, raw_ack=5_000_000)
    wire.c("ACK", raw_seq=5_000_000, raw_ack=7_000_001)

    found = check(tmp_path, wire.packets)

    assert told(found) == {("connections", OURS): (3,)}
    assert all("answers nothing known" in why for why in reasons(found, "connections"))


def test_a_syn_of_an_end_that_tshark_has_not_seen(tmp_path: Path) -> None:
    wire = Wire()
    wire.s("RST", raw_seq=70_000)
    wire.c("SYN", raw_seq=424_242)
    wire.s("SYN ACK", raw_seq=999_000, raw_ack=424_243)
    wire.c("ACK", raw_seq=424_243, raw_ack=999_001)

    found = check(tmp_path, wire.packets)

    assert told(found)["connections", OURS] == (2,)
    assert all("only the other end" in why for why in reasons(found, "connections"))


# FINs


def test_a_fin_that_was_sent_before_the_capture_shows_it(tmp_path: Path) -> None:
    wire = opened()
    wire.c("ACK", seq=102)  # its FIN was lost before the capture point
    wire.c("FIN ACK", seq=101)
    wire.s("ACK")

    found = check(tmp_path, wire.packets)

    assert told(found) == {("FIN retransmissions", TSHARK): (7,)}
    assert all("not captured" in why for why in reasons(found, "FIN retransmissions"))


def test_a_first_fin_behind_a_reset_that_was_ignored(tmp_path: Path) -> None:
    wire = opened()
    wire.c("RST", seq=161)
    wire.s("ACK", ack=101)
    wire.at(1)
    wire.c("PSH ACK", data=10, seq=101)
    wire.s("ACK", ack=111)
    wire.c("FIN ACK", seq=111)

    found = check(tmp_path, wire.packets)

    assert told(found) == {("FIN retransmissions", TSHARK): (10,)}
    assert all("higher number" in why for why in reasons(found, "FIN retransmissions"))


def test_octets_again_with_a_first_fin(tmp_path: Path) -> None:
    wire = opened()
    wire.c("PSH ACK", data=50, lost=True)
    wire.at(0.4)
    wire.c("FIN PSH ACK", data=50, seq=101)
    wire.s("ACK")

    found = check(tmp_path, wire.packets)

    assert told(found) == {("FIN retransmissions", TSHARK): (7,)}
    assert all("octets are sent again" in why for why in reasons(found, "FIN retransmissions"))


def test_a_fin_with_another_number(tmp_path: Path) -> None:
    wire = opened()
    wire.c("FIN ACK", seq=101)
    wire.at(0.5)
    wire.c("FIN ACK", seq=51)
    wire.s("ACK", ack=102)

    found = check(tmp_path, wire.packets)

    assert told(found) == {("FIN retransmissions", TSHARK): (7,)}
    assert all("another number" in why for why in reasons(found, "FIN retransmissions"))


def test_a_fin_that_acknowledges_far_too_much(tmp_path: Path) -> None:
    wire = opened()
    wire.c("FIN ACK", seq=51, raw_ack=5201 + (1 << 27))
    wire.s("ACK", ack=101)

    found = check(tmp_path, wire.packets)

    assert told(found) == {("FIN retransmissions", TSHARK): (6,)}
    assert all("64 MiB from" in why for why in reasons(found, "FIN retransmissions"))


def test_a_fin_whose_next_number_is_zero(tmp_path: Path) -> None:
    wire = opened(client_isn=2**32 - 102)
    fin = wire.c("FIN ACK", lost=True)
    wire.at(0.5)
    wire.c(again=fin)
    wire.s("ACK")

    found = check(tmp_path, wire.packets)

    assert fin.seq == 2**32 - 1
    assert told(found) == {("FIN retransmissions", OURS): (7,)}
    assert all("is 0" in why for why in reasons(found, "FIN retransmissions"))


def test_a_fin_that_comes_again_very_soon_behind_a_higher_number(tmp_path: Path) -> None:
    wire = opened()
    fin = wire.c("FIN ACK")
    wire.c("RST", seq=161)
    wire.at(0.001)
    wire.c(again=fin)

    found = check(tmp_path, wire.packets)

    assert told(found) == {("FIN retransmissions", OURS): (8,)}
    assert all("out of order" in why for why in reasons(found, "FIN retransmissions"))


def test_a_fin_of_another_connection_in_the_same_stream(tmp_path: Path) -> None:
    wire = closed()
    wire.at(250)
    wire.c("FIN ACK", seq=101)

    found = check(tmp_path, wire.packets)

    assert told(found)["FIN retransmissions", TSHARK] == (9,)
    assert all("another connection" in why for why in reasons(found, "FIN retransmissions"))


def test_a_fin_repeated_in_another_stream(tmp_path: Path) -> None:
    wire = opened()
    fin = wire.c("FIN ACK", lost=True)
    wire.c("SYN", raw_seq=500)
    wire.s("ACK", ack=101)
    wire.at(0.5)
    wire.c(again=fin)

    found = check(tmp_path, wire.packets)

    assert told(found)["FIN retransmissions", OURS] == (9,)
    assert all("another stream" in why for why in reasons(found, "FIN retransmissions"))


# What only one of the two finds


def icmp(packet: Packet) -> Frame:
    """A router says that this packet came no further."""
    (frame,) = frames(packet)
    data = around(struct.pack(">BBHI", 3, 1, 0, 0) + frame.data[14:42], 1)
    return Frame(packet.time, data, len(data))


def test_a_segment_quoted_by_icmp(tmp_path: Path) -> None:
    wire = Wire()
    wire.c("SYN")
    quoted = Wire(client="10.0.0.7:40000", start="2026-01-01T00:00:01Z").c("RST", raw_seq=7)

    found = check(tmp_path, [*wire.packets, icmp(quoted)])

    assert ("resets", OURS) not in told(found)
    assert reasons(found, "connections") <= {
        "TCP that an ICMP error quotes is no segment on its way"
    }


@pytest.mark.parametrize("host", ["10.0.0.{}", "[2001:db8::{}]"])
def test_a_datagram_in_fragments(tmp_path: Path, host: str) -> None:
    wire = Wire(host.format(5) + ":51234", host.format(9) + ":80", dont_fragment=False)
    wire.handshake()
    wire.c("FIN PSH ACK", data=400, fragment=200)
    wire.s("ACK")
    wire.at(0.5)
    wire.c(again=wire.packets[3], fragment=200)

    found = told(check(tmp_path, wire.packets))

    assert found["FIN retransmissions", OURS] == found["FIN retransmissions", OURS][:1]
    assert len(found["FIN retransmissions", TSHARK]) == 1


def test_a_first_fragment_alone(tmp_path: Path) -> None:
    packet = Wire(dont_fragment=False).c("SYN", data=400, fragment=200)
    first = frames(packet)[0]

    found = check(tmp_path, [first])

    assert told(found) == {("connections", OURS): (1,)}


def test_a_link_type_that_pcapflow_does_not_read(tmp_path: Path) -> None:
    packet = Wire().c("SYN")
    ppp = b"\xff\x03\x00\x21" + frames(packet)[0].data[14:]

    found = check(tmp_path, [Frame(packet.time, ppp, len(ppp))], link=9)

    assert told(found) == {("connections", TSHARK): (1,)}
    assert reasons(found, "connections") == {"pcapflow does not look into what tshark calls ppp"}


def test_a_tunnel_that_pcapflow_does_not_read(tmp_path: Path) -> None:
    l2tp = udp(1701, lambda _: b"\x00\x02\x00\x01\x00\x02\xff\x03\x00\x21")

    found = check(tmp_path, tunnelled([Wire().c("RST")], UDP, l2tp))

    assert told(found) == {("connections", TSHARK): (1,), ("resets", TSHARK): (1,)}
    assert reasons(found, "resets") == {"pcapflow does not look into what tshark calls l2tp"}


@pytest.mark.parametrize("kept", [38, 47, 48, 49, 50, 53])
def test_headers_that_are_cut(tmp_path: Path, kept: int) -> None:
    cut = [Frame(f.time, f.data[:kept], f.length) for p in closed().packets for f in frames(p)]

    found = check(tmp_path, cut)

    if kept < 14 + 20 + 14:
        assert found.agreed["connections"] == len(told(found)) == 0
    elif kept < 14 + 20 + 16:
        assert told(found) == {("connections", OURS): (1,)}
    else:
        assert told(found) == {}


@pytest.mark.parametrize("words", [0, 4, 15])
def test_a_header_that_cannot_be(tmp_path: Path, words: int) -> None:
    (frame,) = frames(Wire(timestamps=False).c("RST ACK"))
    data = bytearray(frame.data)
    data[14 + 20 + 12] = words << 4

    found = check(tmp_path, [Frame(frame.time, bytes(data), len(data))])

    assert told(found)["connections", TSHARK] == (1,)
    assert reasons(found, "connections") == {
        "a TCP header shorter than 20 octets, or longer than its segment, is none"
    }
