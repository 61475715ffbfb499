"""Classic pcap: every form, pieces of any size, and damage."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.engine.captures import Tshark, a_conversation, nanoseconds, tshark
from tests.engine.observed import read, report
from tests.wire import Frame, corrupt_length, cut, frames, pcap, record_offsets

__all__ = ["tshark"]  # a fixture

PACKETS = a_conversation().packets
DAYS = (
    "1970-01-01T00:00:01Z",
    "2026-01-01T00:00:00Z",
    "2038-01-19T03:14:08Z",
    "2106-01-01T00:00:00Z",
)


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("nano", [False, True])
@pytest.mark.parametrize("start", DAYS)
def test_every_form(tshark: Tshark, order: str, nano: bool, start: str) -> None:
    wire = a_conversation(start=start)
    capture = pcap(wire.packets, order=order, nano=nano, snaplen=90)
    found = read(capture)
    unit = 1 if nano else 1000
    sent = [frames(packet)[0] for packet in wire.packets]
    assert [row["when"] for row in found.records] == [f.time // unit * unit for f in sent]
    assert [row["original"] for row in found.records] == [f.length for f in sent]
    assert [row["captured"] for row in found.records] == [min(90, f.length) for f in sent]
    assert [row["number"] for row in found.records] == list(range(1, len(sent) + 1))
    assert [row["offset"] for row in found.segments] == [at + 16 for at in record_offsets(capture)]
    theirs = tshark(capture, "frame.number", "frame.time_epoch", "frame.len", "frame.cap_len")
    if start != DAYS[-1]:  # tshark takes the seconds of a pcap file for signed
        assert [[int(row[0]), nanoseconds(row[1])] for row in theirs] == [
            [row["number"], row["when"]] for row in found.records
        ]
    assert [row[2:] for row in theirs] == [
        [str(row["original"]), str(row["captured"])] for row in found.records
    ]
    assert (
        found.form
        == f"pcap ({'little' if order == '<' else 'big'}-endian, {'ns' if nano else 'µs'})"
    )
    assert found.links == ("ETHERNET",)
    assert found.fault is None


def test_the_upper_half_of_the_link_type_is_not_the_link_type() -> None:
    """The frame check sequence's length stands there (draft-ietf-opsawg-pcap §4)."""
    capture = bytearray(pcap(PACKETS))
    capture[20:24] = struct.pack("<I", 0x1400_0001 | 4 << 28)
    found = read(bytes(capture))
    assert len(found.segments) == len(PACKETS)


def test_kuznetzovs_variant_has_longer_record_headers() -> None:
    plain = pcap(PACKETS)
    capture = struct.pack("<I", 0xA1B2CD34) + plain[4:24]
    for at in record_offsets(plain):
        captured = struct.unpack_from("<I", plain, at + 8)[0]
        capture += plain[at : at + 16] + bytes(8) + plain[at + 16 : at + 16 + captured]
    found = read(capture)
    assert [row["seq"] for row in found.segments] == [packet.seq for packet in PACKETS]


@given(st.lists(st.integers(0, 400), max_size=30), st.integers(1, 8), st.booleans())
@settings(max_examples=60, deadline=None)
def test_where_the_pieces_end_makes_no_difference(
    sizes: list[int], capacity: int, big: bool
) -> None:
    capture = pcap(PACKETS, order=">" if big else "<")
    whole, pieced = read(capture), read(capture, sizes, capacity=capacity)
    for rows in (whole.records, pieced.records):
        for row in rows:
            row.pop("start")  # within the piece
    assert pieced == whole


def test_octet_by_octet() -> None:
    capture = pcap(PACKETS)
    assert read(capture, [1] * len(capture)).segments == read(capture).segments
    assert list(report(capture, [1] * len(capture)).connections()) == list(
        report(capture).connections()
    )


@given(st.integers(0, len(pcap(PACKETS))), st.lists(st.integers(1, 300), max_size=8))
@settings(max_examples=60, deadline=None)
def test_a_file_that_ends_anywhere(left: int, sizes: list[int]) -> None:
    capture = pcap(PACKETS)[:left]
    found = read(capture, sizes)
    offsets = [*record_offsets(pcap(PACKETS)), len(pcap(PACKETS))]
    complete = sum(end <= left for end in offsets[1:])
    assert len(found.records) == complete
    if left == 0:
        assert found.fault is not None
        assert found.fault.kind == "empty"
    elif left < 24:
        assert found.fault is not None
        assert found.fault.kind == "unknown"
    elif left in offsets:
        assert found.fault is None
    else:
        start = max(at for at in offsets if at < left)
        assert found.fault is not None
        assert found.fault.kind == "cut"
        assert (found.fault.frame, found.fault.offset) == (complete + 1, start)
        assert found.fault.size == left - start


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("record", [0, 4, 8])
@pytest.mark.parametrize("sizes", [(), (1,) * 400, (100, 3)])
def test_a_length_that_cannot_be(order: str, record: int, sizes: tuple[int, ...]) -> None:
    capture = corrupt_length(pcap(PACKETS, order=order), record)
    found = read(capture, sizes)
    assert len(found.records) == record
    assert found.fault is not None
    assert found.fault.kind == "length"
    assert found.fault.frame == record + 1
    assert found.fault.offset == record_offsets(pcap(PACKETS))[record]
    assert found.fault.size == 0xFFFF_FFF0


def test_what_is_no_capture() -> None:
    for octets in (b"\x7fELF" + bytes(60), b"GIF89a" + bytes(30), b"\xff" * 24):
        fault = read(octets).fault
        assert fault is not None
        assert (fault.kind, fault.frame, fault.magic) == ("unknown", 1, octets[:4])


def test_a_packet_of_no_octets_and_one_of_the_greatest_length() -> None:
    none, most = Frame(1, b"", 0), Frame(2, bytes(262_144), 262_144)
    found = read(pcap([none, most, none]))
    assert [row["captured"] for row in found.records] == [0, 262_144, 0]
    assert found.skipped == {"headers cut by the snap length": 2, "not IP": 1}
    assert found.fault is None


def test_cut_within_the_last_packet_keeps_the_rest() -> None:
    (found,) = report(cut(pcap(PACKETS), 5)).connections()
    assert sum(found.packets) == len(PACKETS) - 1
