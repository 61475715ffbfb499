"""A capture that changes while it is read: cut by a log rotation, or still being written."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from pcapflow.engine.batch import Batch
from pcapflow.engine.segments import Decoder
from pcapflow.inputs import Input
from tests.wire import Wire, pcap

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


@pytest.mark.parametrize("left", [0, 1, 15, 16, RECORD - 1])
def test_a_file_cut_while_it_is_read_loses_no_packet_before_the_cut(
    capture: Path, opened: Input, left: int
) -> None:
    first = frames(opened.piece(Batch))
    os.truncate(capture, FILE_HEADER + 200 * RECORD + left)
    assert first + frames(opened.pieces(Batch)) == list(range(1, 201))
    assert opened.fault is None
    if left == 0:
        assert opened.truncated is None
    else:
        assert opened.truncated is not None
        assert f"the file ends within packet 201: {left} octets are left over" in opened.truncated


def test_a_file_cut_to_nothing_while_it_is_read_ends_within_the_packet_being_read(
    capture: Path, opened: Input
) -> None:
    first = frames(opened.piece(Batch))
    os.truncate(capture, 0)
    whole, rest = divmod(PIECE - FILE_HEADER, RECORD)
    assert first + frames(opened.pieces(Batch)) == list(range(1, whole + 1))
    assert opened.truncated is not None
    assert f"within packet {whole + 1}: {rest} octets are left over" in opened.truncated


def test_what_is_written_while_a_file_is_read_is_read_too(capture: Path, opened: Input) -> None:
    octets = capture.read_bytes()
    first = frames(opened.piece(Batch))
    with capture.open("ab") as file:
        file.write(octets[FILE_HEADER:])
    assert first + frames(opened.pieces(Batch)) == list(range(1, 2 * PACKETS + 1))
    assert (opened.truncated, opened.fault) == (None, None)
