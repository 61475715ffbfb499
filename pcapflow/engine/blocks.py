# cython: language_level=3
"""Where each packet lies in a pcapng file: sections, interfaces, and the three kinds of packet.

The format: draft-ietf-opsawg-pcapng.  Fed in pieces as ``records.PcapRecords`` is.  Blocks that
are neither section, interface nor packet are skipped.
"""

import array

import cython

if not cython.compiled:
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

# What is known of an interface: LINKTYPE, snap length, and how its ticks become ns
# (ticks * TIMES / DIVIDE, or ticks / 2**SHIFT seconds where SHIFT is not -1; then + OFFSET s).
LINK = cython.declare(cython.longlong, 0)
SNAP = cython.declare(cython.longlong, 1)
TIMES = cython.declare(cython.longlong, 2)
DIVIDE = cython.declare(cython.longlong, 3)
SHIFT = cython.declare(cython.longlong, 4)
OFFSET = cython.declare(cython.longlong, 5)
LATEST = cython.declare(cython.longlong, 6)  # ticks that can be multiplied by TIMES
FACE = cython.declare(cython.longlong, 7)  # words an interface

_CUSTOM = cython.declare(cython.longlong, 0x0BAD)
_CUSTOM_MASK = cython.declare(cython.longlong, 0xBFFFFFFF)  # 0x40000BAD: not to be copied
_SECOND = cython.declare(cython.longlong, 1_000_000_000)
_MAX_SECONDS = cython.declare(cython.longlong, 9_000_000_000)
_MAX_TIME = cython.declare(cython.longlong, 9_000_000_000_999_999_999)
_MAX_HIGH = cython.declare(cython.longlong, 0x7FFFFFFF)
_ALL_ONES = cython.declare(cython.longlong, 0xFFFFFFFF)
_MAX_TICKS = cython.declare(cython.longlong, 0x7FFFFFFFFFFFFFFF)

FAULTS = ("", "block length", "byte-order magic", "block trailer", "unknown interface", "length")
_LENGTH = cython.declare(cython.longlong, 1)
_ORDER = cython.declare(cython.longlong, 2)
_TRAILER = cython.declare(cython.longlong, 3)
_FOREIGN = cython.declare(cython.longlong, 4)
_PACKET = cython.declare(cython.longlong, 5)


