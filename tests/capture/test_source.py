"""Opening captures: files, pipes, standard input."""

from __future__ import annotations

import gzip
import hashlib
import os
import random
import subprocess
import sys
import threading
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from pcapflow.capture.source import Source, open_capture
from pcapflow.errors import CaptureError

OCTETS = random.Random(1).randbytes(100_000) + bytes(300_000) + random.Random(2).randbytes(9_999)


def read_all(source: Source, size: int = 65_536) -> bytes:
    """Everything the source gives, in reads of `size` octets."""
    view = memoryview(bytearray(size))
    pieces = []
    while got := source.readinto(view):
        pieces.append(bytes(view[:got]))
    return b"".join(pieces)


def opened(tmp_path: Path, octets: bytes, *, hashing: bool = False) -> Source:
    path = tmp_path / "capture"
    path.write_bytes(octets)
    return open_capture(str(path), hashing=hashing)


@pytest.fixture
def pipe() -> Iterator[tuple[str, int]]:
    """A pipe: the name to read it by, and the descriptor to write to (the test may close it)."""
    reader, writer = os.pipe()
    yield f"/dev/fd/{reader}", writer
    os.close(reader)


# ---------------------------------------------------------------- plain


@pytest.mark.parametrize("size", [1_000, 65_536, 1 << 20])
def test_a_file_is_read_whole_in_views_of_any_size(tmp_path: Path, size: int) -> None:
    with opened(tmp_path, OCTETS) as source:
        assert source.format_note == "plain"
        assert read_all(source, size) == OCTETS
        assert source.readinto(memoryview(bytearray(1))) == 0
        assert (source.fault, source.truncated) == (None, False)


def test_a_file_fills_the_view(tmp_path: Path) -> None:
    with opened(tmp_path, OCTETS) as source:
        assert source.readinto(memoryview(bytearray(400_000))) == 400_000
        assert source.readinto(memoryview(bytearray(400_000))) == len(OCTETS) - 400_000


@pytest.mark.parametrize("octets", [b"", b"\x1f", b"\xd4"])
def test_short_files_are_plain(tmp_path: Path, octets: bytes) -> None:
    with opened(tmp_path, octets) as source:
        assert source.format_note == "plain"
        assert read_all(source) == octets


def test_gzip_is_known_by_its_magic_number_not_by_its_name(tmp_path: Path) -> None:
    (tmp_path / "plain.gz").write_bytes(OCTETS)
    (tmp_path / "packed.pcap").write_bytes(gzip.compress(OCTETS))
    with open_capture(str(tmp_path / "plain.gz")) as source:
        assert source.format_note == "plain"
    with open_capture(str(tmp_path / "packed.pcap")) as source:
        assert source.format_note == "gzip"


# ---------------------------------------------------------------- what cannot be opened


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(CaptureError) as caught:
        open_capture(str(tmp_path / "nowhere.pcap"))
    assert str(caught.value) == f"{tmp_path}/nowhere.pcap: no such file."
    assert caught.value.exit_code == 2


def test_a_directory(tmp_path: Path) -> None:
    with pytest.raises(CaptureError, match=r"is a directory, not a capture\. Try: .*\*\.pcap\*"):
        open_capture(str(tmp_path))


def test_a_file_that_may_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")  # root may read everything

    monkeypatch.setattr("io.FileIO", refuse)
    with pytest.raises(CaptureError, match="permission denied"):
        open_capture(str(tmp_path / "secret.pcap"))


def test_a_device_that_fails_names_the_offset() -> None:
    with pytest.raises(CaptureError, match=r"cannot be read on \(.+\) at offset 0\."):
        open_capture("/proc/self/mem")  # address 0 is never mapped


# ---------------------------------------------------------------- pipes and standard input


def test_a_pipe_gives_what_it_has_without_waiting_for_more(pipe: tuple[str, int]) -> None:
    name, writer = pipe
    os.write(writer, OCTETS[:3_000])
    with open_capture(name) as source:
        view = memoryview(bytearray(1 << 20))
        assert source.readinto(view) == 3_000
        os.write(writer, OCTETS[3_000:3_100])
        assert source.readinto(view) == 100
        os.close(writer)
        assert source.readinto(view) == 0


def test_a_gzip_pipe_gives_what_it_has_too(pipe: tuple[str, int]) -> None:
    name, writer = pipe
    packer = zlib.compressobj(wbits=31)
    os.write(writer, packer.compress(OCTETS[:3_000]) + packer.flush(zlib.Z_SYNC_FLUSH))
    with open_capture(name) as source:
        view = memoryview(bytearray(1 << 20))
        assert source.readinto(view) == 3_000
        os.write(writer, packer.flush())
        os.close(writer)
        assert source.readinto(view) == 0
        assert source.fault is None


def test_cancel_wakes_a_reader_that_waits_for_a_pipe(pipe: tuple[str, int]) -> None:
    name, writer = pipe
    os.write(writer, b"\xd4\xc3")
    results: list[int] = []
    with open_capture(name) as source:
        view = memoryview(bytearray(100))
        assert source.readinto(view) == 2
        reader = threading.Thread(target=lambda: results.append(source.readinto(view)))
        reader.start()
        source.cancel()
        reader.join(timeout=60)
        assert results == [0]
    os.close(writer)


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzip"])
def test_standard_input_need_not_be_seekable(packed: bool) -> None:
    script = (
        "from pcapflow.capture.source import open_capture\n"
        "from tests.capture.test_source import read_all\n"
        "import hashlib\n"
        "with open_capture('-', hashing=True) as source:\n"
        "    print(hashlib.sha256(read_all(source)).hexdigest())\n"
        "    print(source.name, source.is_file, source.sha256())\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        input=gzip.compress(OCTETS) if packed else OCTETS,
        cwd=Path(__file__).parents[2],
        capture_output=True,
        check=True,
    )
    digest = hashlib.sha256(OCTETS).hexdigest()
    assert done.stdout.decode().splitlines() == [digest, "- False None"]


# ---------------------------------------------------------------- digests


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
def test_the_digest_is_of_the_file_as_it_lies_on_disk(tmp_path: Path, pack: type[bytes]) -> None:
    on_disk = pack(OCTETS)
    with opened(tmp_path, on_disk, hashing=True) as source:
        assert read_all(source) == OCTETS
        assert source.sha256() == hashlib.sha256(on_disk).hexdigest()


def test_the_digest_covers_what_nobody_read(tmp_path: Path) -> None:
    with opened(tmp_path, OCTETS, hashing=True) as source:
        source.readinto(memoryview(bytearray(10)))
        source.cancel()
        assert source.sha256() == hashlib.sha256(OCTETS).hexdigest()


def test_no_digest_unless_asked(tmp_path: Path) -> None:
    with opened(tmp_path, OCTETS) as source:
        assert source.sha256() is None
