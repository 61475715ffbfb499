# cython: language_level=3, boundscheck=False
"""What is written of a row, and of its events, when it is packed.

Each field is written as its distance from what it can be expected to be (an end's last time from
the connection's, what was acknowledged from what was sent), so that most are small; ``squeeze``
then leaves out the octets that they do not need.

Reads what was written here, and nothing of a capture: of all rows none needs more than ``NUMBERS``.
"""

import cython

from pcapflow.engine.log import Log

if not cython.compiled:
    from pcapflow.engine.hashing import order_of
    from pcapflow.engine.layout import (
        BLOCK,
        KEPT_HEAD,
        KEPT_TAIL,
        RING,
        RING_PLACE,
        kept_at,
        side_of,
    )
    from pcapflow.engine.marks import marks_of
    from pcapflow.engine.sheet import NUMBERS, Sheet, get, get_time, put, put_time
    from pcapflow.engine.sides import clear_side, get_side, put_side
    from pcapflow.engine.squeeze import GROUP, LONGEST, spread, squeeze

    ROOM = NUMBERS // GROUP * LONGEST + 8
    TIMES = 3  # groups that hold all times of rows with ...
    TIMED = 13  # ... so many events: 16 numbers come first, six are of the ends, two of an event
    WHAT_BITS = 9  # of an event's code, end, and whether it is a repeat


