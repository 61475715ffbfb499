# cython: language_level=3, boundscheck=False
"""Rows that nothing has happened to for a while, packed: a third of the memory, nothing is lost.

Where packed rows lie, and their life; what is written of each is in ``packing``.  A packed row's
index has the bit ``ASLEEP``.
"""

import cython

from pcapflow.engine.log import Log
from pcapflow.engine.packing import Packing

if cython.compiled:
    from cython.cimports.libc.stdlib import free as release_memory
    from cython.cimports.libc.stdlib import malloc, realloc
    from cython.cimports.libc.string import memcpy
else:
    from pcapflow.engine.layout import ASLEEP, Rest, rest_at
    from pcapflow.engine.memory import fetch


class Asleep:
    """Packed rows; ``count`` of them.  Their events are in ``log`` while they are awake."""

    def __init__(self, log: Log) -> None:
        self.packing = Packing(log)
        self.capacity = 0
        self.limit = 0
        self.free = -1
        self.count = 0
        if not cython.compiled:
            self.rests = []

    def __dealloc__(self):
        i: cython.longlong
        if cython.compiled:
            for i in range(self.limit):
                release_memory(self.rests[i].packed)
            release_memory(self.rests)

    def rest(self, index):
        """What is known of a packed row without unpacking it (checked)."""
        index &= ~ASLEEP
        if index < 0 or index >= self.limit:
            raise IndexError("no such row is asleep")
        return rest_at(self.rests, index)

    def pack(self, row, ring):
        """A packed copy of the row and its events; its index.  ``ring``: recent segments too."""
        size: cython.longlong = self.packing.write(row, ring)
        place: cython.longlong = self.free
        if place >= 0:
            self.free = rest_at(self.rests, place).link
        else:
            if self.limit == self.capacity:
                if cython.compiled:
                    with cython.gil:
                        self._more()
                else:
                    self._more()
            place = self.limit
            self.limit += 1
        rest = rest_at(self.rests, place)
        if cython.compiled:
            # Who reads the last octets reads a whole word.
            rest.packed = cython.cast(cython.pointer(cython.uchar), malloc(size + 8))
            if not rest.packed:
                with cython.gil:
                    raise MemoryError("no memory for more connections")
            memcpy(rest.packed, cython.address(self.packing.octets[0]), size)
        else:
            rest.packed = bytes(self.packing.octets[:size])
        rest.groups = self.packing.groups
        rest.seen = row.seen
        rest.tag = row.tag
        rest.link = row.link
        self.count += 1
        return place | ASLEEP

    def unpack(self, index, row):
        """Bring a packed row back in ``row``; the packed one stays.

        The row has no events, or as many blocks for them as any may need, which it keeps.
        """
        rest = self._open(index)
        self.packing.read(rest.packed, rest.groups, row)
        row.seen = rest.seen
        row.tag = rest.tag
        row.link = rest.link
        return 0

    def glance(self, index, row):
        """Bring back what comes first of a packed row, and not its ends, history and events.

        Gives back the row's marks with those that its two ends show.
        """
        rest = self._open(index)
        row.link = rest.link
        return self.packing.glance(rest.packed, row)

    def times(self, index, row):
        """Bring back what comes first and when things happened, where those are not too many.

        The row has blocks for all events; 0 where there are more than are looked at here.
        """
        rest = self._open(index)
        row.link = rest.link
        return self.packing.times(rest.packed, rest.groups, row)

    def expect_rest(self, index):
        """What is known of a packed row without unpacking it will be asked for soon."""
        if cython.compiled:
            fetch(rest_at(self.rests, index & ~ASLEEP))
        return 0

    def expect(self, index):
        """A packed row will be asked for soon, then the one chained behind it: let them come."""
        if cython.compiled:
            rest = self.rest(index)
            fetch(rest.packed)
            fetch(rest.packed + 64)
            fetch(rest.packed + 128)
            if rest.link & ASLEEP and rest.link >= 0:
                fetch(rest_at(self.rests, rest.link & ~ASLEEP))
        return 0

    def number(self, index):
        """The number of the connection in a packed row."""
        return self.packing.number(self._open(index).packed)

    def drop(self, index):
        """A packed row is not needed any longer."""
        rest = self.rest(index)
        if cython.compiled:
            release_memory(rest.packed)
            rest.packed = cython.NULL
        else:
            rest.packed = None
        rest.groups = 0
        rest.link = self.free
        self.free = index & ~ASLEEP
        self.count -= 1
        return 0

    def _open(self, index):
        """A packed row that is to be read."""
        rest = self.rest(index)
        if rest.groups == 0:
            raise IndexError("no such row is asleep")
        return rest

    def _more(self):
        count: cython.longlong = max(1024, self.capacity + self.capacity // 2)
        if count > ASLEEP:
            raise MemoryError("too many open connections")
        if cython.compiled:
            room: cython.size_t = count * cython.sizeof(Rest)
            grown = realloc(self.rests, room)
            if not grown:
                raise MemoryError("no memory for more connections")
            self.rests = cython.cast(cython.pointer(Rest), grown)
        else:
            self.rests.extend(Rest() for _ in range(count - self.capacity))
        self.capacity = count
        return 0
