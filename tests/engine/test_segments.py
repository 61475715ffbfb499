"""From records to segments: link types, tags, IP options and extensions, fragments, snap cuts."""

from __future__ import annotations

import struct

import pytest

from pcapflow.engine.layout import (
    OPT_DSACK,
    OPT_SACK,
    OPT_SACK_PERMITTED,
    OPT_SCALE_SHIFT,
    OPT_TIMESTAMP,
    OPT_WINDOW_SCALE,
)
from tests.engine.captures import Tshark, a_conversation, tshark
from tests.engine.observed import read
from tests.wire import (
    C_HDLC,
    ETHERNET,
    IPV4,
    IPV6,
    LOOP,
    NFLOG,
    NULL,
    RAW,
    SLL,
    SLL2,
    Frame,
    Packet,
    Wire,
    destination_options,
    fragment_header,
    frames,
    hop_by_hop,
    mss,
    nflog,
    nop,
    pcap,
    routing,
    sack,
    timestamps,
    wscale,
)

__all__ = ["tshark"]  # a fixture

LINKS = [ETHERNET, RAW, NULL, LOOP, SLL, SLL2, C_HDLC, NFLOG]
V6 = {"client": "[2001:db8::5]:51234", "server": "[2001:db8::9]:8080"}


def headers(octets: bytes) -> list[tuple[int, ...]]:
    return [
        (row["ports"] >> 16, row["ports"] & 0xFFFF, row["seq"], row["ack"], row["flags"],
         row["window"], row["length"])
        for row in read(octets).segments
    ]  # fmt: skip


def meant(packets: list[Packet]) -> list[tuple[int, ...]]:
    return [(*p.ports, p.seq, p.ack, p.flags & 0xFF, p.window, len(p.payload)) for p in packets]


@pytest.mark.parametrize("version", [4, 6])
@pytest.mark.parametrize("link", LINKS)
def test_every_link_type(tshark: Tshark, link: int, version: int) -> None:
    wire = a_conversation(**(V6 if version == 6 else {}))
    capture = wire.pcap(link)
    assert headers(capture) == meant(wire.packets)
    fields = ("srcport", "dstport", "seq_raw", "ack_raw", "flags", "window_size_value", "len")
    theirs = tshark(capture, *(f"tcp.{field}" for field in fields))
    assert [tuple(int(cell, 0) for cell in row) for row in theirs] == headers(capture)
    found = read(capture)
    assert {row["version"] for row in found.segments} == {version}
    assert [row["ttl"] for row in found.segments] == [p.ttl for p in wire.packets]
    ids = [p.ipid if version == 4 else -1 for p in wire.packets]
    assert [row["ip_id"] for row in found.segments] == ids


@pytest.mark.parametrize(("link", "version"), [(IPV4, 4), (IPV6, 6), (12, 4), (14, 6)])
def test_raw_ip(link: int, version: int) -> None:
    wire = a_conversation(**(V6 if version == 6 else {}))
    raw = pcap([f for p in wire.packets for f in frames(p, RAW)], link)
    assert headers(raw) == meant(wire.packets)


@pytest.mark.parametrize("link", LINKS)
def test_a_link_header_cut_anywhere_is_counted_and_no_more(link: int) -> None:
    (first, *_) = a_conversation().packets
    (whole,) = frames(first, link)
    ports = whole.data.index(struct.pack(">HH", *first.ports))
    for kept in range(ports + 14):
        found = read(pcap([Frame(1, whole.data[:kept], whole.length)], link))
        assert (found.segments, found.skipped) == ([], {"headers cut by the snap length": 1}), kept
    assert headers(pcap([Frame(1, whole.data[: ports + 20], whole.length)], link)) == meant([first])


@pytest.mark.parametrize("link", [NULL, NFLOG])
@pytest.mark.parametrize("order", ["<", ">"])
def test_links_that_show_the_byte_order_of_the_host(link: int, order: str) -> None:
    wire = a_conversation()
    assert headers(pcap(wire.packets, link, order=order)) == meant(wire.packets)


@pytest.mark.parametrize("order", ["<", ">"])
def test_nflog_in_a_file_of_the_other_byte_order(order: str) -> None:
    wire = a_conversation()
    logged = [f for p in wire.packets for f in frames(p, NFLOG, order)]
    assert headers(pcap(logged, NFLOG, order="<" if order == ">" else ">")) == meant(wire.packets)


@pytest.mark.parametrize("order", ["<", ">"])
def test_nflog_with_a_nested_attribute(tshark: Tshark, order: str) -> None:
    (syn, *_) = a_conversation().packets
    logged = nflog(frames(syn, RAW)[0].data, order)
    vlan = struct.pack(f"{order}HH", 12, 0x8000 | 19) + bytes(8)
    data = logged[:4] + vlan + logged[4:]
    octets = pcap([Frame(1, data, len(data))], NFLOG, order)
    assert headers(octets) == meant([syn])
    assert tshark(octets, "tcp.seq_raw") == [[str(syn.seq)]]


