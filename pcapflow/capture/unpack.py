"""Unpacking a compressed capture as a stream, member by member, and saying where it is at fault.

An unpacker throws away what it had made of the octets among which it finds a fault.  A capture's
packets up to the fault are worth having, so a file's damaged member is unpacked once more, octet
by octet near the fault.  A pipe cannot be read again: there up to ``STEP`` octets may be lost.
"""

from __future__ import annotations

from pcapflow.capture.packed import Packing, Tools, Unpacker
from pcapflow.capture.plain import Plain
from pcapflow.errors import MissingTool

PIECE = 64 * 1024
"""Packed octets that are read at once."""

STEP = 16 * 1024
"""Octets that are unpacked at once, however many are asked for: what is saved of a damaged stream
does not depend on who reads it."""

FINE = 64
"""Octets that are unpacked at once where a fault is near."""

RATIO_GRACE = 64 << 20
"""Octets out that are always allowed: short streams may be all one byte."""


class Unpack:
    """The octets that a packed stream unpacks to; ``fault`` and ``truncated`` as in ``Source``.

    Raises MissingTool where the library that unpacks it is not installed.
    """

    def __init__(self, packed: Plain, packing: Packing) -> None:
        self.fault: str | None = None
        self.truncated = False
        self._packed = packed
        self._packing = packing
        self._tools = _tools(packed.name, packing)
        self._buffer = memoryview(bytearray(PIECE))
        self._piece = b""  # packed octets read and not given to the unpacker yet
        self._fed_at = 0  # where the last piece lay that it got
        self._over = False  # there is no other piece
        self._given = 0
        self._made = memoryview(b"")  # and not given out yet
        self._ended = False
        self._begin()

    def readinto(self, view: memoryview) -> int:
        """Fill ``view``; where the packed octets come from a pipe, with what one piece gives."""
        filled = 0
        while filled < len(view) and (self._made or not self._ended):
            if self._hungry:
                if filled and not self._packed.is_file:
                    break
                self._fetch()
            if not self._made:
                self._made = memoryview(self._next())
                self._given += len(self._made)
                self._check_ratio()
            octets = self._made[: len(view) - filled]
            view[filled : filled + len(octets)] = octets
            filled += len(octets)
            self._made = self._made[len(octets) :]
        return filled

    @property
    def _hungry(self) -> bool:
        return not (self._made or self._piece or self._over) and self._member.needs_input

    @property
    def _offset(self) -> int:
        """How many packed octets were given to unpackers."""
        return self._packed.position - len(self._piece)

    def _begin(self) -> None:
        """A member begins with the next octet."""
        self._member: Unpacker = self._tools.unpacker()
        self._member_at = self._offset
        self._member_given = self._given

    def _fetch(self) -> None:
        got = self._packed.readinto(self._buffer)
        self._piece = bytes(self._buffer[:got])
        self._over = got == 0

    def _next(self) -> bytes:
        """Go one step on; where that leads from one member to the next there are no octets."""
        if self._member.eof:
            self._next_member()
            return b""
        if self._piece:
            self._fed_at = self._offset
        piece, self._piece = self._piece, b""
        try:
            octets = self._member.decompress(piece, STEP)
        except self._tools.error as error:
            return self._damaged(str(error))
        if self._member.eof:
            self._piece = self._member.unused_data or b""
        elif self._over and not octets:
            self.truncated = True
            self._fail(f"ends early, after {self._offset:,} octets")
        return octets

    def _next_member(self) -> None:
        """Begin the next member if there is one; members may be padded with zeros (gzip(1))."""
        self._piece = self._piece.lstrip(b"\0")
        if self._piece:
            self._begin()
        elif self._over:
            self._ended = True
        else:
            self._fetch()

    def _damaged(self, error: str) -> bytes:
        """Find the octet at which the fault shows; what of the last step was before it."""
        reason = error.rpartition(": ")[2]
        if not self._packed.is_file:
            self._fail(f"is damaged before octet {self._offset:,} ({reason})")
            return b""
        member, at = self._tools.unpacker(), self._member_at
        known = self._given - self._member_given
        saved = bytearray()
        try:
            while at < self._packed.position:
                size = min(PIECE, self._fed_at - at) if at < self._fed_at else 1
                piece = self._packed.again(at, size)
                at += size
                more = True
                while more:
                    octets = member.decompress(piece, min(STEP, known) or FINE)
                    more, piece = bool(octets) and not member.eof, b""
                    if known:
                        known -= len(octets)
                    else:
                        saved += octets
        except self._tools.error:
            pass  # here it is
        self._fail(f"is damaged at octet {at:,} ({reason})")
        return bytes(saved)

    def _check_ratio(self) -> None:
        if self._given > RATIO_GRACE + self._packing.ratio * self._offset:
            self._fail(
                f"expands more than {self._packing.ratio:,}-fold; "
                f"refused after {self._offset:,} octets, which gave {self._given:,}"
            )

    def _fail(self, what: str) -> None:
        self.fault = f"the {self._packing.name} stream {what}"
        self._ended = True


def _tools(name: str, packing: Packing) -> Tools:
    try:
        return packing.load()
    except ImportError as error:
        raise MissingTool(
            packing.library,
            f"{name}: unpacking {packing.name}",
            f"pip install pcapflow[{packing.name}]",
        ) from error
