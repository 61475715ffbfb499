# cython: language_level=3
"""What a pcapng file says of its interfaces, and how each one's ticks become nanoseconds.

The format: draft-ietf-opsawg-pcapng §4.2.
"""

import array

import cython

# The words of an interface: LINKTYPE, snap length, and how its ticks become ns
# (ticks * TIMES / DIVIDE, or ticks / 2**SHIFT seconds where SHIFT is not -1; then + OFFSET s).
LINK = cython.declare(cython.longlong, 0)
SNAP = cython.declare(cython.longlong, 1)
TIMES = cython.declare(cython.longlong, 2)
DIVIDE = cython.declare(cython.longlong, 3)
SHIFT = cython.declare(cython.longlong, 4)
OFFSET = cython.declare(cython.longlong, 5)
LATEST = cython.declare(cython.longlong, 6)  # ticks that can be multiplied by TIMES
SIMPLY = cython.declare(cython.longlong, 7)  # ticks for which that is all there is to it, or -1
FACE = cython.declare(cython.longlong, 8)  # words an interface

_SECOND = cython.declare(cython.longlong, 1_000_000_000)
_MAX_SECONDS = cython.declare(cython.longlong, 9_000_000_000)
_MAX_TIME = cython.declare(cython.longlong, 9_000_000_000_999_999_999)
_MAX_HIGH = cython.declare(cython.longlong, 0x7FFFFFFF)
_MAX_TICKS = cython.declare(cython.longlong, 0x7FFFFFFFFFFFFFFF)


class Faces:
    """The interfaces of all sections so far, ``count`` of them; each has its ``words``.

    A new one counts when it is ``complete``.
    """

    def __init__(self) -> None:
        self.count = 0
        self.store = array.array("q", bytes(8 * 16 * 8))
        self.words = self.store

    def begin(self, link, snap):
        """Take note of an interface; its ticks are microseconds unless said otherwise."""
        face: cython.longlong = self.count * FACE
        if face + FACE > len(self.store):
            self.store = self.store + array.array("q", bytes(8 * len(self.store)))
            self.words = self.store
        self.words[face + LINK] = link
        self.words[face + SNAP] = snap
        self.words[face + OFFSET] = 0
        self.resolve(6)
        return 0

    def resolve(self, code):
        """The new interface's ``if_tsresol``."""
        face: cython.longlong = self.count * FACE
        power: cython.longlong = code & 0x7F
        i: cython.longlong
        self.words[face + TIMES] = 1
        self.words[face + DIVIDE] = 1
        self.words[face + SHIFT] = -1
        if code & 0x80:
            self.words[face + SHIFT] = min(power, 62)
            return 0
        for i in range(min(power, 27)):
            if i < 9:
                continue
            self.words[face + DIVIDE] *= 10
        for i in range(power, 9):
            self.words[face + TIMES] *= 10
        self.words[face + LATEST] = _MAX_TICKS // self.words[face + TIMES]
        return 0

    def shift_by(self, seconds):
        """The new interface's ``if_tsoffset``."""
        self.words[self.count * FACE + OFFSET] = seconds
        return 0

    def complete(self):
        """The new interface's options are at their end."""
        face: cython.longlong = self.count * FACE
        self.words[face + SIMPLY] = -1
        if (
            self.words[face + SHIFT] == -1
            and self.words[face + DIVIDE] == 1
            and self.words[face + OFFSET] == 0
        ):
            self.words[face + SIMPLY] = _MAX_TIME // self.words[face + TIMES]
        self.count += 1
        return 0

    def time(self, face, high, low, last):
        """Ticks to ns; a time that no clock can have shown repeats the last one.

        ``face`` is where the interface's words begin; the ticks come in two halves.
        """
        seconds: cython.longlong
        rest: cython.longlong
        shift: cython.longlong = self.words[face + SHIFT]
        when: cython.longlong
        divide: cython.longlong = self.words[face + DIVIDE]
        if shift >= 32:  # the ticks are 64 bits unsigned: their halves are taken one by one
            seconds = high >> (shift - 32)
            rest = (high - (seconds << (shift - 32))) << 32 | low
        elif shift >= 0:
            if high > _MAX_SECONDS >> (32 - shift):
                return last
            seconds = high << (32 - shift) | low >> shift
            rest = low - (low >> shift << shift)
        if shift >= 0:
            if seconds > _MAX_SECONDS:
                return last
            if shift > 33:  # keep rest * 10**9 within 63 bits
                rest = rest >> (shift - 33)
                shift = 33
            when = seconds * _SECOND + (rest * _SECOND >> shift)
        elif 1 < divide <= _SECOND:
            if high // divide > _MAX_HIGH:
                return last
            when = (high // divide << 32) + ((high % divide) << 32 | low) // divide
        elif high > _MAX_HIGH or (high << 32 | low) > self.words[face + LATEST]:
            return last
        else:
            when = (high << 32 | low) * self.words[face + TIMES]
            if divide > 1:
                when = when // divide
        if self.words[face + OFFSET] == 0:
            return when if when <= _MAX_TIME else last
        seconds = when // _SECOND + self.words[face + OFFSET]
        if seconds < 0 or seconds > _MAX_SECONDS:
            return last
        return when + self.words[face + OFFSET] * _SECOND
