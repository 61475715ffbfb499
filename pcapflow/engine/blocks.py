# cython: language_level=3
"""Where each packet lies in a pcapng file: sections, interfaces, and the three kinds of packet.

The format: draft-ietf-opsawg-pcapng.  Fed in pieces as ``records.PcapRecords`` is.  Blocks that
are neither section, interface nor packet are skipped.
"""

import array

import cython

if not cython.compiled:
    from pcapflow.engine.layout import packet_at
    from pcapflow.engine.octets import u16, u32, u32le

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
FACE = cython.declare(cython.longlong, 6)  # words an interface

_CUSTOM = cython.declare(cython.longlong, 0x0BAD)
_CUSTOM_MASK = cython.declare(cython.longlong, 0xBFFFFFFF)  # 0x40000BAD: not to be copied
_SECOND = cython.declare(cython.longlong, 1_000_000_000)
_MAX_SECONDS = cython.declare(cython.longlong, 9_000_000_000)
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
        self.store = array.array("q", bytes(8 * 16 * 6))
        self.faces = self.store

    def scan(self, octets, start, end, base, batch):
        """As ``PcapRecords.scan``; the first octets fed must be a section header block."""
        kind: cython.longlong
        if self.fault is not None:
            return end
        batch.records = 0
        while True:
            if cython.compiled:
                with cython.nogil:
                    start = self._scan(octets, start, end, base, batch)
            else:
                start = self._scan(octets, start, end, base, batch)
            if self.fault_offset >= 0:
                self.fault = FAULTS[self.fault_kind]
                return start
            # _scan stops in front of an interface block that is there whole: its tables are
            # Python's to grow.
            if batch.records == batch.capacity - batch.count or start + 12 > end:
                return start
            kind = self._u32(octets, start)
            if kind != INTERFACE or start + self._u32(octets, start + 4) > end:
                return start
            start += self._interface(octets, start, self._u32(octets, start + 4))
            if self.fault_kind:
                self.fault_offset = base + start - self.fault_size

    def _u16(self, octets, at):
        if self.little:
            return u16(octets, at) >> 8 | (u16(octets, at) & 255) << 8
        return u16(octets, at)

    def _u32(self, octets, at):
        if self.little:
            return u32le(octets, at)
        return u32(octets, at)

    def _damaged(self, offset, size, kind):
        self.fault_offset = offset
        self.fault_size = size
        self.fault_kind = kind
        return 0

    def _scan(self, octets, start, end, base, batch):
        kind: cython.longlong
        length: cython.longlong
        while True:
            if self.skip > 0:
                length = min(self.skip, end - start)
                self.skip -= length
                start += length
            if batch.records == batch.capacity - batch.count or start + 12 > end:
                return start
            if u32(octets, start) == SECTION:  # reads the same in both orders
                if u32(octets, start + 8) == BYTE_ORDER_MAGIC:
                    self.little = 0
                elif u32le(octets, start + 8) == BYTE_ORDER_MAGIC:
                    self.little = 1
                else:
                    self._damaged(base + start, u32(octets, start + 8), _ORDER)
                    return start
                self.section = self.interfaces
                kind = SECTION
            else:
                kind = self._u32(octets, start)
            length = self._u32(octets, start + 4)
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
                if self._u32(octets, start + length - 4) != length:
                    self._damaged(base + start, length, _TRAILER)
                    return start
                if kind == INTERFACE:
                    return start
                if kind != SECTION:
                    self._packet(octets, start, kind, length, batch)
                    if self.fault_kind:
                        self.fault_offset = base + start
                        return start
                start += length
            else:
                if kind & _CUSTOM_MASK == _CUSTOM:
                    self.frames += 1  # Wireshark numbers custom blocks among the frames
                self.skip = length

    def _packet(self, octets, start, kind, length, batch):
        face: cython.longlong
        data: cython.longlong = start + 28
        size: cython.longlong
        row: cython.longlong = batch.records
        if kind == SIMPLE_PACKET:
            face = self.section
            data = start + 12
        elif length < 32:
            return self._damaged(start, length, _LENGTH)
        elif kind == ENHANCED_PACKET:
            face = self.section + self._u32(octets, start + 8)
        else:
            face = self.section + self._u16(octets, start + 8)
        if length < 16:
            return self._damaged(start, length, _LENGTH)
        if face >= self.interfaces:
            return self._damaged(start, face - self.section, _FOREIGN)
        face *= FACE
        packet = packet_at(batch.packets, row)
        if kind == SIMPLE_PACKET:
            packet.original = self._u32(octets, start + 8)
            size = min(self._u32(octets, start + 8), length - 16)
            if self.faces[face + SNAP] > 0:
                size = min(size, self.faces[face + SNAP])
        else:
            size = self._u32(octets, start + 20)
            packet.original = self._u32(octets, start + 24)
            self.last = self._time(
                face, self._u32(octets, start + 12), self._u32(octets, start + 16)
            )
        if size > MAX_PACKET or data + size > start + length - 4:
            return self._damaged(start, size, _PACKET)
        self.frames += 1
        packet.start = data
        packet.captured = size
        packet.when = self.last
        packet.link = self.faces[face + LINK]
        packet.interface = face // FACE
        packet.number = self.frames
        batch.records = row + 1
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
        elif high > _MAX_HIGH or (high << 32 | low) > _MAX_TICKS // self.faces[face + TIMES]:
            return self.last
        else:
            when = (high << 32 | low) * self.faces[face + TIMES] // divide
        seconds = when // _SECOND + self.faces[face + OFFSET]
        if seconds < 0 or seconds > _MAX_SECONDS:
            return self.last
        return when + self.faces[face + OFFSET] * _SECOND

    def _interface(self, octets, start, length):
        """Take note of an interface description block; return its length."""
        face: cython.longlong = self.interfaces * FACE
        at: cython.longlong = start + 16
        code: cython.longlong
        size: cython.longlong
        seconds: cython.longlong
        if length < 20:
            self._damaged(start, length, _LENGTH)
            return length
        if face + FACE > len(self.store):
            self.store = self.store + array.array("q", bytes(8 * len(self.store)))
            self.faces = self.store
        self.faces[face + LINK] = self._u16(octets, start + 8)
        self.faces[face + SNAP] = self._u32(octets, start + 12)
        self.faces[face + OFFSET] = 0
        self._resolution(face, 6)  # microseconds unless said otherwise
        while at + 4 <= start + length - 4:
            code = self._u16(octets, at)
            size = self._u16(octets, at + 2)
            at += 4
            if code == 0 or at + size > start + length - 4:
                break
            if code == 9 and size == 1:  # if_tsresol
                self._resolution(face, octets[at])
            elif code == 14 and size == 8:  # if_tsoffset, signed
                if self.little:
                    seconds = self._u32(octets, at)
                    code = self._u32(octets, at + 4)
                else:
                    seconds = self._u32(octets, at + 4)
                    code = self._u32(octets, at)
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
        return 0