class Packing:
    """Writes rows into ``octets`` and reads them; their events are in ``log`` while they are awake.

    ``groups`` of numbers were written last.
    """

    def __init__(self, log: Log) -> None:
        self.log = log
        self.base = -1
        self.rare = 0
        self.groups = 0
        if not cython.compiled:
            self.sheet = Sheet()
            self.octets = bytearray(ROOM)

    def write(self, row, ring):
        """Write a row and its events; how many octets it took.  ``ring``: recent segments too."""
        self.sheet.at = 0
        if self.base < 0:
            self.base = row.first
        self.log.expect(row)  # they come while the rest is being packed
        self._put_head(row)
        self._put_times(row)
        self._put_rest(row)
        put_side(self.sheet, row, 0)
        put_side(self.sheet, row, 1)
        self._put_ring(row, ring)
        while self.sheet.at % GROUP:
            put(self.sheet, 0)
        self.groups = self.sheet.at // GROUP
        return squeeze(self.sheet.numbers, self.sheet.at, self.octets)

    def read(self, octets, groups, row):
        """Bring all of a row back.

        It has no events, or as many blocks for them as any may need, which it keeps.
        """
        clear_side(side_of(row, 0))
        clear_side(side_of(row, 1))
        self._open(octets, groups)
        self._get_head(row)
        self._get_times(row)
        self._get_rest(row)
        get_side(self.sheet, row, 0)
        get_side(self.sheet, row, 1)
        self._get_ring(row)
        return 0

    def glance(self, octets, row):
        """Bring back what comes first of a row; gives back the marks that its two ends show."""
        self._open(octets, 1)
        return self._get_head(row)

    def times(self, octets, groups, row):
        """Bring back what comes first and when things happened, where those are not too many.

        The row has blocks for all events; 0 where there are more than are looked at here.
        """
        if groups < TIMES:
            return 0
        self._open(octets, TIMES)
        self._get_head(row)
        if row.kept > TIMED:
            return 0
        self._get_times(row)
        return 1

    def number(self, octets):
        """The number of a row's connection."""
        self._open(octets, 1)
        return get(self.sheet)

    def _open(self, octets, groups):
        """So many groups will be read, from the first number on."""
        spread(octets, groups, self.sheet.numbers)
        self.sheet.at = 0
        return 0

    def _put_head(self, row):
        """What is asked of most rows that have ended comes first: one group (``glance``)."""
        rare: cython.longlong = (
            row.duplicates
            or row.tunnel
            or row.history_count > 12
            or row.rst_at >= 0
            or row.rst_seq[0] >= 0
            or row.rst_seq[1] >= 0
            or row.sacked[0] >= 0
            or row.sacked[1] >= 0
            or row.odd_seq[0] >= 0
            or row.odd_seq[1] >= 0
            or row.odd_ack[0] >= 0
            or row.odd_ack[1] >= 0
        )
        self.rare = 1 if rare else 0
        put(self.sheet, row.number)
        put(self.sheet, row.node << 4 | row.version)
        put(self.sheet, row.client_hi)
        put(self.sheet, row.client_lo)
        put(self.sheet, row.server_hi)
        put(self.sheet, row.server_lo)
        put(self.sheet, row.ports)
        put(self.sheet, row.marks)
        put(self.sheet, marks_of(row) ^ row.marks)
        put(self.sheet, row.kept)
        put(self.sheet, row.first - self.base)
        put(self.sheet, row.last - row.first)
        put_time(self.sheet, row.ended, row.last)
        put(self.sheet, row.first_frame)
        put(self.sheet, row.shape_length << 12 | row.last_code)
        put(self.sheet, row.history_count << 5 | row.closing << 1 | self.rare)
        return 0

    def _get_head(self, row):
        """What comes first; gives back the marks that the two ends show."""
        number: cython.longlong
        shown: cython.longlong
        row.number = get(self.sheet)
        number = get(self.sheet)
        row.node = number >> 4
        row.version = number & 15
        row.client_hi = get(self.sheet)
        row.client_lo = get(self.sheet)
        row.server_hi = get(self.sheet)
        row.server_lo = get(self.sheet)
        row.ports = get(self.sheet)
        row.order = order_of(row)
        row.marks = get(self.sheet)
        shown = get(self.sheet) ^ row.marks
        row.kept = get(self.sheet)
        row.first = get(self.sheet) + self.base
        row.last = get(self.sheet) + row.first
        row.ended = get_time(self.sheet, row.last)
        row.first_frame = get(self.sheet)
        number = get(self.sheet)
        row.shape_length = number >> 12
        row.last_code = number & 4095
        number = get(self.sheet)
        row.history_count = number >> 5
        row.closing = number >> 1 & 15
        self.rare = number & 1
        return shown

    def _put_rest(self, row):
        k: cython.longlong
        put(self.sheet, row.history)
        if self.rare:
            put(self.sheet, row.duplicates)
            put(self.sheet, row.tunnel)
            put(self.sheet, row.history_more)
            put_time(self.sheet, row.rst_at, row.last)
            for k in range(2):
                put(self.sheet, row.rst_seq[k])
                put(self.sheet, row.sacked[k])
                put(self.sheet, row.odd_seq[k])
                put(self.sheet, row.odd_ack[k])
        return 0

    def _get_rest(self, row):
        k: cython.longlong
        row.history = get(self.sheet)
        row.duplicates = get(self.sheet) if self.rare else 0
        row.tunnel = get(self.sheet) if self.rare else 0
        row.history_more = get(self.sheet) if self.rare else 0
        row.rst_at = get_time(self.sheet, row.last) if self.rare else -1
        for k in range(2):
            row.rst_seq[k] = get(self.sheet) if self.rare else -1
            row.sacked[k] = get(self.sheet) if self.rare else -1
            row.odd_seq[k] = get(self.sheet) if self.rare else -1
            row.odd_ack[k] = get(self.sheet) if self.rare else -1
        row.older = -1
        return 0

    def _put_ring(self, row, ring):
        k: cython.longlong
        put(self.sheet, row.ring_next + 1 if ring else 0)
        if ring:
            for k in range(RING):
                put(self.sheet, row.ring[2 * k])
                put(self.sheet, (row.last & ~RING_PLACE) - row.ring[2 * k + 1])
        return 0

    def _get_ring(self, row):
        k: cython.longlong
        place: cython.longlong = get(self.sheet) - 1
        row.ring_next = max(0, place)
        for k in range(RING):
            row.ring[2 * k] = get(self.sheet) if place >= 0 else 0
            row.ring[2 * k + 1] = (row.last & ~RING_PLACE) - get(self.sheet) if place >= 0 else 0
        return 0

    def _put_times(self, row):
        """When the ends spoke, and the events as they lie in the log, each from the one before."""
        k: cython.longlong
        place: cython.longlong = 0
        at: cython.longlong = row.first
        frame: cython.longlong = row.first_frame
        for k in range(2):
            side = side_of(row, k)
            put(self.sheet, side.idle + 1)
            put_time(self.sheet, side.last, row.last)
            put_time(self.sheet, side.last_data, side.last)
        for k in range(self.log.stored(row)):
            place = self.log.step(row, k, place)
            event = kept_at(self.log.pool, place)
            put(self.sheet, event.at - at)
            put(self.sheet, (event.frame - frame) << WHAT_BITS | event.what)
            at = event.at
            frame = event.frame
        return 0

    def _get_times(self, row):
        """Bring back the events where the row's lay before, or where the log has room."""
        k: cython.longlong
        number: cython.longlong
        place: cython.longlong = 0
        at: cython.longlong = row.first
        frame: cython.longlong = row.first_frame
        kept: cython.longlong = row.kept
        stored: cython.longlong = self.log.stored(row)
        reused: cython.longlong = row.head >= 0
        row.kept = 0
        for k in range(2):
            side = side_of(row, k)
            side.idle = get(self.sheet) - 1
            side.last = get_time(self.sheet, row.last)
            side.last_data = get_time(self.sheet, side.last)
        for k in range(stored):
            at += get(self.sheet)
            number = get(self.sheet)
            frame += number >> WHAT_BITS
            if reused:
                place = self.log.step(row, k, place)
                event = kept_at(self.log.pool, place)
                event.at = at
                event.frame = frame
                event.what = number & ((1 << WHAT_BITS) - 1)
            else:
                self.log.keep(row, number & ((1 << WHAT_BITS) - 1), at, frame)
        row.kept = kept
        if kept > stored and not reused:  # a ring: the latest event is where it was
            kept = KEPT_HEAD + (kept - 1 - KEPT_HEAD) % KEPT_TAIL
            row.tail = self.log.block(row, kept // BLOCK)
        return 0