class PcapngRecords:
    """Reads blocks; ``interfaces`` counts those of all sections so far.

    Times are converted by each interface's ``if_tsresol`` and ``if_tsoffset``; a simple packet
    block has none and takes the time of the packet before it.  ``links`` lists the LINKTYPEs of
    the interfaces.  Damage is told as by ``PcapRecords``.
    """

    def __init__(self) -> None:
        self.little = 1
        self.size = 0
        self.frames = 0
        self.fault = None
        self.fault_offset = -1
        self.fault_size = 0
        self.fault_kind = 0
        self.skip = 0
        self.interfaces = 0
        self.section = 0
        self.last = 0
        self.links = []
        self.store = array.array("q", bytes(8 * 16 * 7))
        self.faces = self.store

    def scan(self, octets, start, end, base, batch):
        """As ``PcapRecords.scan``; the first octets fed must be a section header block."""
        if self.fault is not None:
            return end
        batch.records = 0
        batch.check()
        self.size = len(octets)
        if cython.compiled:
            self.octets = cython.address(octets[0]) if self.size else cython.NULL
        else:
            self.octets = octets
        start = self._blocks(start, end, base, batch)
        self.size = 0
        return start

    def _blocks(self, start, end, base, batch):
        while True:
            if cython.compiled:
                with cython.nogil:
                    start = self._scan(start, end, base, batch)
            else:
                start = self._scan(start, end, base, batch)
            if self.fault_offset >= 0:
                self.fault = FAULTS[self.fault_kind]
                return start
            # _scan stops in front of an interface block that is there whole: its tables are
            # Python's to grow.
            if batch.records == batch.capacity - batch.count or start + 12 > end:
                return start
            head = span_of(self.octets, self.size, start, 12)
            if (
                _word(self.little, head, 0) != INTERFACE
                or start + _word(self.little, head, 4) > end
            ):
                return start
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
                self.section = self.interfaces
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
        if face >= self.interfaces:
            return self._damaged(start, face - self.section, _FOREIGN)
        row = face * FACE
        if kind == SIMPLE_PACKET:
            original = _word(self.little, block, 8)
            size = min(original, length - 16)
            if self.faces[row + SNAP] > 0:
                size = min(size, self.faces[row + SNAP])
        else:
            size = _word(self.little, block, 20)
            original = _word(self.little, block, 24)
            self.last = self._time(
                row, _word(self.little, block, 12), _word(self.little, block, 16)
            )
        if size > MAX_PACKET or data + size > length - 4:
            return self._damaged(start, size, _PACKET)
        self.frames += 1
        packet = packet_at(batch.packets, batch.records)
        packet.start = start + data
        packet.captured = size
        packet.original = original
        packet.when = self.last
        packet.link = self.faces[row + LINK]
        packet.interface = face
        packet.number = self.frames
        batch.records += 1
        return 0

    def _time(self, face, high, low):
        """Ticks to ns; a time that no clock can have shown repeats the last one."""
        seconds: cython.longlong
        rest: cython.longlong
        shift: cython.longlong = self.faces[face + SHIFT]
        when: cython.longlong
        divide: cython.longlong = self.faces[face + DIVIDE]
        if shift >= 32:  # the ticks are 64 bits unsigned: their halves are taken one by one
            seconds = high >> (shift - 32)
            rest = (high - (seconds << (shift - 32))) << 32 | low
        elif shift >= 0:
            if high > _MAX_SECONDS >> (32 - shift):
                return self.last
            seconds = high << (32 - shift) | low >> shift
            rest = low - (low >> shift << shift)
        if shift >= 0:
            if seconds > _MAX_SECONDS:
                return self.last
            if shift > 33:  # keep rest * 10**9 within 63 bits
                rest = rest >> (shift - 33)
                shift = 33
            when = seconds * _SECOND + (rest * _SECOND >> shift)
        elif 1 < divide <= _SECOND:
            if high // divide > _MAX_HIGH:
                return self.last
            when = (high // divide << 32) + ((high % divide) << 32 | low) // divide
        elif high > _MAX_HIGH or (high << 32 | low) > self.faces[face + LATEST]:
            return self.last
        else:
            when = (high << 32 | low) * self.faces[face + TIMES]
            if divide > 1:
                when = when // divide
        if self.faces[face + OFFSET] == 0:
            return when if when <= _MAX_TIME else self.last
        seconds = when // _SECOND + self.faces[face + OFFSET]
        if seconds < 0 or seconds > _MAX_SECONDS:
            return self.last
        return when + self.faces[face + OFFSET] * _SECOND

    def _interface(self, start, length):
        """Take note of an interface description block; return its length."""
        face: cython.longlong = self.interfaces * FACE
        at: cython.longlong = 16
        code: cython.longlong
        size: cython.longlong
        seconds: cython.longlong
        if length < 20:
            self._damaged(start, length, _LENGTH)
            return length
        if face + FACE > len(self.store):
            self.store = self.store + array.array("q", bytes(8 * len(self.store)))
            self.faces = self.store
        block = span_of(self.octets, self.size, start, length)
        self.faces[face + LINK] = _half(self.little, block, 8)
        self.faces[face + SNAP] = _word(self.little, block, 12)
        self.faces[face + OFFSET] = 0
        self._resolution(face, 6)  # microseconds unless said otherwise
        while at + 4 <= length - 4:
            code = _half(self.little, block, at)
            size = _half(self.little, block, at + 2)
            at += 4
            if code == 0 or at + size > length - 4:
                break
            if code == 9 and size == 1:  # if_tsresol
                self._resolution(face, octet(block, at))
            elif code == 14 and size == 8:  # if_tsoffset, signed
                if self.little:
                    seconds = _word(self.little, block, at)
                    code = _word(self.little, block, at + 4)
                else:
                    seconds = _word(self.little, block, at + 4)
                    code = _word(self.little, block, at)
                if code == 0:
                    self.faces[face + OFFSET] = seconds
                elif code == _ALL_ONES:
                    self.faces[face + OFFSET] = seconds - _ALL_ONES - 1
            at += size + (4 - size % 4) % 4
        self.links.append(int(self.faces[face + LINK]))
        self.interfaces += 1
        return length

    def _resolution(self, face, code):
        power: cython.longlong = code & 0x7F
        i: cython.longlong
        self.faces[face + TIMES] = 1
        self.faces[face + DIVIDE] = 1
        self.faces[face + SHIFT] = -1
        if code & 0x80:
            self.faces[face + SHIFT] = min(power, 62)
            return 0
        for i in range(min(power, 27)):
            if i < 9:
                continue
            self.faces[face + DIVIDE] *= 10
        for i in range(power, 9):
            self.faces[face + TIMES] *= 10
        self.faces[face + LATEST] = _MAX_TICKS // self.faces[face + TIMES]
        return 0


def _word(little, block, k):
    """Four octets in the section's order."""
    return le32(block, k) if little else be32(block, k)


def _half(little, block, k):
    """Two octets in the section's order."""
    if little:
        return be16(block, k) >> 8 | (be16(block, k) & 255) << 8
    return be16(block, k)
