"""A stream of capture octets, cut at its packets: for who records it, or takes only so many."""

from __future__ import annotations

import struct
from typing import NamedTuple

from pcapflow.errors import CaptureError

_SECTION, _INTERFACE = 0x0A0D0D0A, 1
_PACKETS = (2, 3, 6)  # obsolete, simple, enhanced: draft-ietf-opsawg-pcapng
_PCAP = {
    b"\xd4\xc3\xb2\xa1": ("<", 1000),
    b"\xa1\xb2\xc3\xd4": (">", 1000),
    b"\x4d\x3c\xb2\xa1": ("<", 1),
    b"\xa1\xb2\x3c\x4d": (">", 1),
}
_FILE_HEADER, _RECORD_HEADER = 24, 16
_LARGEST = 16 << 20  # octets of a block or record: more is damage


class Pcap(NamedTuple):
    """The form of a classic capture: byte order, ns a tick, LINKTYPE and snap length."""

    order: str
    unit: int
    link: int
    snap: int


class Units:
    """What a stream consists of: headers, and packets with what belongs to none.

    ``pcap`` describes a classic capture once its header was fed; None for pcapng.  ``head`` is what
    a reader needs to have seen before the next packet: the file header, or the section's header
    and its interfaces.
    """

    def __init__(self) -> None:
        self.pcap: Pcap | None = None
        self.head = b""
        self._rest = b""
        self._order = ""

    def feed(self, octets: bytes, most: int | None = None) -> tuple[bytes, list[int], int]:
        """The whole units among the next octets, where each ends in them, and how many are packets.

        The units stop behind ``most`` packets; what comes then is kept for the next time.  Raises
        CaptureError where there is no capture or it is damaged.
        """
        stream = self._rest + octets
        at = self._begin(stream)
        ends = [at] if at else []
        if not self._order:
            self._rest = stream
            return b"", [], 0
        if self.pcap is None:
            at, packets = self._blocks(stream, at, ends, most)
        else:
            at, packets = self._records(stream, at, ends, most)
        self._rest = stream[at:]
        return stream[:at], ends, packets

    def _begin(self, stream: bytes) -> int:
        """Recognise the form; octets of the file header where it is passed just now."""
        if self._order or len(stream) < _FILE_HEADER:
            return 0
        if stream.startswith(b"\x0a\x0d\x0d\x0a"):
            self._order = "<"
            return 0
        if stream[:4] not in _PCAP:
            raise CaptureError("the capture", "is neither pcap nor pcapng")
        self._order, unit = _PCAP[stream[:4]]
        snap, link = struct.unpack_from(f"{self._order}II", stream, 16)
        self.pcap = Pcap(self._order, unit, link & 0xFFFF, snap)
        self.head = stream[:_FILE_HEADER]
        return _FILE_HEADER

    def _records(
        self, stream: bytes, at: int, ends: list[int], most: int | None
    ) -> tuple[int, int]:
        size_at = struct.Struct(f"{self._order}I").unpack_from
        found, end = 0, len(stream)
        while found != most and at + _RECORD_HEADER <= end:
            behind = at + _RECORD_HEADER + size_at(stream, at + 8)[0]
            if behind - at > _LARGEST:
                raise CaptureError("the capture", "is damaged")
            if behind > end:
                break
            ends.append(behind)
            at = behind
            found += 1
        return at, found

    def _blocks(self, stream: bytes, at: int, ends: list[int], most: int | None) -> tuple[int, int]:
        head_at = struct.Struct(f"{self._order}II").unpack_from
        found, end = 0, len(stream)
        while found != most and at + 12 <= end:
            kind, size = head_at(stream, at)
            if kind == _SECTION:  # reads the same in both orders
                self._order = "<" if stream[at + 8] == 0x4D else ">"
                head_at = struct.Struct(f"{self._order}II").unpack_from
                kind, size = head_at(stream, at)
            if size < 12 or size > _LARGEST:
                raise CaptureError("the capture", "is damaged")
            behind = at + size
            if behind > end:
                break
            if kind == _SECTION:
                self.head = stream[at:behind]
            elif kind == _INTERFACE:
                self.head += stream[at:behind]
            found += kind in _PACKETS
            ends.append(behind)
            at = behind
        return at, found
