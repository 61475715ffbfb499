"""Blocks of a pcapng capture, for whoever writes one.

The format: draft-ietf-opsawg-pcapng.  Little-endian, times in nanoseconds.
"""

from __future__ import annotations

import struct

from pcapflow import _version

PACKET = 6  # an enhanced packet block
HEAD = struct.Struct("<IIIIIII")  # what stands in it before the packet's octets
LENGTH = struct.Struct("<I")  # and behind them and their padding, where there are no options
AROUND = HEAD.size + LENGTH.size
PADDING = tuple(bytes(-n % 4) for n in range(4))
"""By the octets that are over four."""

_SECTION, _INTERFACE = 0x0A0D0D0A, 1
_MAGIC = 0x1A2B3C4D
_END, _COMMENT, _NAME, _TSRESOL, _APPLICATION = 0, 1, 2, 9, 4
_APPLICATION_NAME = f"pcapflow {_version.__version__}".encode()
_NANOSECONDS = b"\x09"  # 10 ** -9 s
_UNKNOWN_LENGTH = -1
_MOST_OCTETS = 65_535  # of an option

Option = tuple[int, bytes]


def section(comment: str = "") -> bytes:
    """A section header: what begins a capture."""
    options = [(_COMMENT, _text(comment)), (_APPLICATION, _APPLICATION_NAME)]
    return _block(_SECTION, struct.pack("<IHHq", _MAGIC, 1, 0, _UNKNOWN_LENGTH), options)


def interface(link: int, snap: int, name: str = "") -> bytes:
    """An interface with its LINKTYPE and how many octets of a packet are kept (0: all)."""
    options = [(_NAME, _text(name)), (_TSRESOL, _NANOSECONDS)]
    return _block(_INTERFACE, struct.pack("<HHI", link, 0, snap), options)


def packet(number: int, at: int, octets: bytes, original: int, comment: str = "") -> bytes:
    """A packet of interface ``number``, seen ``at`` (ns), ``original`` octets long on the wire."""
    fields = struct.pack("<IIIII", number, at >> 32, at & 0xFFFF_FFFF, len(octets), original)
    return _block(PACKET, fields + _padded(octets), [(_COMMENT, _text(comment))])


def _block(kind: int, body: bytes, options: list[Option]) -> bytes:
    written = b"".join(
        struct.pack("<HH", code, len(value)) + _padded(value) for code, value in options if value
    )
    if written:
        written += struct.pack("<HH", _END, 0)
    length = LENGTH.pack(12 + len(body) + len(written))
    return b"".join((struct.pack("<I", kind), length, body, written, length))


def _padded(octets: bytes) -> bytes:
    return octets + PADDING[len(octets) & 3]


def _text(words: str) -> bytes:
    """In whole letters; what is none, such as half of a process's name, is made visible."""
    octets = words.encode(errors="backslashreplace")
    return octets[:_MOST_OCTETS].decode(errors="ignore").encode()
