"""Unpacking gzip (RFC 1952) as a stream, member by member, and saying where it is at fault.

zlib throws away what it had unpacked of a piece in which it finds a fault.  A capture's packets
up to the fault are worth having, so that piece is unpacked again, octet by octet, from a copy of
the state before it.
"""

from __future__ import annotations

import zlib

from pcapflow.capture.plain import Plain

PIECE = 64 * 1024
"""Packed octets that are unpacked at once."""

MAX_RATIO = 1_000
"""Octets out for each octet in.  Deflate cannot exceed 1,032; the best case that a real capture
offers, 64 KiB frames of zeros, each with headers that differ, stays under 800."""

RATIO_GRACE = 64 << 20
"""Octets out that are always allowed: short streams may be all one byte."""

_GZIP = 16 + zlib.MAX_WBITS  # zlib's way to say: gzip's header and checksum, not zlib's own


class Gunzip:
    """The octets that a gzip stream unpacks to; ``fault`` and ``truncated`` as in ``Source``."""

    def __init__(self, packed: Plain) -> None:
        self.fault: str | None = None
        self.truncated = False
        self._packed = packed
        self._buffer = memoryview(bytearray(PIECE))
        self._piece = b""  # packed octets read and not unpacked yet
        self._member = zlib.decompressobj(_GZIP)
        self._given = 0
        self._ended = False

    def readinto(self, view: memoryview) -> int:
        """Fill ``view``; where the packed octets come from a pipe, with what one piece gives."""
        filled = 0
        while filled < len(view) and not self._ended:
            if not self._piece:
                if filled and not self._packed.is_file:
                    break
                got = self._packed.readinto(self._buffer)
                self._piece = bytes(self._buffer[:got])
            octets = self._unpack(len(view) - filled)
            view[filled : filled + len(octets)] = octets
            filled += len(octets)
            self._given += len(octets)
            self._check_ratio()
        return filled

    @property
    def _offset(self) -> int:
        """How many packed octets were unpacked."""
        return self._packed.position - len(self._piece)

    def _unpack(self, room: int) -> bytes:
        """Unpack at most ``room`` octets; an empty piece says that the packed octets are over."""
        over = not self._piece
        if self._member.eof and not self._next_member():
            self._ended = over
            return b""
        before = self._member.copy()
        try:
            octets = self._member.decompress(self._piece, room)
        except zlib.error as error:
            return self._salvage(before, room, str(error))
        self._piece = self._member.unused_data or self._member.unconsumed_tail
        if over and not octets:
            self.truncated = True
            self._fail(f"the gzip stream ends early, after {self._offset:,} octets")
        return octets

    def _next_member(self) -> bool:
        """Begin the next member if there is one; members may be padded with zeros (gzip(1))."""
        self._piece = self._piece.lstrip(b"\0")
        if self._piece:
            self._member = zlib.decompressobj(_GZIP)
        return bool(self._piece)

    def _salvage(self, before: zlib._Decompress, room: int, error: str) -> bytes:
        """Unpack the faulty piece up to the octet in which zlib finds the fault."""
        octets = bytearray()
        piece = self._piece
        for taken in range(len(piece) + 1):
            # First without an octet more, for what waited for room in the view.  One octet of
            # room is always left: a limit of 0 would mean none.
            limit = room - len(octets) + 1
            try:
                octets += before.decompress(piece[max(taken - 1, 0) : taken], limit)
            except zlib.error:
                self._piece = piece[taken:]
                break
        reason = error.rpartition(": ")[2]
        self._fail(f"the gzip stream is damaged at octet {self._offset:,} ({reason})")
        return bytes(octets)

    def _check_ratio(self) -> None:
        if self._given > RATIO_GRACE + MAX_RATIO * self._offset:
            self._fail(
                f"the gzip stream expands more than {MAX_RATIO:,}-fold; "
                f"refused after {self._offset:,} octets, which gave {self._given:,}"
            )

    def _fail(self, fault: str) -> None:
        self.fault = fault
        self._ended = True
