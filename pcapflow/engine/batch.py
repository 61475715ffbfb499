# cython: language_level=3
"""A batch of records and of the TCP segments in them: the rooms' common currency.

``records`` of the packets are filled, and ``count`` of the segments (``layout`` names their
columns).  Records are read and decoded until there is no room for more segments; then the batch
is read by the next room, and used again.  A room checks once a batch that the rows it reads or
writes exist (``Batch.check``), and not again for each row.
"""

import array

import cython

if cython.compiled:
    from cython.cimports.libc.stdlib import calloc
    from cython.cimports.libc.stdlib import free as release_memory
else:
    from pcapflow.engine.layout import Packet, Segment, packet_at, segment_at

PLACE = 8
"""Words of a line of ``Batch.places``."""


class Batch:
    """Room for ``capacity`` records and as many segments."""

    def __init__(self, capacity: int = 4096) -> None:
        if not 0 < capacity < 1 << 24:
            raise ValueError("a batch holds 1 ... 2**24 segments")
        self.capacity = capacity
        self.records = 0
        self.count = 0
        if cython.compiled:
            if self.packets or self.segments:
                raise ValueError("a batch is made once")
            room: cython.size_t = capacity
            packets = calloc(room, cython.sizeof(Packet))
            self.packets = cython.cast(cython.pointer(Packet), packets)
            segments = calloc(room, cython.sizeof(Segment))
            self.segments = cython.cast(cython.pointer(Segment), segments)
            if not (packets and segments):
                self.capacity = 0
                raise MemoryError("no memory for a batch")
        else:
            self.packets = [_zeros(Packet()) for _ in range(capacity)]
            self.segments = [_zeros(Segment()) for _ in range(capacity)]

    def __dealloc__(self):
        if cython.compiled:
            release_memory(self.packets)
            release_memory(self.segments)

    def check(self):
        """Raise IndexError where more rows are claimed than there are."""
        if not 0 <= self.records <= self.capacity or not 0 <= self.count <= self.capacity:
            raise IndexError("a batch claims more rows than it has")

    def swap(self, other):
        """Exchange all rows, and how many are filled, with another batch."""
        capacity: cython.longlong = self.capacity
        records: cython.longlong = self.records
        count: cython.longlong = self.count
        packets, segments = self.packets, self.segments
        self.capacity, self.records, self.count = other.capacity, other.records, other.count
        self.packets, self.segments = other.packets, other.segments
        other.capacity, other.records, other.count = capacity, records, count
        other.packets, other.segments = packets, segments
        return 0

    def put(self, to, other, i):
        """Copy segment ``i`` of another batch to row ``to``."""
        if cython.compiled:
            self.segments[to] = other.segments[i]
        else:
            from copy import copy  # only for those who need it

            self.segments[to] = copy(other.segments[i])
        return 0

    def segment(self, i):
        """Segment ``i``: its columns by name."""
        self.check()
        if not 0 <= i < self.count:
            raise IndexError("no such segment in the batch")
        return self.segments[i] if cython.compiled else _columns(self.segments[i])

    def record(self, i):
        """Record ``i``: its columns by name."""
        self.check()
        if not 0 <= i < self.records:
            raise IndexError("no such record in the batch")
        return self.packets[i] if cython.compiled else _columns(self.packets[i])

    def tracked(self):
        """Of each segment its frame, its time (ns), its connection's number and its events."""
        i: cython.longlong
        found = []
        self.check()
        for i in range(self.count):
            segment = segment_at(self.segments, i)
            found.append((segment.frame, segment.time, segment.conn, segment.codes))
        return found

    def eventful(self):
        """Of each tracked segment that was an event its time (ns) and its connection's number."""
        i: cython.longlong
        found = []
        self.check()
        for i in range(self.count):
            segment = segment_at(self.segments, i)
            if segment.codes:
                found.append((segment.time, segment.conn))
        return found

    def places(self):
        """Where the packets of tracked segments lie, in lines of one array of 64-bit integers.

        A line: connection's number, time (ns), frame, offset of the packet's octets in the capture,
        how many were captured, and were on the wire, LINKTYPE, interface.
        """
        i: cython.longlong
        k: cython.longlong = 0
        at: cython.longlong = 0
        self.check()
        found = array.array("q", bytes(8 * PLACE * self.count))
        cells: cython.longlong[::1] = found
        for i in range(self.count):
            segment = segment_at(self.segments, i)
            while k < self.records and packet_at(self.packets, k).number < segment.frame:
                k += 1
            if k == self.records:
                raise IndexError("a segment of the batch lies in none of its records")
            packet = packet_at(self.packets, k)
            cells[at] = segment.conn
            cells[at + 1] = segment.time
            cells[at + 2] = segment.frame
            cells[at + 3] = segment.offset
            cells[at + 4] = packet.captured
            cells[at + 5] = packet.original
            cells[at + 6] = packet.link
            cells[at + 7] = packet.interface
            at += PLACE
        return found


def _zeros(row):
    """A row as memory is before anything is written there."""
    for name in row.__slots__:
        setattr(row, name, 0)
    return row


def _columns(row):
    return {name: getattr(row, name) for name in row.__slots__}
