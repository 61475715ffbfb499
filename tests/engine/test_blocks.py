"""pcapng: sections, interfaces, times of all resolutions, kinds of packet blocks, damage."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.engine.captures import Tshark, a_conversation, nanoseconds, tshark
from tests.engine.observed import Read, read
from tests.wire import (
    ETHERNET,
    RAW,
    SLL2,
    Pcapng,
    corrupt_length,
    frames,
    pcapng,
    record_offsets,
)

__all__ = ["tshark"]  # a fixture

PACKETS = a_conversation().packets
BINARY = 0x80


def times(found: Read) -> list[int]:
    return [row["when"] for row in found.records]


def seqs(found: Read) -> list[int]:
    return [row["seq"] for row in found.segments]


def agree(found: Read, rows: list[list[str]], *, within: int = 0) -> None:
    """Frames and times (``within`` ns) as tshark has them: rows of frame.number, time_epoch."""
    assert [int(row[0]) for row in rows] == [row["number"] for row in found.records]
    for theirs, ours in zip(rows, times(found), strict=True):
        assert abs(nanoseconds(theirs[1]) - ours) <= within


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("tsresol", [None, 0, 1, 3, 6, 7, 9, 10])
def test_resolutions_that_are_powers_of_ten(
    tshark: Tshark, order: str, tsresol: int | None
) -> None:
    capture = pcapng(PACKETS, order=order, tsresol=tsresol)
    found = read(capture)
    unit = 10 ** max(0, 9 - (6 if tsresol is None else tsresol))
    assert times(found) == [packet.time // unit * unit for packet in PACKETS]
    agree(found, tshark(capture, "frame.number", "frame.time_epoch"))
    assert seqs(found) == [packet.seq for packet in PACKETS]


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("power", [0, 1, 10, 20, 29, 30, 32])
def test_resolutions_that_are_powers_of_two(tshark: Tshark, order: str, power: int) -> None:
    capture = pcapng(PACKETS, order=order, tsresol=BINARY | power)
    found = read(capture)
    for packet, when in zip(PACKETS, times(found), strict=True):
        assert packet.time - 10**9 // 2**power - 1 <= when <= packet.time
    agree(found, tshark(capture, "frame.number", "frame.time_epoch"), within=1)


@pytest.mark.parametrize("tsresol", [11, 12, 15, BINARY | 34, BINARY | 40])
def test_resolutions_that_need_an_offset(tsresol: int) -> None:
    """Ticks so small that 64 bits do not reach from 1970 to today."""
    file = Pcapng()
    file.section()
    file.interface(tsresol=tsresol, tsoffset=PACKETS[0].time // 10**9)
    file.packets(PACKETS)
    for packet, when in zip(PACKETS, times(read(file.data)), strict=True):
        assert packet.time - 1 <= when <= packet.time


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("tsoffset", [0, 1, 1_000_000_000, -1, -86_400, -(2**31), 2**31])
def test_offsets(order: str, tsoffset: int) -> None:
    file = Pcapng()
    file.section(order)
    file.interface(tsresol=9, tsoffset=tsoffset)
    file.packets(a_conversation(start="2045-01-01T00:00:00Z").packets)
    assert times(read(file.data)) == [
        packet.time for packet in a_conversation(start="2045-01-01T00:00:00Z").packets
    ]


@pytest.mark.parametrize("tsoffset", [0, 3600, -3600])
def test_offsets_as_tshark_reads_them(tshark: Tshark, tsoffset: int) -> None:
    file = Pcapng()
    file.section()
    file.interface(tsresol=6, tsoffset=tsoffset)
    file.packets(PACKETS)
    agree(read(file.data), tshark(file.data, "frame.number", "frame.time_epoch"))


@pytest.mark.parametrize(
    "start", ["1970-01-02T00:00:00Z", "2038-01-19T03:14:08Z", "2199-01-01T00:00:00Z"]
)
@pytest.mark.parametrize("tsresol", [6, 9, BINARY | 30])
def test_times_past_2038(start: str, tsresol: int) -> None:
    packets = a_conversation(start=start).packets
    for packet, when in zip(packets, times(read(pcapng(packets, tsresol=tsresol))), strict=True):
        assert packet.time - 1000 <= when <= packet.time


def test_an_absurd_time_repeats_the_last_one() -> None:
    file = Pcapng()
    file.section()
    file.interface(tsresol=9)
    file.packets(PACKETS[:1])
    body = struct.pack("<IIIII", 0, 0xFFFF_FFFF, 0xFFFF_FFFF, 0, 0)
    file.block(6, body)
    file.packets(PACKETS[1:2])
    assert times(read(file.data)) == [PACKETS[0].time, PACKETS[0].time, PACKETS[1].time]


def test_several_interfaces_of_their_own_link_types_and_clocks(tshark: Tshark) -> None:
    file = Pcapng()
    file.section()
    resolutions = ((ETHERNET, 9), (RAW, 6), (SLL2, BINARY | 20))
    for link, tsresol in resolutions:
        file.interface(link, tsresol=tsresol)
    for number, packet in enumerate(PACKETS):
        file.packets([packet], interface=number % 3)
    found = read(file.data)
    assert [row["interface"] for row in found.records] == [n % 3 for n in range(len(PACKETS))]
    assert [row["link"] for row in found.records] == [
        resolutions[n % 3][0] for n in range(len(PACKETS))
    ]
    assert seqs(found) == [packet.seq for packet in PACKETS]
    assert found.links == ("ETHERNET", "RAW", "LINUX_SLL2")
    agree(found, tshark(file.data, "frame.number", "frame.time_epoch"), within=1)


def test_an_interface_may_be_described_late_and_many_may_be() -> None:
    file = Pcapng()
    file.section()
    for number, packet in enumerate(PACKETS * 6):
        file.interface(RAW if number % 2 else ETHERNET, tsresol=9)
        file.packets([packet], interface=number)
    found = read(file.data)
    assert [row["interface"] for row in found.records] == list(range(6 * len(PACKETS)))
    assert seqs(found) == [packet.seq for packet in PACKETS] * 6


@pytest.mark.parametrize("orders", ["<>", "><", "<<", ">>"])
def test_several_sections_of_either_byte_order(tshark: Tshark, orders: str) -> None:
    file = Pcapng()
    for order in orders:
        file.section(order)
        file.interface(RAW if order == "<" else ETHERNET, tsresol=9)
        file.packets(PACKETS)
    found = read(file.data)
    assert seqs(found) == [packet.seq for packet in PACKETS] * 2
    assert times(found) == [packet.time for packet in PACKETS] * 2
    assert [row["interface"] for row in found.records] == [0] * len(PACKETS) + [1] * len(PACKETS)
    agree(found, tshark(file.data, "frame.number", "frame.time_epoch"))


@pytest.mark.parametrize("block", ["enhanced", "obsolete"])
@pytest.mark.parametrize("order", ["<", ">"])
def test_kinds_of_packet_blocks(tshark: Tshark, block: str, order: str) -> None:
    file = Pcapng()
    file.section(order, options=[(1, b"a comment")])
    file.interface(ETHERNET, snaplen=80, tsresol=9, options=[(2, b"eth0"), (9999, b"?????")])
    file.packets(PACKETS, block=block, options=[(1, b"of a packet"), (2, b"\0\0\0\1")])
    found = read(file.data)
    sent = [frames(packet)[0] for packet in PACKETS]
    assert times(found) == [packet.time for packet in PACKETS]
    assert [row["captured"] for row in found.records] == [min(80, f.length) for f in sent]
    assert [row["original"] for row in found.records] == [f.length for f in sent]
    head = 28
    starts = record_offsets(file.data)[2:]
    assert [row["offset"] for row in found.segments] == [at + head for at in starts]
    agree(found, tshark(file.data, "frame.number", "frame.time_epoch"))


def test_simple_packet_blocks_have_no_time_and_belong_to_the_first_interface() -> None:
    file = Pcapng()
    file.section()
    file.interface(ETHERNET, snaplen=70, tsresol=9)
    file.interface(RAW)
    file.packets(PACKETS[:1])
    file.packets(PACKETS[1:], block="simple")
    found = read(file.data)
    assert seqs(found) == [packet.seq for packet in PACKETS]
    assert times(found) == [PACKETS[0].time] * len(PACKETS)
    assert all(row["captured"] <= 70 for row in found.records)
    assert [row["original"] for row in found.records] == [
        frames(packet)[0].length for packet in PACKETS
    ]
    assert [row["offset"] for row in found.segments[1:]] == [
        at + 12 for at in record_offsets(file.data)[4:]
    ]


def test_other_blocks_are_skipped(tshark: Tshark) -> None:
    file = Pcapng()
    file.section()
    file.block(0x0000_0BBB, b"unknown!" * 900)
    file.interface(tsresol=9)
    file.block(4, b"\0" * 8)  # name resolution
    file.packets(PACKETS[:4])
    file.statistics(0, PACKETS[-1].time, 10, 1)
    file.block(10, b"TLSK" + bytes(8))  # decryption secrets
    file.block(0x8000_0BBB, bytes(200_000))
    file.packets(PACKETS[4:])
    found = read(file.data)
    assert seqs(found) == [packet.seq for packet in PACKETS]
    agree(found, tshark(file.data, "frame.number", "frame.time_epoch"))


def test_custom_blocks_have_frame_numbers_as_in_wireshark(tshark: Tshark) -> None:
    """It lists a custom block as a frame, and a display filter must find our frame numbers."""
    file = Pcapng()
    file.section()
    file.interface(tsresol=9)
    file.packets(PACKETS[:2])
    file.block(0x0000_0BAD, struct.pack("<I", 32_473) + b"unknown!")  # RFC 5612's example PEN
    file.packets(PACKETS[2:])
    theirs = tshark(file.data, "frame.number", "tcp.seq_raw")
    ours = [[str(row["frame"]), str(row["seq"])] for row in read(file.data).segments]
    assert [row for row in theirs if row[1:] not in ([], [""])] == ours


def a_rich_file() -> bytes:
    file = Pcapng()
    for order in "<>":
        file.section(order)
        file.interface(ETHERNET, tsresol=9)
        file.block(0x0000_0BBB, b"unknown!" * 30)
        file.packets(PACKETS[:3])
        file.interface(RAW, tsresol=BINARY | 20)
        file.packets(PACKETS[3:6], interface=1)
        file.packets(PACKETS[6:], block="obsolete")
        file.statistics(0, PACKETS[-1].time, 10, 1)
    return file.data


RICH = a_rich_file()


@given(st.lists(st.integers(0, 500), max_size=30), st.integers(1, 8))
@settings(max_examples=60, deadline=None)
def test_where_the_pieces_end_makes_no_difference(sizes: list[int], capacity: int) -> None:
    whole, pieced = read(RICH), read(RICH, sizes, capacity=capacity)
    for rows in (whole.records, pieced.records):
        for row in rows:
            row.pop("start")
    assert pieced == whole


def test_octet_by_octet() -> None:
    assert read(RICH, [1] * len(RICH)).segments == read(RICH).segments


@given(st.integers(24, len(RICH)), st.lists(st.integers(1, 300), max_size=8))
@settings(max_examples=60, deadline=None)
def test_a_file_that_ends_anywhere(left: int, sizes: list[int]) -> None:
    found = read(RICH[:left], sizes)
    offsets = [*record_offsets(RICH), len(RICH)]
    complete = [at for at in offsets if at <= left]
    if left in offsets:
        assert found.fault is None
    else:
        assert found.fault is not None
        assert (found.fault.kind, found.fault.frame) == ("cut", len(found.records) + 1)
        # A block that is skipped unread is not held: of it only the end is known to lack.
        assert complete[-1] <= found.fault.offset <= left
    assert seqs(found) == seqs(read(RICH))[: len(found.records)]


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("block", [0, 1, 2, 6])
@pytest.mark.parametrize("length", [0, 8, 11, 13, 0x0200_0000, 0xFFFF_FFF0])
@pytest.mark.parametrize("sizes", [(), (1,) * 2000])
def test_block_lengths_that_cannot_be(
    order: str, block: int, length: int, sizes: tuple[int, ...]
) -> None:
    intact = pcapng(PACKETS, order=order)
    found = read(corrupt_length(intact, block, length), sizes)
    assert found.fault is not None
    assert found.fault.kind == "block length"
    assert (found.fault.offset, found.fault.size) == (record_offsets(intact)[block], length)
    assert found.fault.frame == len(found.records) + 1 == max(0, block - 2) + 1


@pytest.mark.parametrize("sizes", [(), (200, 100), (1,) * 2000])
def test_an_interface_block_without_room_for_itself(sizes: tuple[int, ...]) -> None:
    file = Pcapng()
    file.section()
    file.interface()
    file.packets(PACKETS[:3])
    start = len(file.data)
    file.block(1, bytes(4))
    fault = read(file.data, sizes).fault
    assert fault is not None
    assert (fault.kind, fault.frame) == ("block length", 4)
    assert (fault.offset, fault.size) == (start, 16)


def test_two_lengths_that_differ() -> None:
    intact = pcapng(PACKETS)
    at = record_offsets(intact)[4] - 4
    spoiled = intact[:at] + struct.pack("<I", 12) + intact[at + 4 :]
    found = read(spoiled)
    assert found.fault is not None
    assert (found.fault.kind, found.fault.frame) == ("block trailer", 2)
    assert found.fault.offset == record_offsets(intact)[3]


def test_an_interface_that_was_never_described() -> None:
    file = Pcapng()
    file.section()
    file.interface()
    file.packets(PACKETS[:2])
    start = len(file.data)
    file.block(6, struct.pack("<IIIII", 7, 0, 0, 0, 0))
    found = read(file.data)
    assert found.fault is not None
    assert (found.fault.kind, found.fault.frame) == ("unknown interface", 3)
    assert (found.fault.offset, found.fault.size) == (start, 7)


def test_the_interfaces_of_an_earlier_section_are_gone() -> None:
    file = Pcapng()
    file.section()
    file.interface()
    file.interface()
    file.section()
    file.interface()
    file.block(6, struct.pack("<IIIII", 1, 0, 0, 0, 0))
    fault = read(file.data).fault
    assert fault is not None
    assert (fault.kind, fault.size) == ("unknown interface", 1)


def test_a_byte_order_magic_that_is_none() -> None:
    capture = pcapng(PACKETS)
    fault = read(capture[:8] + b"\x01\x02\x03\x04" + capture[12:]).fault
    assert fault is not None
    assert (fault.kind, fault.offset, fault.size) == ("byte-order magic", 0, 0x01020304)


def test_a_packet_longer_than_its_block() -> None:
    file = Pcapng()
    file.section()
    file.interface()
    start = len(file.data)
    file.block(6, struct.pack("<IIIII", 0, 0, 0, 5000, 5000) + bytes(100))
    fault = read(file.data).fault
    assert fault is not None
    assert (fault.kind, fault.frame, fault.offset, fault.size) == ("length", 1, start, 5000)
