# cython: language_level=3
"""Where each packet lies in a pcapng file: sections, interfaces, and the three kinds of packet.

The format: draft-ietf-opsawg-pcapng.  Fed in pieces as ``records.PcapRecords`` is.  Blocks that
are neither section, interface nor packet are skipped.
"""

import cython

from pcapflow.engine.faces import Faces
from pcapflow.engine.sight import Sight

if not cython.compiled:
    from pcapflow.engine.faces import FACE, LINK, SIMPLY, SNAP, TIMES
    from pcapflow.engine.layout import packet_at
    from pcapflow.engine.octets import be16, be32, le32, octet, span_of

SECTION = cython.declare(cython.longlong, 0x0A0D0D0A)
BYTE_ORDER_MAGIC = cython.declare(cython.longlong, 0x1A2B3C4D)
INTERFACE = cython.declare(cython.longlong, 1)
OBSOLETE_PACKET = cython.declare(cython.longlong, 2)
SIMPLE_PACKET = cython.declare(cython.longlong, 3)
ENHANCED_PACKET = cython.declare(cython.longlong, 6)

MAX_PACKET = cython.declare(cython.longlong, 262_144)
MAX_READ = cython.declare(cython.longlong, 1_048_576)
"""Octets of a block that must be held whole: sections, interfaces, packets with their options."""
MAX_SKIPPED = cython.declare(cython.longlong, 16_777_216)
"""Octets of a block that is skipped unread; Wireshark's limit too (MAX_BLOCK_SIZE)."""

_CUSTOM = cython.declare(cython.longlong, 0x0BAD)
_CUSTOM_MASK = cython.declare(cython.longlong, 0xBFFFFFFF)  # 0x40000BAD: not to be copied
_MAX_HIGH = cython.declare(cython.longlong, 0x7FFFFFFF)
_ALL_ONES = cython.declare(cython.longlong, 0xFFFFFFFF)

FAULTS = ("", "block length", "byte-order magic", "block trailer", "unknown interface", "length")
_LENGTH = cython.declare(cython.longlong, 1)
_ORDER = cython.declare(cython.longlong, 2)
_TRAILER = cython.declare(cython.longlong, 3)
_FOREIGN = cython.declare(cython.longlong, 4)
_PACKET = cython.declare(cython.longlong, 5)


