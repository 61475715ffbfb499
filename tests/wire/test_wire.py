"""The builder against tshark: what it writes is what another program reads."""

import gzip
import subprocess
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from tests.conftest import need_tool
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
    Pcapng,
    Wire,
    corrupt_length,
    cut,
    destination_options,
    fragment_header,
    frames,
    gzipped,
    hop_by_hop,
    icmp_error,
    in_time_order,
    mss,
    nop,
    pcap,
    pcapng,
    record_offsets,
    routing,
    transcript,
)

Read = Callable[..., list[list[str]]]
FIELDS = ["frame.time_epoch", "tcp.seq_raw", "tcp.ack_raw", "tcp.flags", "tcp.len"]
GOOD, BAD = "1", "0"


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Rows of fields that tshark reads from a capture given as bytes."""
    tshark = need_tool("tshark")

    def read_fields(capture: bytes, *fields: str) -> list[list[str]]:
        path = tmp_path / "capture"
        path.write_bytes(capture)
        command = [tshark, "-n", "-r", str(path), "-T", "fields"]
        command += ["-o", "tcp.check_checksum:TRUE", "-o", "ip.check_checksum:TRUE"]
        for field in fields:
            command += ["-e", field]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        return [line.split("\t") for line in done.stdout.splitlines()]

    return read_fields


def meant(packets: Iterable[Packet], unit: int = 1) -> list[list[str]]:
    """What tshark must read of `packets`, with times cut down to `unit` ns."""
    return [
        [
            _seconds(packet.time // unit * unit),
            packet.source,
            str(packet.seq),
            str(packet.ack),
            f"0x{packet.flags:04x}",
            str(len(packet.payload)),
            GOOD,
        ]
        for packet in packets
        if packet.captured
    ]


def seen(read: Read, capture: bytes, version: int = 4) -> list[list[str]]:
    address = "ip.src" if version == 4 else "ipv6.src"
    return read(capture, FIELDS[0], address, *FIELDS[1:], "tcp.checksum.status")


def _seconds(time: int) -> str:
    return f"{time // 10**9}.{time % 10**9:09d}"


def a_conversation(version: int = 4, **fields: object) -> Wire:
    """A request, its answer, and an orderly close with a lost final ACK."""
    client, server = "10.0.0.5:51234", "10.0.0.9:8080"
    if version == 6:
        client, server = "[2001:db8::5]:51234", "[2001:db8::9]:8080"
    wire = Wire(client, server, client_isn=2**32 - 50, **fields)  # type: ignore[arg-type]
    wire.handshake()
    wire.c("PSH ACK", data=100)
    wire.s("ACK")
    wire.s("PSH ACK", data=b"HTTP/1.1 200 OK\r\n\r\n")
    wire.c("ACK")
    wire.at(+0.5)
    wire.c("FIN ACK")
    fin = wire.s("FIN ACK")
    wire.c("ACK", lost=True)
    wire.at(+0.3)
    wire.s(again=fin)
    wire.c("ACK")
    return wire


# ── link layers ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("version", [4, 6])
@pytest.mark.parametrize("link", [ETHERNET, RAW, NULL, LOOP, SLL, SLL2, C_HDLC, NFLOG])
def test_every_link_type(read: Read, link: int, version: int) -> None:
    wire = a_conversation(version)
    assert seen(read, wire.pcap(link), version) == meant(wire.packets, unit=1000)


@pytest.mark.parametrize(("link", "version"), [(IPV4, 4), (IPV6, 6)])
def test_raw_ip_of_one_version(read: Read, link: int, version: int) -> None:
    wire = a_conversation(version)
    assert seen(read, wire.pcap(link), version) == meant(wire.packets, unit=1000)


@pytest.mark.parametrize("link", [ETHERNET, SLL, SLL2])
def test_vlan_tags(read: Read, link: int) -> None:
    single, double = a_conversation(vlan=(7,)), a_conversation(vlan=(100, 200))
    for wire, tags in ((single, "7"), (double, "100,200")):
        capture = wire.pcap(link)
        assert seen(read, capture) == meant(wire.packets, unit=1000)
        if link != ETHERNET:
            continue
        ids = [",".join(filter(None, row)) for row in read(capture, "ieee8021ad.id", "vlan.id")]
        assert ids == [tags] * len(wire.packets)


def test_cooked_packet_types_follow_the_vantage(read: Read) -> None:
    at_server = Wire(vantage="server")
    at_server.handshake()
    assert read(at_server.pcap(SLL), "sll.pkttype") == [["0"], ["4"], ["0"]]
    assert read(at_server.pcap(SLL2), "sll.pkttype") == [["0"], ["4"], ["0"]]


# ── file forms ──────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("nano", [False, True])
@pytest.mark.parametrize("link", [ETHERNET, NULL, NFLOG])
def test_classic_pcap(read: Read, order: str, nano: bool, link: int) -> None:
    wire = a_conversation(start="2026-01-01T00:00:00.123456Z")
    capture = pcap(wire.packets, link, order, nano)
    assert seen(read, capture) == meant(wire.packets, unit=1 if nano else 1000)
    assert seen(read, gzipped(capture)) == seen(read, capture)
    assert gzip.decompress(gzipped(capture)) == capture


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize(
    ("tsresol", "unit"), [(None, 1000), (6, 1000), (9, 1), (3, 10**6), (0x80 | 3, 125 * 10**6)]
)
def test_pcapng_time_resolutions(read: Read, order: str, tsresol: int | None, unit: int) -> None:
    wire = a_conversation()
    capture = pcapng(wire.packets, order=order, tsresol=tsresol)
    assert seen(read, capture) == meant(wire.packets, unit)


@pytest.mark.parametrize("order", ["<", ">"])
def test_pcapng_sections_interfaces_blocks_and_options(read: Read, order: str) -> None:
    wire = a_conversation()
    other_order = ">" if order == "<" else "<"
    file = Pcapng()
    file.section(order, options=[(2988, b"\0\0\0\x01a custom option")])
    file.interface(RAW, tsresol=9, tsoffset=1_000_000)
    file.interface(ETHERNET, snaplen=60, tsresol=9)
    file.packets(wire.packets[:2], interface=1, options=[(1, b"a comment")])
    file.block(0x0BAD, b"\0\0\0\x01a custom block")
    file.block(0x7777, b"nobody knows this one")
    file.packets(wire.packets[2:4], interface=0, block="obsolete")
    file.statistics(0, wire.start, received=4, dropped=1)
    file.section(other_order)
    file.interface(SLL, tsresol=9)
    file.packets(wire.packets[4:], interface=0)

    rows = seen(read, file.data)

    custom_block = rows.pop(2)  # which Wireshark numbers as a frame of its own
    assert custom_block[1:] == [""] * 6
    expected = meant(wire.packets)
    unverified = "2"  # tshark checks no sum where the snap length cut the options
    expected[0][-1] = expected[1][-1] = unverified
    assert rows == expected
    assert read(file.data, "frame.cap_len")[:2] == [["60"], ["60"]]


def test_simple_packet_blocks_have_no_time(read: Read) -> None:
    wire = a_conversation()
    file = Pcapng()
    file.section()
    file.interface(ETHERNET, snaplen=70)
    file.packets(wire.packets, block="simple")
    rows = read(file.data, "tcp.seq_raw", "frame.len", "frame.cap_len")
    framed = [frames(packet)[0].length for packet in wire.packets]
    assert rows == [
        [str(packet.seq), str(length), str(min(length, 70))]
        for packet, length in zip(wire.packets, framed, strict=True)
    ]


def test_snap_length_cuts_the_payload(read: Read) -> None:
    wire = a_conversation()
    capture = pcap(wire.packets, snaplen=80)
    lengths = read(capture, "frame.len", "frame.cap_len", "tcp.len")
    assert lengths[3] == ["166", "80", "100"]


def test_cut_and_corrupt_length() -> None:
    wire = a_conversation()
    for capture in (pcap(wire.packets), pcap(wire.packets, order=">")):
        offsets = record_offsets(capture)
        assert len(offsets) == len(wire.packets)
        spoiled = corrupt_length(capture, 3, 0x01020304)
        at = offsets[3] + 8
        assert spoiled[at : at + 4] in (b"\1\2\3\4", b"\4\3\2\1")
        assert spoiled[:at] + spoiled[at + 4 :] == capture[:at] + capture[at + 4 :]
        assert cut(capture, 5) == capture[:-5]
    capture = pcapng(wire.packets, order=">") + pcapng(wire.packets)
    offsets = record_offsets(capture)
    assert len(offsets) == 2 * (len(wire.packets) + 2)
    assert corrupt_length(capture, 1, 7)[offsets[1] + 4 : offsets[1] + 8] == b"\0\0\0\7"
    assert corrupt_length(capture, -1, 7)[offsets[-1] + 4 : offsets[-1] + 8] == b"\7\0\0\0"


def test_a_frame_that_is_no_tcp_passes_as_it_is(read: Read) -> None:
    arp = bytes.fromhex("ffffffffffff02000000000c0806") + bytes.fromhex(
        "000108000604000102000000000c0a000005000000000000 0a000009"
    )
    wire = a_conversation()
    capture = pcap([Frame(wire.start, arp, len(arp)), *wire.packets])
    assert read(capture, "frame.protocols")[0] == ["eth:ethertype:arp"]


# ── IP ──────────────────────────────────────────────────────────────────────────────────────────


def test_ipv6_extension_headers(read: Read) -> None:
    chain = (hop_by_hop(), routing(), destination_options(16), fragment_header(9))
    wire = a_conversation(6, extensions=chain)
    assert seen(read, wire.pcap(), version=6) == meant(wire.packets, unit=1000)
    protocols = read(wire.pcap(), "frame.protocols")[0][0]
    assert "ipv6.hopopts:ipv6.routing:ipv6.dstopts:ipv6.fraghdr:tcp" in protocols.replace(
        "ipv6:ipv6.", "ipv6."
    )


def test_ipv4_options(read: Read) -> None:
    router_alert = b"\x94\x04\0\0"
    wire = a_conversation(ip_options=router_alert + b"\x01")
    assert seen(read, wire.pcap()) == meant(wire.packets, unit=1000)
    assert read(wire.pcap(), "ip.hdr_len", "ip.checksum.status")[0] == ["28", GOOD]


@pytest.mark.parametrize("version", [4, 6])
def test_fragments_are_put_together_again(read: Read, version: int) -> None:
    wire = a_conversation(version)
    big = wire.c("PSH ACK", data=100, fragment=48)
    capture = wire.pcap()
    rows = seen(read, capture, version)
    fragments = frames(big)
    assert len(fragments) == 3
    assert len(rows) == len(wire.packets) + 2
    whole = meant([big], unit=1000)[0]
    whole[0] = _seconds(fragments[-1].time)
    assert rows[-1] == whole
    assert rows[-2][2] == ""


def test_bad_checksums(read: Read) -> None:
    wire = a_conversation()
    wire.c("ACK", bad_checksum=True)
    wire.c("ACK", bad_ip_checksum=True)
    rows = read(wire.pcap(), "tcp.checksum.status", "ip.checksum.status")
    assert rows[:-2] == [[GOOD, GOOD]] * (len(rows) - 2)
    assert rows[-2:] == [[BAD, GOOD], [GOOD, BAD]]


# ── the transcript language ─────────────────────────────────────────────────────────────────────


def test_options_are_those_of_a_linux_host(read: Read) -> None:
    wire = Wire(rtt_ms=8)
    wire.handshake()
    first = wire.c("PSH ACK", data=10, lost=True)
    second = wire.c("PSH ACK", data=10)
    wire.s("ACK", sack=[second])
    wire.c(again=first)
    wire.s("ACK", sack=[(1, 11)], window=0)
    rows = read(
        wire.pcap(),
        "tcp.options.mss_val",
        "tcp.options.wscale.shift",
        "tcp.options.timestamp.tsval",
        "tcp.options.timestamp.tsecr",
        "tcp.options.sack_le",
        "tcp.options.sack_re",
        "tcp.window_size_value",
        "tcp.ack_raw",
    )
    assert rows == [
        ["1460", "7", "1000000", "0", "", "", "64240", "0"],
        ["1460", "7", "2000004", "1000000", "", "", "64240", "1001"],
        ["", "", "1000008", "2000004", "", "", "502", "5001"],
        ["", "", "1000008", "2000004", "", "", "502", "5001"],
        ["", "", "1000008", "2000004", "", "", "502", "5001"],
        ["", "", "2000012", "1000008", "11", "21", "502", "1001"],
        ["", "", "1000016", "2000012", "", "", "502", "5001"],
        ["", "", "2000020", "1000016", "1", "11", "0", "1021"],
    ]


def test_options_of_ones_own_and_none(read: Read) -> None:
    wire = Wire(timestamps=False)
    wire.c("SYN", options=mss(536) + nop())
    wire.s("SYN ACK", options=b"")
    wire.c("ACK")
    rows = read(wire.pcap(), "tcp.hdr_len", "tcp.options.mss_val", "tcp.options.timestamp.tsval")
    assert rows == [["28", "536", ""], ["20", "", ""], ["20", "", ""]]


def test_each_end_acknowledges_what_was_delivered() -> None:
    wire = Wire(client_isn=2**32 - 2)
    wire.handshake()
    first = wire.c("PSH ACK", data=10, lost=True)
    fin = wire.c("FIN ACK")
    assert (first.seq, fin.seq, fin.next_seq) == (2**32 - 1, 9, 10)
    assert wire.s("ACK").ack == 2**32 - 1
    wire.c(again=first)
    assert wire.s("ACK").ack == 10


def test_a_retransmission_has_a_new_id_and_timestamp_and_a_duplicate_has_not() -> None:
    wire = Wire()
    wire.handshake()
    fin = wire.c("FIN ACK", lost=True)
    twin = wire.duplicate(fin)
    wire.at(+0.2)
    again = wire.c(again=fin)
    assert frames(twin)[0].data == frames(fin)[0].data
    assert (twin.time - fin.time, wire.packets.index(twin)) == (1000, 4)
    assert (again.seq, again.flags) == (fin.seq, fin.flags)
    assert again.ipid == fin.ipid + 1
    assert (again.tsval or 0) - (fin.tsval or 0) == 200


def test_crossing_packets_do_not_acknowledge_each_other() -> None:
    wire = Wire()
    wire.handshake()
    with wire.crossing():
        client_fin = wire.c("FIN ACK")
        server_fin = wire.s("FIN ACK")
    assert server_fin.ack == client_fin.seq
    assert wire.c("ACK").ack == server_fin.next_seq
    assert wire.s("ACK").ack == client_fin.next_seq


def test_a_refusal_has_sequence_number_0(read: Read) -> None:
    wire = Wire()
    wire.c("SYN")
    wire.s("RST ACK", options=b"")
    assert read(wire.pcap(), "tcp.seq_raw", "tcp.ack_raw")[1] == ["0", "1001"]


def test_times_follow_the_vantage() -> None:
    def gaps(vantage: str) -> list[float]:
        wire = Wire(rtt_ms=10, vantage=vantage)  # type: ignore[arg-type]
        syn, syn_ack, ack = wire.handshake()
        return [(syn_ack.time - syn.time) / 1e6, (ack.time - syn_ack.time) / 1e6]

    assert gaps("between") == [5.01, 5.01]
    assert gaps("client") == [10.01, 0.01]
    assert gaps("server") == [0.01, 10.01]


def test_what_was_not_captured_is_not_in_the_file(read: Read) -> None:
    wire = Wire()
    wire.handshake(captured=False)
    wire.s("FIN ACK", raw_ack=7, captured=True)
    assert read(wire.pcap(), "tcp.seq_raw", "tcp.ack_raw") == [["5001", "7"]]


def test_text_says_the_same_as_code() -> None:
    text = transcript(
        """
        0.000  C > S  SYN
        0.010  S > C  SYN ACK
        0.020  C > S  ACK
        0.021  C > S  PSH ACK  len=100
        0.100  S > C  FIN ACK  ack=101 lost   # the same number as by itself
        0.900  S > C  again=5
        0.910  C > S  RST  seq=102 win=0 id=0 ttl=3
        0.950  C > S  ACK  uncaptured
        """
    )
    wire = Wire()
    for time, end, flags in ((0, "C", "SYN"), (0.01, "S", "SYN ACK"), (0.02, "C", "ACK")):
        wire.at_since_start(time)
        wire.send(end, flags)  # type: ignore[arg-type]
    wire.at(+0.001)
    wire.c("PSH ACK", data=100)
    wire.at_since_start(0.1)
    fin = wire.s("FIN ACK", lost=True)
    wire.at(+0.8)
    wire.s(again=fin)
    wire.at(+0.01)
    wire.c("RST", seq=102, window=0, ipid=0, ttl=3)
    wire.at(+0.04)
    wire.c("ACK", captured=False)
    assert text.packets == wire.packets


def test_text_in_mid_stream_and_without_sense() -> None:
    wire = transcript("0.5 S > C FIN ACK\n0.6 C > S ACK")
    assert [(packet.seq, packet.ack) for packet in wire.packets] == [(5001, 1001), (1001, 5002)]
    with pytest.raises(ValueError, match="no TCP flag is called 'FON'"):
        transcript("0.5 S > C FON")
    with pytest.raises(ValueError, match="expected 'C > S'"):
        transcript("0.5 S FIN")


def test_several_connections_in_one_capture(read: Read) -> None:
    first = a_conversation()
    second = a_conversation(start="2026-01-01T00:00:00.001Z")
    packets = in_time_order(first, second)
    assert seen(read, pcap(packets)) == meant(packets, unit=1000)
    assert [packet.time for packet in packets] == sorted(packet.time for packet in packets)


@pytest.mark.parametrize(
    ("addresses", "router", "protocol"),
    [
        ({}, "10.0.0.1", "icmp"),
        ({"client": "[2001:db8::5]:51234", "server": "[2001:db8::9]:80"}, "2001:db8::1", "icmpv6"),
    ],
)
def test_an_icmp_error_quotes_its_segment(
    read: Read, addresses: dict[str, str], router: str, protocol: str
) -> None:
    wire = Wire(**addresses)  # type: ignore[arg-type]
    syn = wire.c("SYN")
    capture = pcap([syn, icmp_error(syn, router, 1)])
    fields = ("type", "code", "checksum.status")
    found = read(capture, *(f"{protocol}.{field}" for field in fields), "tcp.port")

    kind = "3" if protocol == "icmp" else "1"
    ports = f"{syn.ports[0]},{syn.ports[1]}"
    assert found[1] == [kind, "1", GOOD, ports]