def test_nflog_copied_in_part() -> None:
    """With ``-s 96`` the log has 96 octets of the datagram, and says that it had no more."""
    wire = a_conversation()
    copied = [nflog(frames(p, RAW)[0].data[:96]) for p in wire.packets]
    octets = pcap([Frame(1, data, len(data)) for data in copied], NFLOG)
    assert headers(octets) == meant(wire.packets)


@pytest.mark.parametrize(
    ("link", "octets", "reason"),
    [
        (C_HDLC, "8f00 8035" + "00" * 18, "not IP"),  # SLARP
        (C_HDLC, "0f00 2000" + "00" * 40, "not IP"),  # CDP
        (NFLOG, "03000007 2000 0900 0001080006040001" + "00" * 20, "not IP"),  # ARP
        (NFLOG, "02000007 0800 0100 08000100", "headers cut by the snap length"),  # none copied
        (NFLOG, "02000007 0300 0a00 1800 0900" + "45" * 20, "malformed headers"),  # of 3 octets
        (NFLOG, "02000007" + "0400 0a00" * 40, "malformed headers"),
        (NFLOG, "02000007 f0ff 0a00" + "00" * 60, "headers cut by the snap length"),
    ],
)
def test_links_without_ip(link: int, octets: str, reason: str) -> None:
    data = bytes.fromhex(octets)
    assert read(pcap([Frame(1, data, len(data))], link)).skipped == {reason: 1}


@pytest.mark.parametrize("tags", [(7,), (100, 200), (1, 2, 3)])
@pytest.mark.parametrize("link", [ETHERNET, SLL, SLL2])
def test_vlan_tags(link: int, tags: tuple[int, ...]) -> None:
    wire = a_conversation(vlan=tags)
    assert headers(wire.pcap(link)) == meant(wire.packets)


def test_direction_of_cooked_captures() -> None:
    wire = a_conversation(vantage="client")
    for link in (SLL, SLL2):
        kinds = [row["iface"] & 7 for row in read(wire.pcap(link)).segments]
        assert kinds == [p.packet_type for p in wire.packets]


def test_llc_snap_and_pppoe() -> None:
    packet = a_conversation().packets[0]
    ip = frames(packet, RAW)[0].data
    macs = bytes(12)
    snap = macs + struct.pack(">H", len(ip) + 8) + bytes.fromhex("aaaa03000000 0800") + ip
    pppoe = macs + bytes.fromhex("8864 1100 0001") + struct.pack(">HH", len(ip) + 2, 0x21) + ip
    mpls = macs + bytes.fromhex("8847 00001040 00002140") + ip
    octets = pcap([Frame(1, data, len(data)) for data in (snap, pppoe, mpls)])
    assert headers(octets) == meant([packet]) * 3


def test_ipv4_options() -> None:
    wire = a_conversation(ip_options=b"\x94\x04\0\0\x01")
    assert headers(wire.pcap()) == meant(wire.packets)


def test_ipv6_extension_headers() -> None:
    chain = (hop_by_hop(), routing(), destination_options(24), fragment_header(9))
    wire = a_conversation(**V6, extensions=chain)
    assert headers(wire.pcap()) == meant(wire.packets)


@pytest.mark.parametrize("version", [4, 6])
def test_fragments(version: int) -> None:
    """The first holds the header; the others are counted."""
    wire = Wire(**(V6 if version == 6 else {}))  # type: ignore[arg-type]
    wire.c("PSH ACK", data=100, fragment=48)
    found = read(wire.pcap())
    assert [row["seq"] for row in found.segments] == [wire.packets[0].seq]
    assert found.skipped == {"later fragment of a datagram": 2}


def test_ethernet_padding_is_no_payload() -> None:
    wire = Wire(timestamps=False)
    wire.c("ACK", options=b"")
    frame = frames(wire.packets[0])[0]
    padded = Frame(frame.time, frame.data + bytes(6), 60)
    assert read(pcap([padded])).segments[0]["length"] == 0


def test_segmentation_offload_leaves_the_ip_length_0() -> None:
    wire = Wire()
    wire.c("PSH ACK", data=3000)
    for link, at in ((ETHERNET, 16), (RAW, 2)):
        frame = frames(wire.packets[0], link)[0]
        data = frame.data[:at] + b"\0\0" + frame.data[at + 2 :]
        assert read(pcap([Frame(1, data, frame.length)], link)).segments[0]["length"] == 3000


