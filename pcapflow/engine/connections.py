# cython: language_level=3
"""Which connection a segment belongs to, and which end sent it.

A hash table over the two addresses and ports (``hashing``), with open addressing and the exact
key compared.  A row is found by its index; its ``number`` is the connection's, from 1, by first
packet.
"""

import array

import cython

if cython.compiled:
    from cython.cimports.libc.string import memcpy
else:
    from pcapflow.engine.hashing import order_of
    from pcapflow.engine.layout import (
        ASLEEP,
        CHUNK,
        MARK_GUESSED,
        MARK_MID_STREAM,
        RING,
        ROW_FREE,
        ROW_OPEN,
        TH_ACK,
        TH_SYN,
        Row,
        row_at,
        side_of,
    )
    from pcapflow.engine.memory import add_chunk, drop_chunks, fetch
    from pcapflow.engine.sides import clear_side

_LOW32 = cython.declare(cython.longlong, 0xFFFFFFFF)
_TOMBSTONE = cython.declare(cython.longlong, -(1 << 32))  # no index, and no tag is negative
_LINE = cython.declare(cython.longlong, 64)


class Connections:
    """The open connections: rows of ``layout.Row``, reused when released.

    ``opened`` counts all connections ever opened, ``used`` the rows in use; rows from ``limit`` on
    have never been used.
    """

    def __init__(self) -> None:
        self.capacity = 0
        self.limit = 0
        self.free = -1
        self.opened = 0
        self.used = 0
        self.load = 0
        self.mask = 1023
        self.slots = array.array("q", bytes(8 * 1024))
        if cython.compiled:
            _clear(cython.address(self.blank))
        else:
            self.chunks = []

    def __dealloc__(self):
        if cython.compiled:
            drop_chunks(cython.address(self.memory))

    def at(self, index):
        """The row with this index (checked)."""
        if index < 0 or index >= self.limit:
            raise IndexError("no such connection row")
        return row_at(self.chunks, index)

    def same_client(self, row, other):
        """Whether two rows of one four-tuple have the same end as their client."""
        return (
            row.ports == other.ports
            and row.client_lo == other.client_lo
            and row.client_hi == other.client_hi
        )

    def turn(self, row):
        """Make the client the server: what was guessed has turned out wrong."""
        if cython.compiled:
            side = row.side[0]
            row.side[0] = row.side[1]
            row.side[1] = side
        else:
            row.side = (row.side[1], row.side[0])
        row.side[0].calm = 0
        row.side[1].calm = 0
        row.client_hi, row.server_hi = row.server_hi, row.client_hi
        row.client_lo, row.server_lo = row.server_lo, row.client_lo
        row.ports = (row.ports & 0xFFFF) << 16 | row.ports >> 16
        row.order = order_of(row)
        row.rst_seq[0], row.rst_seq[1] = row.rst_seq[1], row.rst_seq[0]
        row.sacked[0], row.sacked[1] = row.sacked[1], row.sacked[0]
        row.odd_seq[0], row.odd_seq[1] = row.odd_seq[1], row.odd_seq[0]
        row.odd_ack[0], row.odd_ack[1] = row.odd_ack[1], row.odd_ack[0]
        return 0

    def open(self, segment):
        """A new row for the connection that segment ``i`` begins; returns its index.

        The client sent the SYN, or received the SYN-ACK; else it is the end that does not have
        the well-known or lower port; else it is who speaks first.
        """
        index: cython.longlong
        client_sent: cython.longlong = 1
        marks: cython.longlong = 0
        source: cython.longlong = segment.ports >> 16
        target: cython.longlong = segment.ports & 0xFFFF
        flags: cython.longlong = segment.flags
        index = self.spare()
        row = row_at(self.chunks, index)
        # A row has 150 fields, most of them a few bits: to set each costs more than all the rest.
        if cython.compiled:
            memcpy(row, cython.address(self.blank), cython.sizeof(Row))
        else:
            _clear(row)
        self.opened += 1
        row.number = self.opened
        if flags & TH_SYN:
            if flags & TH_ACK:
                client_sent = 0
        else:
            marks = MARK_GUESSED | MARK_MID_STREAM
            if source < target:
                client_sent = 0
        if client_sent:
            row.client_hi, row.client_lo = segment.src_hi, segment.src_lo
            row.server_hi, row.server_lo = segment.dst_hi, segment.dst_lo
            row.ports = source << 16 | target
        else:
            row.client_hi, row.client_lo = segment.dst_hi, segment.dst_lo
            row.server_hi, row.server_lo = segment.src_hi, segment.src_lo
            row.ports = target << 16 | source
        row.version = segment.version
        row.order = order_of(row)
        row.used = ROW_OPEN
        row.marks = marks
        row.tunnel = segment.tunnel
        row.tag = segment.tag
        row.first = segment.time
        row.first_frame = segment.frame
        row.last = segment.time
        self._expect_row()
        return index

    def _expect_row(self):
        """The next row to be opened comes from memory while others are judged."""
        line: cython.longlong
        index: cython.longlong = self.free if self.free >= 0 else self.limit
        if cython.compiled and index < self.capacity:
            row = cython.cast(cython.pointer(cython.char), row_at(self.chunks, index))
            for line in range(cython.sizeof(Row) // _LINE):
                fetch(row + line * _LINE)
        return 0

    def spare(self):
        """The index of a row that nobody uses; what is in it is left from before."""
        index: cython.longlong = self.free
        if index >= 0:
            self.free = row_at(self.chunks, index).link
        else:
            if self.limit == self.capacity:
                if cython.compiled:
                    with cython.gil:
                        self._more_rows()
                else:
                    self._more_rows()
            index = self.limit
            self.limit += 1
        self.used += 1
        return index

    def take_over(self, index, older):
        """Let the table answer with row ``index`` where it answered with ``older``, if any.

        Without an older row the new one is entered.
        """
        tag: cython.longlong = self.at(index).tag
        return self._insert(tag, index) if older < 0 else self.rename(tag, older, index)

    def rename(self, tag, before, index):
        """Let the table answer with ``index`` where it answered with ``before``."""
        position: cython.longlong = tag & self.mask
        while self.slots[position] != (tag << 32 | (before + 1)):
            if self.slots[position] == 0:
                return self._insert(tag, index)
            position = (position + 1) & self.mask
        self.slots[position] = tag << 32 | (index + 1)
        return 0

    def _insert(self, tag, index):
        position: cython.longlong
        entry: cython.longlong
        if (self.load + 1) * 2 > self.mask:
            if cython.compiled:
                with cython.gil:
                    self._rehash()
            else:
                self._rehash()
        # The newest stands where it is looked up first, and those that stood there move on by one:
        # the latest connections are the busiest.  The other way they needed 1.7 looks, not 1.1.
        entry = tag << 32 | (index + 1)
        position = tag & self.mask
        while entry & _LOW32:
            entry, self.slots[position] = self.slots[position], entry
            position = (position + 1) & self.mask
        if entry == 0:  # else a tombstone has found a use
            self.load += 1
        return 0

    def expect(self, tag):
        """A row's slot will be looked for soon: let it come nearer."""
        if cython.compiled:
            fetch(cython.address(self.slots[tag & self.mask]))
        return 0

    def forget(self, tag, index):
        """Take a row out of the table, so that it is not found again; its memory stays.

        The slot becomes a tombstone: neither empty nor any segment's.
        """
        position: cython.longlong = tag & self.mask
        while self.slots[position] != 0:
            if self.slots[position] == (tag << 32 | (index + 1)):
                self.slots[position] = _TOMBSTONE
                return 1
            position = (position + 1) & self.mask
        return 0

    def release(self, index):
        """Give the row's memory back for another connection."""
        row = self.at(index)
        row.used = ROW_FREE
        row.link = self.free
        self.free = index
        self.used -= 1
        return 0

    def _rehash(self):
        """Drop tombstones, and double the table where rows, not tombstones, fill it."""
        old = self.slots
        live: cython.longlong = 0
        i: cython.longlong
        entry: cython.longlong
        position: cython.longlong
        size: cython.longlong = self.mask + 1
        for i in range(size):
            if old[i] & _LOW32:
                live += 1
        while live * 4 > size:
            size *= 2
        self.slots = array.array("q", [0]) * size
        self.mask = size - 1
        self.load = live
        for i in range(len(old)):
            entry = old[i]
            if entry & _LOW32:
                position = (entry >> 32) & self.mask
                while self.slots[position] != 0:
                    position = (position + 1) & self.mask
                self.slots[position] = entry
        return 0

    def _more_rows(self):
        """One more chunk of rows, none of which lies across cache lines.

        A row stays where it is; memory that no row has needed yet is not touched.
        """
        if self.capacity + CHUNK > ASLEEP:
            raise MemoryError("too many open connections")
        if cython.compiled:
            grown: cython.bint = add_chunk(cython.address(self.memory), CHUNK * cython.sizeof(Row))
            # Also where there was none: what names the chunks may have moved.
            self.chunks = cython.cast(cython.pointer(cython.pointer(Row)), self.memory.starts)
            if not grown:
                raise MemoryError("no memory for more connections")
            self.capacity += CHUNK
        else:
            self.chunks.extend(Row() for _ in range(64))
            self.capacity += 64
        return 0


def _clear(row):
    """Nothing is known of a connection yet; the key and what its first segment says is to come."""
    k: cython.longlong
    row.number = 0
    row.closing = 0
    row.duplicates = 0
    row.rst_at = -1
    row.ended = -1
    row.seen = 0
    row.head = -1
    row.tail = -1
    row.kept = 0
    row.last_code = 0
    row.link = -1
    row.node = 0
    row.older = -1
    row.shape_length = 0
    row.history = 0
    row.history_more = 0
    row.history_count = 0
    row.ring_next = 0
    for k in range(2):
        clear_side(side_of(row, k))
        row.rst_seq[k] = -1
        row.sacked[k] = -1
        row.odd_seq[k] = -1
        row.odd_ack[k] = -1
    for k in range(2 * RING):
        row.ring[k] = 0
    return 0
