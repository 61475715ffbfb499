"""TCP found inside other things: the same segments as without, and tshark finds them there too."""

from __future__ import annotations

import pytest

from pcapflow.engine.layout import TUNNELS
from tests.engine.captures import Tshark, a_conversation, tshark
from tests.engine.observed import connections, read
from tests.wire import Frame, pcap
from tests.wire.tunnel import GRE, IPIP, OUTER6, SIX, UDP, around, gre, gtp, tunnelled, udp

__all__ = ["tshark"]  # a fixture

V6 = {"client": "[2001:db8::5]:51234", "server": "[2001:db8::9]:8080"}
VNI = b"\x08\x00\x00\x00\x00\x00\x2a\x00"
GPE_IPV4 = b"\x0c\x00\x00\x01\x00\x00\x2a\x00"
GENEVE = b"\x02\x00\x65\x58\x00\x00\x2a\x00" + b"\x01\x02\x80\x01" + bytes(4)
GTP_EXTENSION = b"\x00\x00\x00\x85" + b"\x01\x10\x00\x00"


def frames_of(kind: str) -> list[Frame]:
    four, six = a_conversation().packets, a_conversation(**V6).packets
    return {
        "ipip": lambda: tunnelled(four, IPIP),
        "ipip in IPv6": lambda: tunnelled(four, IPIP, outer=OUTER6),
        "6in4": lambda: tunnelled(six, SIX),
        "gre": lambda: tunnelled(four, GRE, gre(0x0800)),
        "gre, all fields": lambda: tunnelled(
            four, GRE, gre(0x0800, key=True, sequence=True, checksum=True)
        ),
        "gre, IPv6 in IPv6": lambda: tunnelled(six, GRE, gre(0x86DD), outer=OUTER6),
        "gre, Ethernet": lambda: tunnelled(four, GRE, gre(0x6558, key=True), ethernet=True),
        "gre in udp": lambda: tunnelled(four, UDP, udp(4754, gre(0x0800))),
        "erspan, type I": lambda: tunnelled(four, GRE, gre(0x88BE), ethernet=True),
        "erspan, type II": lambda: tunnelled(
            four, GRE, gre(0x88BE, b"\x10" + bytes(7), sequence=True), ethernet=True
        ),
        "erspan, type III": lambda: tunnelled(
            four, GRE, gre(0x22EB, b"\x20" + bytes(11), sequence=True), ethernet=True
        ),
        "vxlan": lambda: tunnelled(four, UDP, udp(4789, lambda _: VNI), ethernet=True),
        "vxlan, GPE": lambda: tunnelled(four, UDP, udp(4790, lambda _: GPE_IPV4)),
        "geneve": lambda: tunnelled(four, UDP, udp(6081, lambda _: GENEVE), ethernet=True),
        "gtp": lambda: tunnelled(four, UDP, udp(2152, gtp())),
        "gtp, extension header": lambda: tunnelled(six, UDP, udp(2152, gtp(GTP_EXTENSION))),
    }[kind]()


KINDS = [
    "ipip",
    "ipip in IPv6",
    "6in4",
    "gre",
    "gre, all fields",
    "gre, IPv6 in IPv6",
    "gre, Ethernet",
    "gre in udp",
    "erspan, type I",
    "erspan, type II",
    "erspan, type III",
    "vxlan",
    "vxlan, GPE",
    "geneve",
    "gtp",
    "gtp, extension header",
]
WHERE = ("offset", "iface", "origin", "sign", "tunnel", "time")


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_inside_is_what_it_is_outside(kind: str) -> None:
    inner = a_conversation(**V6) if "IPv6 in" in kind or kind in ("6in4", KINDS[-1]) else None
    bare = read((inner or a_conversation()).pcap()).segments
    found = read(pcap(frames_of(kind)))
    assert not found.skipped
    for inside, outside in zip(found.segments, bare, strict=True):
        assert TUNNELS[inside["tunnel"]] == kind.split(",")[0].split(" ")[0]
        assert {k: v for k, v in inside.items() if k not in WHERE} == {
            k: v for k, v in outside.items() if k not in WHERE
        }


@pytest.mark.parametrize("kind", KINDS)
def test_tshark_finds_it_there_too(kind: str, tshark: Tshark) -> None:
    rows = tshark(pcap(frames_of(kind)), "tcp.seq_raw", "tcp.ack_raw", "tcp.srcport", "tcp.len")
    found = read(pcap(frames_of(kind))).segments
    ours = [[str(s["seq"]), str(s["ack"]), str(s["ports"] >> 16), str(s["length"])] for s in found]
    assert ours == rows


def test_a_record_says_what_it_was_inside_of() -> None:
    (found,) = connections(pcap(frames_of("vxlan")))
    assert (found.tunnel, found.ending) == ("vxlan", "orderly")
    (bare,) = connections(a_conversation().pcap())
    assert not bare.tunnel


def test_tunnels_in_tunnels() -> None:
    (packet, *_) = a_conversation().packets
    (vxlan,) = tunnelled([packet], UDP, udp(4789, lambda _: VNI), ethernet=True)
    twice = around(gre(0x6558)(0) + vxlan.data, GRE)
    (segment,) = read(pcap([Frame(1, twice, len(twice))])).segments
    assert TUNNELS[segment["tunnel"]] == "vxlan"


def test_there_is_an_end_to_tunnels() -> None:
    (deep,) = tunnelled([a_conversation().packets[0]], IPIP)
    for _ in range(8):
        data = around(deep.data[14:], IPIP)
        deep = Frame(1, data, len(data))
    assert read(pcap([deep])).skipped == {"encapsulation not supported": 1}


@pytest.mark.parametrize("kind", KINDS)
def test_cut_anywhere_it_is_counted_and_no_more(kind: str) -> None:
    (first, *_) = frames_of(kind)
    whole = read(pcap([first])).segments[0]
    for kept in range(14, len(first.data)):
        found = read(pcap([Frame(1, first.data[:kept], len(first.data))]))
        assert len(found.segments) + sum(found.skipped.values()) == 1
        for segment in found.segments:
            assert (segment["seq"], segment["ports"]) == (whole["seq"], whole["ports"])


@pytest.mark.parametrize(
    ("payload", "protocol", "reason"),
    [
        (udp(53)(40) + bytes(40), UDP, "not TCP"),
        (udp(4789)(68) + bytes(68), UDP, "not TCP"),  # no network identifier
        (udp(4790)(64) + b"\x0c\x00\x00\x09" + bytes(60), UDP, "not TCP"),
        (udp(6081)(68) + b"\x42" + bytes(67), UDP, "not TCP"),  # version 1
        (udp(6081)(64) + b"\x00\x00\x08\x06" + bytes(60), UDP, "not TCP"),  # ARP
        (udp(2152)(62) + b"\x30\x01" + bytes(60), UDP, "not TCP"),  # an echo request
        (udp(2152, gtp(b"\x00\x00\x00\x85"))(4) + bytes(4), UDP, "not TCP"),  # of no width
        (b"\x20\x01\x88\x0b" + bytes(40), GRE, "encapsulation not supported"),  # PPTP
        (gre(0x0806)(0) + bytes(40), GRE, "encapsulation not supported"),
        (gre(0x0800)(0) + bytes(40), GRE, "not TCP"),  # no IP header there
    ],
)
def test_what_is_no_tunnel_of_ours(payload: bytes, protocol: int, reason: str) -> None:
    data = around(payload, protocol)
    assert read(pcap([Frame(1, data, len(data))])).skipped == {reason: 1}
