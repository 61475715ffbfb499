"""High bits and large numbers, through the engine in whichever form it runs.

Compiled arithmetic differs in silence: 0xff << 24 becomes negative, seconds * 10**9 overflow.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence

import pytest

from pcapflow.engine.octets import be16, be32, be64, le32, octet, rest_of, span_of
from tests.engine.observed import connections, read
from tests.wire import Packet, Wire, pcap

EDGES = (0, 1, 2**31 - 1, 2**31, 2**31 + 1, 2**32 - 1)
HIGH = bytes([0xFF, 0x80, 0xFE, 0x7F, 0x81])


def span(at: int, width: int) -> Sequence[int]:
    return span_of(HIGH, len(HIGH), at, width)


def test_fixed_width_reads() -> None:
    for at in range(2):
        assert octet(span(at, 1), 0) == HIGH[at]
        assert be16(span(0, 4), at) == be16(span(at, 2), 0)
        assert be32(span(0, 5), at) == be32(span(at, 4), 0)
        assert le32(span(0, 5), at) == le32(span(at, 4), 0)
        assert be16(span(at, 2), 0) == int.from_bytes(HIGH[at : at + 2], "big")
        assert be32(span(at, 4), 0) == int.from_bytes(HIGH[at : at + 4], "big")
        assert le32(span(at, 4), 0) == int.from_bytes(HIGH[at : at + 4], "little")


@pytest.mark.parametrize("high", EDGES)
@pytest.mark.parametrize("low", EDGES)
def test_eight_octets_are_signed_as_columns_are(high: int, low: int) -> None:
    octets = b"\x55" + struct.pack(">II", high, low)
    (value,) = struct.unpack_from(">q", octets, 1)
    assert be64(octets, 1) == be64(rest_of(octets, 1), 0) == value


@pytest.mark.parametrize("width", [1, 2, 4])
@pytest.mark.parametrize("at", [-1, -5, 5, 2**31, 2**40])
def test_spans_beyond_the_buffer(width: int, at: int) -> None:
    with pytest.raises(IndexError):
        span(at, width)
    with pytest.raises(IndexError):
        span(len(HIGH) - width + 1, width)


def a_packet(**fields: object) -> Packet:
    wire = Wire(client="255.254.253.252:65535", server="128.0.0.1:32769")
    return wire.c("ACK", **fields)  # type: ignore[arg-type]


@pytest.mark.parametrize("value", EDGES)
def test_sequence_numbers_and_timestamps(value: int) -> None:
    (row,) = read(pcap([a_packet(raw_seq=value, raw_ack=value, tsval=value)])).segments
    assert (row["seq"], row["ack"], row["tsval"]) == (value, value, value)


def test_addresses_and_ports() -> None:
    (row,) = read(pcap([a_packet(ipid=65535, window=65535)])).segments
    assert row["src_lo"] == int.from_bytes(bytes([255, 254, 253, 252]), "big")
    assert row["dst_lo"] == 0x80000001
    assert row["ports"] == 65535 << 16 | 32769
    assert (row["ip_id"], row["window"]) == (65535, 65535)


@pytest.mark.parametrize(
    "host", ["ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe", "8000::1", "7fff::8000:0:0:0", "::1"]
)
def test_ipv6_addresses_come_back_as_they_were(host: str) -> None:
    wire = Wire(client=f"[{host}]:65535", server="[::ffff:ffff:ffff]:1")
    wire.c("SYN")
    (found,) = connections(wire)
    assert (found.client.ip, found.client.port) == (host, 65535)
    assert found.server.port == 1


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("seconds", EDGES)
@pytest.mark.parametrize("ticks", [0, 999_999_999])
def test_times_past_2038(order: str, seconds: int, ticks: int) -> None:
    header = struct.pack(f"{order}IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, 65535, 1)
    record = struct.pack(f"{order}IIII", seconds, ticks, 0, 0)
    (row,) = read(header + record).records
    assert row["when"] == seconds * 10**9 + ticks


@pytest.mark.parametrize("length", [0x8000_0000, 0xFFFF_FFFF, 0x7FFF_FFFF, 262_145])
@pytest.mark.parametrize("order", ["<", ">"])
def test_lengths_with_the_high_bit(order: str, length: int) -> None:
    header = struct.pack(f"{order}IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1)
    found = read(header + struct.pack(f"{order}IIII", 1, 2, length, length))
    assert found.fault is not None
    assert (found.fault.kind, found.fault.size, found.fault.offset) == ("length", length, 24)


def test_an_original_length_with_the_high_bit_is_no_harm() -> None:
    header = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1)
    (row,) = read(header + struct.pack("<IIII", 1, 2, 0, 0xFFFF_FFFF)).records
    assert row["original"] == 0xFFFF_FFFF
