"""What is decoded at a glance is decoded as it would be with all care.

Most packets take a short way through the engine: ``Decoder`` knows the usual datagram, and
``PcapngRecords`` the usual block.  Without it everything takes the long way, to the same rows.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pcapflow.engine.batch import Batch
from pcapflow.engine.blocks import PcapngRecords
from pcapflow.engine.pump import Feed
from pcapflow.engine.segments import Decoder
from tests.properties import hostile, stateful
from tests.wire import (
    ETHERNET,
    RAW,
    SLL,
    SLL2,
    Frame,
    Packet,
    Pcapng,
    Wire,
    frames,
    mss,
    nop,
    pcap,
    sack,
    timestamps,
    wscale,
)

OPTIONS = (b"", nop(2) + timestamps(7, 9), timestamps(7, 9) + nop(2), nop(2) + sack((5101, 5201)))
V6 = {"client": "[2001:db8::5]:51234", "server": "[2001:db8:ffff::9]:443"}
VALUES = (0, 1, 0x05, 0x06, 0x45, 0x50, 0x7F, 0x80, 0xFF)


class Rows(NamedTuple):
    """All that decoding a capture gives."""

    records: list[dict[str, int]]
    segments: list[dict[str, int]]
    skipped: dict[str, int]
    tcp_packets: int


def rows(octets: bytes, *, thorough: bool) -> Rows:
    decoder, records, segments = Decoder(), [], []
    decoder.thorough = thorough
    feed = Feed(decoder)
    for batch in feed.feed(memoryview(octets), lambda: Batch(64)):
        records += [batch.record(i) for i in range(batch.records)]
        segments += [batch.segment(i) for i in range(batch.count)]
    return Rows(records, segments, decoder.skipped(), decoder.tcp_packets)


def packets() -> Iterator[Packet]:
    """One of each usual form, and a few that are not quite."""
    for ends in ({}, V6):
        for options in OPTIONS:
            wire = Wire(**ends)  # type: ignore[arg-type]
            yield wire.c("PSH ACK", data=3, options=options, raw_ack=5001)
        yield wire.s("SYN ACK", options=mss(1460) + b"\x04\x02" + nop() + wscale(7))


@pytest.mark.parametrize("link", [ETHERNET, RAW, SLL, SLL2])
def test_packets_cut_anywhere(link: int) -> None:
    whole = [frame for packet in packets() for frame in frames(packet, link)]
    cut = [
        Frame(frame.time, frame.data[:kept], length)
        for frame in whole
        for kept in range(len(frame.data) + 1)
        for length in {len(frame.data), kept}
    ]
    octets = pcap(cut, link)
    found = rows(octets, thorough=False)
    assert found == rows(octets, thorough=True)
    assert len(found.segments) > len(whole)


@pytest.mark.parametrize("link", [ETHERNET, RAW])
def test_packets_with_any_octet_changed(link: int) -> None:
    spoiled = [
        Frame(frame.time, frame.data[:at] + bytes([value]) + frame.data[at + 1 :], frame.length)
        for packet in packets()
        for frame in frames(packet, link)
        for at in range(len(frame.data))
        for value in VALUES
    ]
    octets = pcap(spoiled, link)
    assert rows(octets, thorough=False) == rows(octets, thorough=True)


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 2**32))
def test_hostile_captures(seed: int) -> None:
    octets = hostile.capture(seed)
    assert rows(octets, thorough=False) == rows(octets, thorough=True)


def noted(octets: bytes, *, thorough: bool) -> tuple[object, ...]:
    """The packets that a pcapng file's blocks hold, and how reading them ended."""
    reader, batch, found = PcapngRecords(), Batch(7), []
    reader.thorough = thorough
    start, end = 0, len(octets)
    reader.look(memoryview(octets))
    while True:
        start = reader.scan(start, end, 0, batch)
        found += [batch.record(i) for i in range(batch.records)]
        if reader.fault is not None or batch.records < batch.capacity:
            return found, start, reader.frames, reader.fault, reader.fault_offset, reader.fault_size


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 2**32))
def test_stateful_captures(seed: int) -> None:
    octets = stateful.capture(seed)
    assert rows(octets, thorough=False) == rows(octets, thorough=True)
    assert noted(octets, thorough=False) == noted(octets, thorough=True)


def blocks(order: str) -> bytes:
    """Two sections, interfaces of several resolutions, and packets of all kinds, by turns."""
    file, all_packets = Pcapng(), list(packets())
    for resolutions in ([9, None], [6, 0x80 | 10, 3]):
        file.section(order)
        for tsresol in resolutions:
            file.interface(ETHERNET, tsresol=tsresol)
        file.interface(RAW, 60, tsoffset=-3600)
        for number in range(len(resolutions) + 1):
            file.packets(all_packets[:3], interface=number)
            file.packets(all_packets[3:5], interface=number, block="obsolete")
            file.statistics(number, 0, 0, 0)
        file.packets(all_packets[5:6], block="simple")
        file.packets(all_packets, interface=1)
    return file.data


@pytest.mark.parametrize("order", ["<", ">"])
def test_blocks(order: str) -> None:
    octets = blocks(order)
    found = noted(octets, thorough=False)
    assert found == noted(octets, thorough=True)
    assert found[3] is None
    assert found[2] == 2 * (len(list(packets())) + 1) + 7 * 5


@pytest.mark.parametrize("order", ["<", ">"])
def test_blocks_with_any_octet_changed(order: str) -> None:
    octets = bytearray(blocks(order)[:1200])
    for at, value in enumerate(bytes(octets)):
        for other in {0, 1, 0x80, 0xFF, value ^ 4} - {value}:
            octets[at] = other
            spoiled = bytes(octets)
            assert noted(spoiled, thorough=False) == noted(spoiled, thorough=True), (at, other)
        octets[at] = value
