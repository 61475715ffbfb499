"""Reading ahead: the same octets, whatever the sizes; errors and ends arrive where they belong."""

from __future__ import annotations

import gzip
import os
import random
import threading
from pathlib import Path

import pytest

from pcapflow.capture.ahead import ReadAhead
from pcapflow.capture.source import open_capture
from pcapflow.errors import CaptureError

OCTETS = random.Random(3).randbytes(100_000)


def a_file(tmp_path: Path, octets: bytes = OCTETS) -> str:
    path = tmp_path / "capture"
    path.write_bytes(octets)
    return str(path)


def next_octets(ahead: ReadAhead) -> bytes:
    """The next chunk's octets, the chunk released at once."""
    chunk = ahead.next_chunk()
    assert chunk is not None
    octets = bytes(chunk)
    ahead.release(chunk)
    return octets


def read_all(ahead: ReadAhead) -> bytes:
    """Everything, releasing each chunk only when the next one is there, as the engine may."""
    pieces = []
    last = None
    while (chunk := ahead.next_chunk()) is not None:
        if last is not None:
            ahead.release(last)
        last = chunk
        pieces.append(bytes(chunk))
        assert chunk
    return b"".join(pieces)


@pytest.mark.parametrize("buffers", [2, 3, 4])
@pytest.mark.parametrize("octets", [1_000, 9_999, 50_000, 100_000, 100_001])
def test_all_octets_in_order(tmp_path: Path, buffers: int, octets: int) -> None:
    with (
        open_capture(a_file(tmp_path)) as source,
        ReadAhead(source, buffers=buffers, octets=octets) as ahead,
    ):
        assert read_all(ahead) == OCTETS
        assert ahead.next_chunk() is None


def test_gzip_reads_the_same(tmp_path: Path) -> None:
    with (
        open_capture(a_file(tmp_path, gzip.compress(OCTETS))) as source,
        ReadAhead(source, octets=4_096) as ahead,
    ):
        assert read_all(ahead) == OCTETS


def test_a_fault_is_known_when_the_end_is(tmp_path: Path) -> None:
    with (
        open_capture(a_file(tmp_path, gzip.compress(OCTETS)[:50_000])) as source,
        ReadAhead(source, octets=4_096) as ahead,
    ):
        assert OCTETS.startswith(read_all(ahead))
        assert source.truncated


def test_an_empty_file_has_no_chunk(tmp_path: Path) -> None:
    with open_capture(a_file(tmp_path, b"")) as source, ReadAhead(source) as ahead:
        assert ahead.next_chunk() is None


def test_a_short_file_starts_no_thread(tmp_path: Path) -> None:
    before = threading.active_count()
    with open_capture(a_file(tmp_path)) as source, ReadAhead(source) as ahead:
        assert next_octets(ahead) == OCTETS
        assert threading.active_count() == before
        assert ahead.next_chunk() is None


def test_a_buffer_is_not_filled_again_before_it_is_released(tmp_path: Path) -> None:
    with (
        open_capture(a_file(tmp_path)) as source,
        ReadAhead(source, buffers=3, octets=1_000) as ahead,
    ):
        kept = [ahead.next_chunk() or b"", ahead.next_chunk() or b""]
        for number in range(2, 10):
            assert next_octets(ahead) == OCTETS[number * 1_000 : (number + 1) * 1_000]
        assert b"".join(kept) == OCTETS[:2_000]


def test_an_error_of_the_thread_is_raised_behind_the_octets_before_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_capture(a_file(tmp_path)) as source:
        read = source.readinto
        reads = iter(range(3))

        def fails_in_the_end(view: memoryview) -> int:
            if next(reads, None) is None:
                raise CaptureError("capture", "cannot be read on (Input/output error)")
            return read(view)

        monkeypatch.setattr(source, "readinto", fails_in_the_end)
        with ReadAhead(source, octets=1_000) as ahead:
            for number in range(3):
                assert next_octets(ahead) == OCTETS[number * 1_000 : (number + 1) * 1_000]
            with pytest.raises(CaptureError, match="Input/output error"):
                ahead.next_chunk()
            assert ahead.next_chunk() is None


def test_close_ends_a_thread_that_is_ahead(tmp_path: Path) -> None:
    with open_capture(a_file(tmp_path)) as source:
        ahead = ReadAhead(source, octets=1_000)
        ahead.next_chunk()
        ahead.close()
        ahead.close()
        assert ahead.next_chunk() is None
    assert "read-ahead" not in {thread.name for thread in threading.enumerate()}


def test_close_ends_a_thread_that_waits_for_a_pipe() -> None:
    reader, writer = os.pipe()
    os.write(writer, b"\xd4\xc3\xb2\xa1")
    with open_capture(f"/dev/fd/{reader}") as source, ReadAhead(source) as ahead:
        assert next_octets(ahead) == b"\xd4\xc3\xb2\xa1"
    assert "read-ahead" not in {thread.name for thread in threading.enumerate()}
    os.close(reader)
    os.close(writer)


def test_one_buffer_is_refused(tmp_path: Path) -> None:
    with open_capture(a_file(tmp_path)) as source, pytest.raises(ValueError, match="one buffer"):
        ReadAhead(source, buffers=1)