@pytest.mark.parametrize("snaplen", [68, 80, 96])
def test_a_snap_length_that_cuts_payload_changes_no_length(snaplen: int) -> None:
    wire = a_conversation()
    found = read(pcap(wire.packets, snaplen=snaplen))
    assert [row["length"] for row in found.segments] == [len(p.payload) for p in wire.packets]


def test_snap_lengths_that_cut_headers() -> None:
    """14 of TCP's octets show ports, numbers and flags; with 18 there are window and checksum."""
    wire = Wire()
    wire.c("PSH ACK", data=10)
    full = 14 + 20
    for kept in range(full + 14):
        found = read(pcap(wire.packets, snaplen=kept))
        assert found.segments == []
        assert found.skipped == {"headers cut by the snap length": 1}, kept
    for kept in range(full + 14, full + 18):
        (row,) = read(pcap(wire.packets, snaplen=kept)).segments
        assert (row["seq"], row["length"], row["window"], row["checksum"]) == (1001, 10, -1, -1)
    (row,) = read(pcap(wire.packets, snaplen=full + 20)).segments
    assert (row["window"], row["tsval"], row["options"]) == (502, -1, 0)


def test_reasons_are_counted() -> None:
    wire = Wire()
    good = wire.c("SYN")
    whole = frames(good)[0].data

    def spoiled(at: int, octets: bytes) -> Frame:
        data = whole[:at] + octets + whole[at + len(octets) :]
        return Frame(1, data, len(data))

    arp = Frame(1, bytes(12) + b"\x08\x06" + bytes(28), 42)
    everything: list[Packet | Frame] = [
        good,
        arp,
        spoiled(14, b"\x55"),  # version 5
        spoiled(23, b"\x11"),  # UDP
        spoiled(23, b"\x2f"),  # GRE
        spoiled(20, b"\x00\x10"),  # a later fragment
        spoiled(14, b"\x44"),  # IP header of 16 octets
        spoiled(46, b"\x40"),  # TCP header of 16 octets
        spoiled(46, b"\xf0"),  # TCP header of 60 octets, which the packet has not
        Frame(1, whole[:30], len(whole)),
    ]
    found = read(pcap(everything))
    assert len(found.segments) == 1
    assert found.skipped == {
        "not IP": 2,
        "not TCP": 1,
        "encapsulation not supported": 1,
        "later fragment of a datagram": 1,
        "malformed headers": 3,
        "headers cut by the snap length": 1,
    }
    assert read(pcap([arp], link=147)).skipped == {"link type not supported": 1}


@pytest.mark.parametrize(
    ("options", "bits"),
    [
        (b"", 0),
        (nop(2) + timestamps(7, 9), OPT_TIMESTAMP),
        (timestamps(7, 9), OPT_TIMESTAMP),
        (mss(1460) + b"\x04\x02", OPT_SACK_PERMITTED),
        (nop() + wscale(7), OPT_WINDOW_SCALE | 7 << OPT_SCALE_SHIFT),
        (nop() + wscale(255), OPT_WINDOW_SCALE | 14 << OPT_SCALE_SHIFT),  # RFC 7323 §2.3
        (nop(2) + sack((5101, 5201)), OPT_SACK),
        (nop(2) + sack((4901, 5001)), OPT_SACK | OPT_DSACK),
        (nop(2) + sack((5151, 5161), (5101, 5201)), OPT_SACK | OPT_DSACK),
        (nop(2) + sack((5301, 5401), (5101, 5201)), OPT_SACK),
        (b"\x00" + timestamps(7, 9), 0),  # behind the end of options
        (b"\x08\x0a\x00\x00", 0),  # cut off
        (b"\x1e\x00", 0),  # a length of 0 must not be waited on
        (b"\x1e\x01" + nop(6), 0),
        (b"\x1e", 0),
        (b"\xfd\x04ab" + timestamps(7, 9), OPT_TIMESTAMP),
    ],
)
def test_options(options: bytes, bits: int) -> None:
    wire = Wire()
    wire.c("ACK", options=options, raw_ack=5001)
    (row,) = read(wire.pcap()).segments
    assert row["options"] == bits
    assert row["tsval"] == (7 if bits & OPT_TIMESTAMP else -1)


def test_flags_are_all_eight() -> None:
    wire = Wire()
    flags = (
        "",
        "FIN",
        "SYN",
        "RST",
        "PSH",
        "ACK",
        "URG",
        "ECE",
        "CWR",
        "FIN SYN RST PSH ACK URG ECE CWR",
    )
    for words in flags:
        wire.c(words, raw_seq=1, raw_ack=2)
    assert [row["flags"] for row in read(wire.pcap()).segments] == [
        0, 1, 2, 4, 8, 16, 32, 64, 128, 255
    ]  # fmt: skip
