"""A file drained is the same file fed: by whatever pieces, and wherever it is damaged or cut."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest

from pcapflow.engine.batch import Batch
from pcapflow.engine.pump import Fault, Feed
from pcapflow.engine.relay import Relay
from pcapflow.engine.segments import Decoder
from tests.wire import Wire, corrupt_length, cut, pcap, pcapng

PLACES = 8  # of a relay: so many batches and no more may lie in it while nobody takes them
ROOM = 1000


class Passed(NamedTuple):
    """What went through: frames with their offsets, octets read, and where it was damaged."""

    segments: list[tuple[int, int]]
    octets: int
    fault: Fault | None


def a_capture(form: str, *, packets: int = 60, data: int = 400) -> bytes:
    wire = Wire()
    for _ in range(packets):
        wire.c("PSH ACK", data=data)
    return pcap(wire.packets) if form == "pcap" else pcapng(wire.packets)


def fed(octets: bytes) -> Passed:
    feed = Feed(Decoder())
    batch = Batch(ROOM)
    found = [
        each for made in feed.feed(memoryview(octets), lambda: batch) for each in segments(made)
    ]
    feed.close()
    return Passed(found, len(octets), feed.fault)


def segments(batch: Batch) -> list[tuple[int, int]]:
    rows = [batch.segment(i) for i in range(batch.count)]
    return [(row["frame"], row["offset"]) for row in rows]


def drained(octets: bytes, path: Path, *, piece: int, front: int, head: int = 100) -> Passed:
    """The same by ``drain`` behind the first ``head`` octets, again where it comes back early."""
    path.write_bytes(octets)
    feed = Feed(Decoder(), hold=True)
    relay = Relay(ROOM, PLACES)
    feed.into(relay)
    buffer = memoryview(bytearray(front + piece))
    with path.open("rb", buffering=0) as file:
        taken = 0
        while more := file.read(piece if taken else head):
            taken += len(more)
            assert not list(feed.feed(memoryview(more), lambda: relay.filling))
            feed.drain(file.fileno(), buffer, front)
    list(feed.rest())
    feed.close()
    relay.end()
    found = []
    while relay.next():
        found += segments(relay.using)
    return Passed(found, taken + feed.drained, feed.fault)


@pytest.mark.parametrize("form", ["pcap", "pcapng"])
@pytest.mark.parametrize("piece", [500, 1000, 4096, 100_000])
@pytest.mark.parametrize("front", [0, 64, 700, 4096])
def test_a_file_in_pieces_of_any_size(form: str, piece: int, front: int, tmp_path: Path) -> None:
    octets = a_capture(form)
    whole = fed(octets)
    assert len(whole.segments) == 60
    assert drained(octets, tmp_path / "capture", piece=piece, front=front) == whole


@pytest.mark.parametrize("form", ["pcap", "pcapng"])
def test_a_record_longer_than_piece_and_room(form: str, tmp_path: Path) -> None:
    octets = a_capture(form, packets=5, data=20_000)
    whole = fed(octets)
    assert len(whole.segments) == 5
    assert drained(octets, tmp_path / "capture", piece=3000, front=100) == whole


@pytest.mark.parametrize("form", ["pcap", "pcapng"])
@pytest.mark.parametrize("record", [3, 30, 59])
def test_damage_ends_it_where_it_lies(form: str, record: int, tmp_path: Path) -> None:
    octets = corrupt_length(a_capture(form), record)
    whole = fed(octets)
    assert whole.fault is not None
    found = drained(octets, tmp_path / "capture", piece=2000, front=1000)
    assert (found.segments, found.fault) == (whole.segments, whole.fault)


@pytest.mark.parametrize("form", ["pcap", "pcapng"])
@pytest.mark.parametrize("missing", [1, 200, 480, 3001])
def test_a_cut_file_ends_within_a_packet(form: str, missing: int, tmp_path: Path) -> None:
    octets = cut(a_capture(form), missing)
    whole = fed(octets)
    assert whole.fault is not None
    assert whole.fault.kind == "cut"
    assert drained(octets, tmp_path / "capture", piece=2000, front=1000) == whole


def test_what_cannot_be_read_is_left_to_whoever_can_say_why(tmp_path: Path) -> None:
    octets = a_capture("pcap")
    feed = Feed(Decoder(), hold=True)
    feed.into(Relay(ROOM, PLACES))
    list(feed.feed(memoryview(octets[:1000]), lambda: Batch(ROOM)))
    with tmp_path.joinpath("new").open("wb", buffering=0) as written:
        feed.drain(written.fileno(), memoryview(bytearray(4096)), 2048)
    assert (feed.drained, feed.fault) == (0, None)
    list(feed.feed(memoryview(octets[1000:]), lambda: Batch(ROOM)))
    assert feed.frames == 60


def test_nobody_reads_beyond_the_buffer(tmp_path: Path) -> None:
    octets = a_capture("pcap")
    feed = Feed(Decoder(), hold=True)
    feed.into(Relay(ROOM, PLACES))
    list(feed.feed(memoryview(octets[:1000]), lambda: Batch(ROOM)))
    path = tmp_path / "capture"
    path.write_bytes(octets[1000:])
    with path.open("rb", buffering=0) as file, pytest.raises(IndexError):
        feed.drain(file.fileno(), memoryview(bytearray(2048)), 2048)
