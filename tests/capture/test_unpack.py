"""Unpacking captures: whole, in several members, cut, damaged, hostile."""

from __future__ import annotations

import bz2
import gzip
import lzma
import os
import random
import sys
import zlib
from collections.abc import Callable
from pathlib import Path

import lz4.frame
import pytest
import zstandard

from pcapflow.capture import packed, unpack
from pcapflow.capture.source import open_capture
from pcapflow.errors import MissingTool
from pcapflow.values import replace
from tests.capture.test_source import OCTETS, opened, pipe, read_all

__all__ = ["pipe"]

Pack = Callable[[bytes], bytes]
PACK: dict[str, Pack] = {
    "gzip": gzip.compress,
    "zstd": zstandard.ZstdCompressor(write_checksum=True).compress,
    "lz4": lambda octets: bytes(lz4.frame.compress(octets, content_checksum=True)),
    "xz": lzma.compress,
    "bzip2": bz2.compress,
}


@pytest.fixture(params=list(PACK))
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def pack(name: str) -> Pack:
    return PACK[name]


def test_all_packings_are_tested() -> None:
    assert [each.name for each in packed.PACKINGS] == list(PACK)


@pytest.mark.parametrize("size", [1, 999, 1 << 20])
def test_views_of_any_size(tmp_path: Path, name: str, pack: Pack, size: int) -> None:
    octets = OCTETS if size > 1 else OCTETS[:3_000] + bytes(3_000)
    with opened(tmp_path, pack(octets)) as source:
        assert source.format_note == name
        assert read_all(source, size) == octets
        assert (source.fault, source.truncated) == (None, False)


def test_nothing_can_be_packed_too(tmp_path: Path, pack: Pack) -> None:
    with opened(tmp_path, pack(b"")) as source:
        assert read_all(source) == b""
        assert source.fault is None


def test_several_members_follow_each_other(tmp_path: Path, pack: Pack) -> None:
    parts = [OCTETS[:150_000], b"", OCTETS[150_000:]]
    with opened(tmp_path, b"".join(map(pack, parts))) as source:
        assert read_all(source) == OCTETS
        assert source.fault is None


def test_members_may_be_padded_with_zeros(tmp_path: Path, pack: Pack) -> None:
    with opened(tmp_path, pack(OCTETS) + bytes(100_000) + pack(b"more") + bytes(512)) as source:
        assert read_all(source) == OCTETS + b"more"
        assert source.fault is None


def test_a_pipe_gives_what_it_has(pipe: tuple[str, int]) -> None:
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


# ---------------------------------------------------------------- cut


@pytest.mark.parametrize("left", [0.1, 0.5, 0.99])
def test_a_truncated_stream_gives_what_was_before_the_cut(
    tmp_path: Path, name: str, pack: Pack, left: float
) -> None:
    cut = pack(OCTETS)
    cut = cut[: int(left * len(cut))]
    with opened(tmp_path, cut) as source:
        octets = read_all(source)
        assert OCTETS.startswith(octets)
        assert source.fault == f"the {name} stream ends early, after {len(cut):,} octets"
        assert source.truncated


@pytest.mark.parametrize("cut", [2, 9, 20, 60_000, -9, -8, -1])
def test_a_truncated_gzip_stream_gives_all_that_zlib_finds(tmp_path: Path, cut: int) -> None:
    whole = gzip.compress(OCTETS)[:cut]
    with opened(tmp_path, whole) as source:
        assert read_all(source) == zlib.decompressobj(31).decompress(whole)
        assert source.truncated


def test_every_cut_of_a_short_stream_is_reported(tmp_path: Path, name: str, pack: Pack) -> None:
    whole = pack(bytes(1_000) + b"end")
    magic = next(len(each.magic) for each in packed.PACKINGS if each.name == name)
    for cut in range(magic, len(whole)):
        with opened(tmp_path, whole[:cut]) as source:
            read_all(source, 7)
            assert source.truncated, cut


# ---------------------------------------------------------------- damaged


def test_damage_in_the_middle_gives_what_was_before_it(tmp_path: Path) -> None:
    packer = zlib.compressobj(wbits=31)
    good = packer.compress(OCTETS) + packer.flush(zlib.Z_FULL_FLUSH)
    with opened(tmp_path, good + b"\x07" + bytes(1_000)) as source:  # block type 3 is reserved
        assert read_all(source) == OCTETS
        assert source.fault is not None
        assert source.fault.startswith(f"the gzip stream is damaged at octet {len(good) + 1:,} (")
        assert not source.truncated


def test_blocks_before_a_damaged_one_are_given(tmp_path: Path) -> None:
    """Of zstd: the second block is of the reserved type 3."""
    good = zstandard.ZstdCompressor(write_content_size=False).compressobj()
    block = good.compress(OCTETS) + good.flush(zstandard.COMPRESSOBJ_FLUSH_BLOCK)
    with opened(tmp_path, block + b"\x06\0\0" + bytes(1_000)) as source:
        assert read_all(source) == OCTETS
        assert source.fault is not None
        assert source.fault.startswith("the zstd stream is damaged at octet ")
        assert not source.truncated