class PcapngRecords(Sight):
    """Reads blocks, of any number of sections.

    Times are converted by each interface's ``if_tsresol`` and ``if_tsoffset``; a simple packet
    block has none and takes the time of the packet before it.  ``links`` lists the LINKTYPEs of
    the interfaces.  Damage is told as by ``PcapRecords``.  ``thorough``: no packet is noted in a
    run of its like, for the test that this changes nothing.
    """

    def __init__(self) -> None:
        self.little = 1
        self.frames = 0
        self.fault_offset = -1
        self.fault_size = 0
        self.fault_kind = 0
        self.skip = 0
        self.section = 0
        self.last = 0
        self.links = []
        self.faces = Faces()
        self.thorough = False

    @property
    def interfaces(self):
        """How many interfaces were described so far."""
        return self.faces.count

    @property
    def fault(self):
        """What is wrong with the capture; None as long as nothing is."""
        return FAULTS[self.fault_kind] if self.fault_offset >= 0 else None

    def scan(self, start, end, base, batch):
        """As ``PcapRecords.scan``; the first octets must be a section header block."""
        batch.records = 0
        if self.fault_offset >= 0:
            return end
        while True:
            start = self._scan(start, end, base, batch)
            # _scan stops in front of an interface block that is there whole: its tables are
            # Python's to grow.
            if (
                self.fault_offset >= 0
                or batch.records == batch.capacity - batch.count
                or start + 12 > end
            ):
                return start
            head = span_of(self.octets, self.size, start, 12)
            if (
                _word(self.little, head, 0) != INTERFACE
                or start + _word(self.little, head, 4) > end
            ):
                return start
            if cython.compiled:
                with cython.gil:
                    start += self._interface(start, _word(self.little, head, 4))
            else:
                start += self._interface(start, _word(self.little, head, 4))
            if self.fault_kind:
                self.fault_offset = base + start - self.fault_size

    def _damaged(self, offset, size, kind):
        self.fault_offset = offset
        self.fault_size = size
        self.fault_kind = kind
        return 0

    def _scan(self, start, end, base, batch):
        kind: cython.longlong
        length: cython.longlong
        room: cython.longlong = batch.capacity - batch.count
        while True:
            if self.skip > 0:
                length = min(self.skip, end - start)
                self.skip -= length
                start += length
            if not self.thorough:
                start = self._run(start, end, batch)
            if batch.records == room or start + 12 > end:
                return start
            head = span_of(self.octets, self.size, start, 12)
            kind = _word(self.little, head, 0)
            if kind == SECTION:  # reads the same in both orders
                if be32(head, 8) == BYTE_ORDER_MAGIC:
                    self.little = 0
                elif le32(head, 8) == BYTE_ORDER_MAGIC:
                    self.little = 1
                else:
                    self._damaged(base + start, be32(head, 8), _ORDER)
                    return start
                self.section = self.faces.count
            length = _word(self.little, head, 4)
            if length < 12 or length % 4 != 0 or length > MAX_SKIPPED:
                self._damaged(base + start, length, _LENGTH)
                return start
            if (
                kind == ENHANCED_PACKET
                or kind == SIMPLE_PACKET
                or kind == OBSOLETE_PACKET
                or kind == INTERFACE
                or kind == SECTION
            ):
                if length > MAX_READ:
                    self._damaged(base + start, length, _LENGTH)
                    return start
                if start + length > end:
                    return start
                block = span_of(self.octets, self.size, start, length)
                if _word(self.little, block, length - 4) != length:
                    self._damaged(base + start, length, _TRAILER)
                    return start
                if kind == INTERFACE:
                    return start
                if kind != SECTION:
                    self._packet(block, start, kind, length, batch)
                    if self.fault_kind:
                        self.fault_offset = base + start
                        return start
                start += length
            else:
                if kind & _CUSTOM_MASK == _CUSTOM:
                    self.frames += 1  # Wireshark numbers custom blocks among the frames
                self.skip = length

    def _run(self, start, end, batch):
        """Note enhanced packets as long as nothing about them is odd; say where that ends.

        Such blocks are nearly all of any file. ``_scan`` and ``_packet`` would note the same in
        three times as many steps, and it is they who say what is wrong with one that is odd.
        """
        row: cython.longlong = batch.records
        room: cython.longlong = batch.capacity - batch.count
        kind: cython.longlong
        length: cython.longlong
        face: cython.longlong
        high: cython.longlong
        low: cython.longlong
        size: cython.longlong
        original: cython.longlong
        known: cython.longlong = -1  # the interface of which the next three are
        link: cython.longlong = 0
        times: cython.longlong = 0
        simply: cython.longlong = 0
        # What the compiler cannot know to stay as it is while packets are noted.
        little: cython.longlong = self.little
        section: cython.longlong = self.section
        interfaces: cython.longlong = self.faces.count
        frames: cython.longlong = self.frames - row
        held: cython.longlong = self.size
        octets, packets = self.octets, batch.packets
        while row < room and start + 32 <= end:
            block = span_of(octets, held, start, 32)
            if little:
                kind, length, face = le32(block, 0), le32(block, 4), le32(block, 8)
                high, low = le32(block, 12), le32(block, 16)
                size, original = le32(block, 20), le32(block, 24)
            else:
                kind, length, face = be32(block, 0), be32(block, 4), be32(block, 8)
                high, low = be32(block, 12), be32(block, 16)
                size, original = be32(block, 20), be32(block, 24)
            face += section
            if (
                kind != ENHANCED_PACKET
                or length % 4 != 0
                or length > MAX_READ
                or size > MAX_PACKET
                or 32 + size > length
                or start + length > end
                or high > _MAX_HIGH
                or face >= interfaces
                or _word(little, span_of(octets, held, start + length - 4, 4), 0) != length
            ):
                break
            if face != known:
                known = face
                link = self.faces.words[face * FACE + LINK]
                times = self.faces.words[face * FACE + TIMES]
                simply = self.faces.words[face * FACE + SIMPLY]
            if high << 32 | low <= simply:
                self.last = (high << 32 | low) * times
            else:
                self.last = self.faces.time(face * FACE, high, low, self.last)
            packet = packet_at(packets, row)
            row += 1
            packet.start = start + 28
            packet.captured = size
            packet.original = original
            packet.when = self.last
            packet.link = link
            packet.interface = face
            packet.number = frames + row
            start += length
        self.frames += row - batch.records
        batch.records = row
        return start

    def _packet(self, block, start, kind, length, batch):
        """Note the packet in a whole block of ``length`` octets, which lies at ``start``."""
        face: cython.longlong
        row: cython.longlong
        data: cython.longlong = 28
        size: cython.longlong
        original: cython.longlong
        if kind == SIMPLE_PACKET:
            face = self.section
            data = 12
        elif length < 32:
            return self._damaged(start, length, _LENGTH)
        elif kind == ENHANCED_PACKET:
            face = self.section + _word(self.little, block, 8)
        else:
            face = self.section + _half(self.little, block, 8)
        if length < 16:
            return self._damaged(start, length, _LENGTH)
        if face >= self.faces.count:
            return self._damaged(start, face - self.section, _FOREIGN)
        row = face * FACE
        if kind == SIMPLE_PACKET:
            original = _word(self.little, block, 8)
            size = min(original, length - 16)
            if self.faces.words[row + SNAP] > 0:
                size = min(size, self.faces.words[row + SNAP])
        else:
            size = _word(self.little, block, 20)
            original = _word(self.little, block, 24)
            self.last = self.faces.time(
                row, _word(self.little, block, 12), _word(self.little, block, 16), self.last
            )
        if size > MAX_PACKET or data + size > length - 4:
            return self._damaged(start, size, _PACKET)
        self.frames += 1
        packet = packet_at(batch.packets, batch.records)
        packet.start = start + data
        packet.captured = size
        packet.original = original
        packet.when = self.last
        packet.link = self.faces.words[row + LINK]
        packet.interface = face
        packet.number = self.frames
        batch.records += 1
        return 0

    def _interface(self, start, length):
        """Take note of an interface description block; return its length."""
        link: cython.longlong
        at: cython.longlong = 16
        code: cython.longlong
        size: cython.longlong
        seconds: cython.longlong
        if length < 20:
            self._damaged(start, length, _LENGTH)
            return length
        block = span_of(self.octets, self.size, start, length)
        link = _half(self.little, block, 8)
        self.faces.begin(link, _word(self.little, block, 12))
        while at + 4 <= length - 4:
            code = _half(self.little, block, at)
            size = _half(self.little, block, at + 2)
            at += 4
            if code == 0 or at + size > length - 4:
                break
            if code == 9 and size == 1:  # if_tsresol
                self.faces.resolve(octet(block, at))
            elif code == 14 and size == 8:  # if_tsoffset, signed
                if self.little:
                    seconds = _word(self.little, block, at)
                    code = _word(self.little, block, at + 4)
                else:
                    seconds = _word(self.little, block, at + 4)
                    code = _word(self.little, block, at)
                if code == 0:
                    self.faces.shift_by(seconds)
                elif code == _ALL_ONES:
                    self.faces.shift_by(seconds - _ALL_ONES - 1)
            at += size + (4 - size % 4) % 4
        self.faces.complete()
        self.links.append(int(link))
        return length


def _word(little, block, k):
    """Four octets in the section's order."""
    return le32(block, k) if little else be32(block, k)


def _half(little, block, k):
    """Two octets in the section's order."""
    if little:
        return be16(block, k) >> 8 | (be16(block, k) & 255) << 8
    return be16(block, k)
