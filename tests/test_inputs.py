"""A capture that changes while it is read: cut by a log rotation, or still being written."""

from __future__ import annotations

import os
import tracemalloc
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest

from pcapflow.ahead import ahead
from pcapflow.capture.plain import Plain
from pcapflow.engine.batch import Batch
from pcapflow.engine.relay import Relay
from pcapflow.engine.segments import Decoder
from pcapflow.inputs import Input
from tests.wire import Wire, corrupt_length, pcap

FILE_HEADER = 24
RECORD = 16 + 14 + 20 + 20 + 100  # pcap's header, Ethernet, IPv4, TCP, data
PIECE = 4096
PACKETS = 400


@pytest.fixture
def capture(tmp_path: Path) -> Path:
    """A capture of packets of one length, many pieces long."""
    wire = Wire(timestamps=False)
    for _ in range(PACKETS):
        wire.c("ACK", data=100)
    path = tmp_path / "capture.pcap"
    path.write_bytes(pcap(wire.packets))
    assert path.stat().st_size == FILE_HEADER + PACKETS * RECORD
    return path


@pytest.fixture
def opened(capture: Path) -> Iterator[Input]:
    one = Input(str(capture))
    one.open(Decoder(), PIECE, hashing=False, hold=False)
    yield one
    one.close()


def frames(batches: Iterable[Batch]) -> list[int]:
    """The frames of their segments."""
    return [made.segment(i)["frame"] for made in batches for i in range(made.count)]


def in_pieces(one: Input) -> list[int]:
    """The frames of all that is left, read a piece at a time."""
    return frames(one.pieces(Batch))


def ahead_of_us(one: Input) -> list[int]:
    """The same, read in another thread."""
    relay = Relay(64)
    found = []
    with ahead(one.pour, relay, one.cancel):
        while relay.next():
            found += frames([relay.using])
    return found


Read = Callable[[Input], list[int]]
both_ways = pytest.mark.parametrize("read", [in_pieces, ahead_of_us])


@both_ways
@pytest.mark.parametrize("left", [0, 1, 15, 16, RECORD - 1])
def test_a_file_cut_while_it_is_read_loses_no_packet_before_the_cut(
    capture: Path, opened: Input, left: int, read: Read
) -> None:
    first = frames(opened.piece(Batch))
    os.truncate(capture, FILE_HEADER + 200 * RECORD + left)
    assert first + read(opened) == list(range(1, 201))
    assert opened.fault is None
    if left == 0:
        assert opened.truncated is None
    else:
        assert opened.truncated is not None
        assert f"the file ends within packet 201: {left} octets are left over" in opened.truncated


@both_ways
def test_a_file_cut_to_nothing_while_it_is_read_ends_within_the_packet_being_read(
    capture: Path, opened: Input, read: Read
) -> None:
    first = frames(opened.piece(Batch))
    os.truncate(capture, 0)
    whole, rest = divmod(PIECE - FILE_HEADER, RECORD)
    assert first + read(opened) == list(range(1, whole + 1))
    assert opened.truncated is not None
    assert f"within packet {whole + 1}: {rest} octets are left over" in opened.truncated


@both_ways
def test_what_is_written_while_a_file_is_read_is_read_too(
    capture: Path, opened: Input, read: Read
) -> None:
    octets = capture.read_bytes()
    first = frames(opened.piece(Batch))
    with capture.open("ab") as file:
        file.write(octets[FILE_HEADER:])
    assert first + read(opened) == list(range(1, 2 * PACKETS + 1))
    assert (opened.truncated, opened.fault) == (None, None)
    assert opened.octets == capture.stat().st_size


@both_ways
def test_nothing_is_read_behind_damage(
    capture: Path, opened: Input, read: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    capture.write_bytes(corrupt_length(capture.read_bytes(), 199))
    damage = FILE_HEADER + 199 * RECORD
    first = frames(opened.piece(Batch))
    read_on = Plain._read

    def unreadable_behind(source: Plain, view: memoryview) -> int:
        assert source.position <= damage, "a disk that is damaged here fails behind"
        return read_on(source, view)

    monkeypatch.setattr(Plain, "_read", unreadable_behind)
    assert first + read(opened) == list(range(1, 200))
    assert opened.fault is not None
    assert opened.fault.offset == damage
    assert opened.octets == (damage // PIECE + 1) * PIECE


def test_a_capture_that_was_read_holds_no_buffer(capture: Path) -> None:
    """Of a ring of a thousand files all stay known to the end."""
    tracemalloc.start()
    try:
        one = Input(str(capture))
        one.open(Decoder(), 1 << 20, hashing=False, hold=True)
        assert tracemalloc.get_traced_memory()[0] > 1 << 20
        assert len(frames(one.pieces(Batch))) == PACKETS
        one.close()
        assert tracemalloc.get_traced_memory()[0] < 1 << 19
    finally:
        tracemalloc.stop()
    assert one.octets == capture.stat().st_size
