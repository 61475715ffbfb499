"""Which compressions are known, by their magic numbers, and what unpacks each.

All unpackers have the face of ``bz2.BZ2Decompressor``: they take octets, give at most as many as
they are asked for, and keep the rest of the work for the next call.  Two libraries look different
and are given that face here.  Each library is loaded when the first such capture is met.
"""

from __future__ import annotations

from collections.abc import Callable

from pcapflow.hints import Protocol
from pcapflow.values import Record

_MOST_MEMORY = 1 << 28
"""Octets that xz may need: its strongest preset takes 65 MiB.  zstd's own limit is 128 MiB."""


class Unpacker(Protocol):
    """Unpacks one member (gzip), stream (xz, bzip2) or frame (zstd, lz4), and knows its end."""

    @property
    def eof(self) -> bool:
        """Whether the member is over."""

    @property
    def needs_input(self) -> bool:
        """Whether nothing more comes without further octets."""

    @property
    def unused_data(self) -> bytes | None:
        """What was fed and lies behind the member's end."""

    def decompress(self, data: bytes, max_length: int) -> bytes:
        """Take more packed octets, and give at most ``max_length`` unpacked ones."""


class Tools(Record):
    """What unpacks a member, made anew for each, and what it raises where that is damaged."""

    unpacker: Callable[[], Unpacker]
    error: type[Exception]


class Packing(Record):
    """One form of compression.

    ``ratio`` is the largest expansion that is believed.  The best that a real capture offers,
    64 KiB frames of zeros whose headers differ, is 220 for lz4, 640 for gzip, 3,100 for zstd,
    2,700 for xz and 4,600 for bzip2.  ``load`` raises ImportError where ``library`` is not
    installed, which an extra of pcapflow's with the packing's name would install.
    """

    name: str
    magic: bytes
    ratio: int
    load: Callable[[], Tools]
    library: str


def packing(peek: Callable[[int], bytes]) -> Packing | None:
    """How a stream is packed, whose first octets ``peek`` gives without taking them.

    Asks for no more octets than the magic number needs that the first two may begin: whoever
    writes a pipe may have written no more yet.
    """
    head = peek(2)
    for known in PACKINGS:
        if head == known.magic[:2] and peek(len(known.magic)) == known.magic:
            return known
    return None


def _gzip() -> Tools:
    import zlib

    return Tools(_Gunzip, zlib.error)


def _zstd() -> Tools:
    from zstandard import ZstdError

    return Tools(_Unzstd, ZstdError)


def _lz4() -> Tools:
    from lz4.frame import LZ4FrameDecompressor

    return Tools(LZ4FrameDecompressor, RuntimeError)


def _xz() -> Tools:
    import lzma

    return Tools(
        lambda: lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_MOST_MEMORY), lzma.LZMAError
    )


def _bzip2() -> Tools:
    import bz2

    return Tools(bz2.BZ2Decompressor, OSError)


PACKINGS = (
    Packing("gzip", b"\x1f\x8b", 1_000, _gzip, "zlib"),  # RFC 1952 §2.3.1
    Packing("zstd", b"\x28\xb5\x2f\xfd", 10_000, _zstd, "zstandard"),  # RFC 8878 §3.1.1
    Packing("lz4", b"\x04\x22\x4d\x18", 1_000, _lz4, "lz4"),  # lz4_Frame_format.md
    Packing("xz", b"\xfd7zXZ\0", 10_000, _xz, "lzma"),  # xz-file-format §2.1.1.1
    Packing("bzip2", b"BZh", 10_000, _bzip2, "bz2"),
)


class _Gunzip:
    """One gzip member; zlib hands back what it did not take, and wants it again."""

    def __init__(self) -> None:
        import zlib

        # zlib's way to say: gzip's header and checksum, not zlib's own.
        self._member = zlib.decompressobj(16 + zlib.MAX_WBITS)

    @property
    def eof(self) -> bool:
        return self._member.eof

    @property
    def needs_input(self) -> bool:
        return not self._member.unconsumed_tail

    @property
    def unused_data(self) -> bytes:
        return self._member.unused_data

    def decompress(self, data: bytes, max_length: int) -> bytes:
        return self._member.decompress(self._member.unconsumed_tail + data, max_length)


class _Unzstd:
    """One zstd frame; the library gives all that the octets make, so it gets few at once."""

    _AT_ONCE = 256
    """A block makes 128 KiB of as little as four octets: so much makes 8 MiB at most."""
    _CHUNK = 1 << 15

    def __init__(self) -> None:
        from zstandard import ZstdDecompressor

        self._frame = ZstdDecompressor().decompressobj(write_size=self._CHUNK)
        self._packed = b""
        self._made = b""

    @property
    def eof(self) -> bool:
        return self._frame.eof and not self._made

    @property
    def needs_input(self) -> bool:
        return not self._packed and not self._made

    @property
    def unused_data(self) -> bytes:
        return self._frame.unused_data + self._packed

    def decompress(self, data: bytes, max_length: int) -> bytes:
        packed = self._packed + data
        made = [self._made]
        size, at = len(self._made), 0
        while size < max_length and at < len(packed) and not self._frame.eof:
            made.append(self._frame.decompress(packed[at : at + self._AT_ONCE]))
            size += len(made[-1])
            at += self._AT_ONCE
        octets = b"".join(made)
        self._packed, self._made = packed[at:], octets[max_length:]
        return octets[:max_length]
