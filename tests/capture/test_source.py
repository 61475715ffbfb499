"""Opening captures: files, pipes, standard input, gzip whole and broken, hostile and empty."""

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

from pcapflow.capture import gunzip
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


# ---------------------------------------------------------------- gzip


@pytest.mark.parametrize("size", [1, 999, 1 << 20])
def test_gzip_in_views_of_any_size(tmp_path: Path, size: int) -> None:
    octets = OCTETS if size > 1 else OCTETS[:3_000] + bytes(3_000)
    with opened(tmp_path, gzip.compress(octets)) as source:
        assert read_all(source, size) == octets
        assert source.fault is None


def test_several_members_follow_each_other(tmp_path: Path) -> None:
    parts = [OCTETS[:150_000], b"", OCTETS[150_000:]]
    with opened(tmp_path, b"".join(map(gzip.compress, parts))) as source:
        assert read_all(source) == OCTETS
        assert source.fault is None


def test_members_may_be_padded_with_zeros(tmp_path: Path) -> None:
    packed = gzip.compress(OCTETS) + bytes(100_000) + gzip.compress(b"more") + bytes(512)
    with opened(tmp_path, packed) as source:
        assert read_all(source) == OCTETS + b"more"
        assert source.fault is None


@pytest.mark.parametrize("cut", [2, 9, 20, 60_000, -9, -8, -1])
def test_a_truncated_stream_gives_what_was_before_the_cut(tmp_path: Path, cut: int) -> None:
    packed = gzip.compress(OCTETS)[:cut]
    with opened(tmp_path, packed) as source:
        octets = read_all(source)
        assert OCTETS.startswith(octets)
        assert octets == zlib.decompressobj(31).decompress(packed)
        assert source.fault == f"the gzip stream ends early, after {len(packed):,} octets"
        assert source.truncated


def test_every_cut_of_a_short_stream_is_reported(tmp_path: Path) -> None:
    packed = gzip.compress(bytes(1_000) + b"end")
    for cut in range(2, len(packed)):
        with opened(tmp_path, packed[:cut]) as source:
            read_all(source, 7)
            assert source.truncated, cut


def test_damage_in_the_middle_gives_what_was_before_it(tmp_path: Path) -> None:
    packer = zlib.compressobj(wbits=31)
    good = packer.compress(OCTETS) + packer.flush(zlib.Z_FULL_FLUSH)
    with opened(tmp_path, good + b"\x07" + bytes(1_000)) as source:  # block type 3 is reserved
        assert read_all(source) == OCTETS
        assert source.fault is not None
        assert source.fault.startswith(f"the gzip stream is damaged at octet {len(good) + 1:,} (")
        assert not source.truncated


@pytest.mark.parametrize("size", [1_000, 65_536, 1 << 20])
def test_a_flipped_bit_never_gives_more_than_its_own_damage(tmp_path: Path, size: int) -> None:
    packed = bytearray(gzip.compress(OCTETS))
    packed[-6] ^= 1  # the checksum
    with opened(tmp_path, bytes(packed)) as source:
        assert read_all(source, size) == OCTETS
        assert source.fault is not None
        assert "incorrect data check" in source.fault
        assert not source.truncated


@pytest.mark.parametrize("seed", range(40))
def test_what_is_saved_of_a_damaged_stream_does_not_depend_on_the_views(
    tmp_path: Path, seed: int
) -> None:
    chance = random.Random(seed)
    runs = [chance.randbytes(200) + bytes(chance.randrange(600)) for _ in range(5)]
    packed = bytearray(gzip.compress(b"".join(runs), chance.choice([1, 6, 9])))
    packed[chance.randrange(10, len(packed))] ^= 1 << chance.randrange(8)
    told = set()
    for size in (1, 13, 1_000, 65_536):
        with opened(tmp_path, bytes(packed)) as source:
            told.add((read_all(source, size), source.fault, source.truncated))
    assert len(told) == 1


def test_what_follows_the_last_member_must_be_gzip(tmp_path: Path) -> None:
    packed = gzip.compress(OCTETS)
    with opened(tmp_path, packed + b"not gzip") as source:
        assert read_all(source) == OCTETS
        assert source.fault is not None
        assert "incorrect header check" in source.fault
        assert f"octet {len(packed) + 2:,} " in source.fault


def test_a_bomb_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gunzip, "MAX_RATIO", 100)
    monkeypatch.setattr(gunzip, "RATIO_GRACE", 1 << 20)
    with opened(tmp_path, gzip.compress(bytes(50 << 20))) as source:
        given = len(read_all(source))
        assert (1 << 20) < given < (20 << 20)
        assert source.fault is not None
        assert "expands more than 100-fold" in source.fault
        assert not source.truncated


def test_short_streams_of_one_octet_are_no_bomb(tmp_path: Path) -> None:
    with opened(tmp_path, gzip.compress(bytes(20 << 20))) as source:
        assert len(read_all(source, 1 << 20)) == 20 << 20
        assert source.fault is None