@pytest.mark.parametrize("size", [1_000, 65_536, 1 << 20])
def test_a_false_checksum_costs_no_octet(tmp_path: Path, name: str, pack: Pack, size: int) -> None:
    whole = bytearray(pack(OCTETS))
    at = {"gzip": -6, "zstd": -2, "lz4": -2, "xz": -33, "bzip2": -6}[name]
    whole[at] ^= 1
    with opened(tmp_path, bytes(whole)) as source:
        assert read_all(source, size) == OCTETS
        assert source.fault is not None
        assert f"the {name} stream is damaged at octet " in source.fault
        assert not source.truncated


@pytest.mark.parametrize("seed", range(40))
def test_what_is_saved_of_a_damaged_stream_does_not_depend_on_the_views(
    tmp_path: Path, name: str, pack: Pack, seed: int
) -> None:
    chance = random.Random(seed)
    runs = [chance.randbytes(200) + bytes(chance.randrange(600)) for _ in range(5)]
    whole = bytearray(pack(b"".join(runs)))
    whole[chance.randrange(10, len(whole))] ^= 1 << chance.randrange(8)
    told = set()
    for size in (1, 13, 1_000, 65_536):
        with opened(tmp_path, bytes(whole)) as source:
            told.add((read_all(source, size), source.fault, source.truncated))
    assert len(told) == 1


def test_what_follows_the_last_member_must_be_one(tmp_path: Path, name: str, pack: Pack) -> None:
    whole = pack(OCTETS)
    with opened(tmp_path, whole + b"something else" * 9) as source:
        assert read_all(source) == OCTETS
        assert source.fault is not None
        assert f"the {name} stream is damaged at octet " in source.fault


def test_a_fault_is_named_at_its_octet(tmp_path: Path) -> None:
    whole = gzip.compress(OCTETS)
    with opened(tmp_path, whole + b"not gzip") as source:
        read_all(source)
        assert source.fault is not None
        assert "incorrect header check" in source.fault
        assert f"octet {len(whole) + 2:,} " in source.fault


def test_a_damaged_pipe_gives_nearly_all_that_was_before_it(
    pipe: tuple[str, int], name: str, pack: Pack
) -> None:
    path, writer = pipe
    octets = random.Random(3).randbytes(20_000)
    os.write(writer, pack(octets) + b"something else" * 9)
    os.close(writer)
    with open_capture(path) as source:
        found = read_all(source)
        assert octets.startswith(found)
        assert len(found) > len(octets) - unpack.STEP
        assert source.fault is not None
        assert f"the {name} stream is damaged before octet " in source.fault


# ---------------------------------------------------------------- hostile


def test_a_bomb_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, pack: Pack
) -> None:
    tame = tuple(replace(each, ratio=100) for each in packed.PACKINGS)
    monkeypatch.setattr(packed, "PACKINGS", tame)
    monkeypatch.setattr(unpack, "RATIO_GRACE", 1 << 20)
    with opened(tmp_path, pack(bytes(50 << 20))) as source:
        given = len(read_all(source))
        assert (1 << 20) < given < (30 << 20)
        assert source.fault is not None
        assert f"the {name} stream expands more than 100-fold" in source.fault
        assert not source.truncated


def test_short_streams_of_one_octet_are_no_bomb(tmp_path: Path, pack: Pack) -> None:
    with opened(tmp_path, pack(bytes(20 << 20))) as source:
        assert len(read_all(source, 1 << 20)) == 20 << 20
        assert source.fault is None


def test_an_unpacker_gives_no_more_than_it_is_asked_for(name: str, pack: Pack) -> None:
    known = next(each for each in packed.PACKINGS if each.name == name)
    member = known.load().unpacker()
    made = member.decompress(pack(bytes(10 << 20)), 1_000)
    for _ in range(20_000):
        assert len(made) <= 1_000
        if member.eof:
            break
        made = member.decompress(b"", 1_000)
    assert member.eof


def test_xz_that_needs_too_much_memory_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packed, "_MOST_MEMORY", 1 << 20)
    with opened(tmp_path, lzma.compress(OCTETS)) as source:
        assert read_all(source) == b""
        assert source.fault is not None
        assert "Memory usage limit exceeded" in source.fault


@pytest.mark.parametrize(("name", "library"), [("zstd", "zstandard"), ("lz4", "lz4")])
def test_a_library_that_is_not_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, library: str
) -> None:
    for module in (library, f"{library}.frame"):
        monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(MissingTool) as caught:
        opened(tmp_path, PACK[name](OCTETS))
    assert str(caught.value) == (
        f"{tmp_path}/capture: unpacking {name} needs {library}, which is not installed. "
        f"Try: pip install pcapflow[{name}]"
    )
    assert caught.value.exit_code == 2
