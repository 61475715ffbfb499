# cython: language_level=3, boundscheck=False
"""Rows that nothing has happened to for a while, packed: a third of the memory, nothing is lost.

Each field is written as its distance from what it can be expected to be (an end's last time from
the connection's, what was acknowledged from what was sent), so that most are small; ``squeeze``
then leaves out the octets that they do not need.  A packed row's index has the bit ``ASLEEP``.

Reads what was written here, and nothing of a capture: of all rows none needs more than ``NUMBERS``.
"""

import array

import cython

from pcapflow.engine.log import Log

if cython.compiled:
    from cython.cimports.libc.stdlib import free as release_memory
    from cython.cimports.libc.stdlib import malloc, realloc
    from cython.cimports.libc.string import memcpy
else:
    from pcapflow.engine.layout import (
        ASLEEP,
        BLOCK,
        KEPT_HEAD,
        KEPT_TAIL,
        RING,
        RING_PLACE,
        Rest,
        kept_at,
        rest_at,
        side_of,
    )
    from pcapflow.engine.marks import marks_of
    from pcapflow.engine.memory import fetch
    from pcapflow.engine.squeeze import GROUP, LONGEST, spread, squeeze

    NUMBERS = 320  # 96 events of two, the ring of 16, 100 fields
    ROOM = NUMBERS // GROUP * LONGEST + 8
    TIMES = 3  # groups that hold all times of rows with ...
    TIMED = 13  # ... so many events: 16 numbers come first, six are of the ends, two of an event
    WHAT_BITS = 9  # of an event's code, end, and whether it is a repeat
    HAS_ENDING = 1
    HAS_HOLE = 2
    HAS_RARE = 4


class Asleep:
    """Packed rows; ``count`` of them.  Their events are in ``log`` while they are awake."""

    def __init__(self, log: Log) -> None:
        self.log = log
        self.capacity = 0
        self.limit = 0
        self.free = -1
        self.count = 0
        self.base = 0
        self.at = 0
        self.rare = 0
        if not cython.compiled:
            self.rests = []
            self.numbers = array.array("q", bytes(8 * NUMBERS))
            self.octets = bytearray(ROOM)

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
        place: cython.longlong
        size: cython.longlong
        self.at = 0
        if self.base == 0:
            self.base = row.first
        self.log.expect(row)  # they come while the rest is being packed
        self._put_head(row)
        self._put_times(row)
        self._put_rest(row)
        self._put_side(row, 0)
        self._put_side(row, 1)
        self._put_ring(row, ring)
        while self.at % GROUP:
            self._put(0)
        size = squeeze(self.numbers, self.at, self.octets)
        place = self.free
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
            memcpy(rest.packed, cython.address(self.octets[0]), size)
        else:
            rest.packed = bytes(self.octets[:size])
        rest.groups = self.at // GROUP
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
        spread(rest.packed, rest.groups, self.numbers)
        self._get_head(row)
        self._get_times(row)
        self._get_rest(row)
        self._get_side(row, 0)
        self._get_side(row, 1)
        self._get_ring(row)
        row.seen = rest.seen
        row.tag = rest.tag
        row.link = rest.link
        return 0

    def glance(self, index, row):
        """Bring back what comes first of a packed row, and not its ends, history and events.

        Gives back the row's marks with those that its two ends show.
        """
        rest = self._open(index)
        spread(rest.packed, 1, self.numbers)
        row.link = rest.link
        return self._get_head(row)

    def times(self, index, row):
        """Bring back what comes first and when things happened, where those are not too many.

        The row has blocks for all events; 0 where there are more than are looked at here.
        """
        rest = self._open(index)
        if rest.groups < TIMES:
            return 0
        spread(rest.packed, TIMES, self.numbers)
        row.link = rest.link
        self._get_head(row)
        if row.kept > TIMED:
            return 0
        self._get_times(row)
        return 1

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
        rest = self._open(index)
        spread(rest.packed, 1, self.numbers)
        return self._get()

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
        """A packed row whose numbers will be read from the first one on."""
        rest = self.rest(index)
        if rest.groups == 0:
            raise IndexError("no such row is asleep")
        self.at = 0
        return rest

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
        self._put(row.number)
        self._put(row.node << 4 | row.version)
        self._put(row.client_hi)
        self._put(row.client_lo)
        self._put(row.server_hi)
        self._put(row.server_lo)
        self._put(row.ports)
        self._put(row.marks)
        self._put(marks_of(row) ^ row.marks)
        self._put(row.kept)
        self._put(row.first - self.base)
        self._put(row.last - row.first)
        self._put_time(row.ended, row.last)
        self._put(row.first_frame)
        self._put(row.shape_length << 12 | row.last_code)
        self._put(row.history_count << 5 | row.closing << 1 | self.rare)
        return 0

    def _put_rest(self, row):
        k: cython.longlong
        self._put(row.history)
        if self.rare:
            self._put(row.duplicates)
            self._put(row.tunnel)
            self._put(row.history_more)
            self._put_time(row.rst_at, row.last)
            for k in range(2):
                self._put(row.rst_seq[k])
                self._put(row.sacked[k])
                self._put(row.odd_seq[k])
                self._put(row.odd_ack[k])
        return 0

    def _get_head(self, row):
        """What comes first; gives back the marks that the two ends show."""
        number: cython.longlong
        shown: cython.longlong
        row.number = self._get()
        number = self._get()
        row.node = number >> 4
        row.version = number & 15
        row.client_hi = self._get()
        row.client_lo = self._get()
        row.server_hi = self._get()
        row.server_lo = self._get()
        row.ports = self._get()
        row.marks = self._get()
        shown = self._get() ^ row.marks
        row.kept = self._get()
        row.first = self._get() + self.base
        row.last = self._get() + row.first
        row.ended = self._get_time(row.last)
        row.first_frame = self._get()
        number = self._get()
        row.shape_length = number >> 12
        row.last_code = number & 4095
        number = self._get()
        row.history_count = number >> 5
        row.closing = number >> 1 & 15
        self.rare = number & 1
        return shown

    def _get_rest(self, row):
        k: cython.longlong
        row.history = self._get()
        row.duplicates = self._get() if self.rare else 0
        row.tunnel = self._get() if self.rare else 0
        row.history_more = self._get() if self.rare else 0
        row.rst_at = self._get_time(row.last) if self.rare else -1
        for k in range(2):
            row.rst_seq[k] = self._get() if self.rare else -1
            row.sacked[k] = self._get() if self.rare else -1
            row.odd_seq[k] = self._get() if self.rare else -1
            row.odd_ack[k] = self._get() if self.rare else -1
        row.older = -1
        return 0

    def _put_side(self, row, end):
        """One end.  What only few have is left out where it is as in a new row."""
        side = side_of(row, end)
        ending: cython.longlong = (
            side.fin_mark >= 0
            or side.fin_ack >= 0
            or side.fin_count > 0
            or side.fin_last >= 0
            or side.fin_acked_at >= 0
            or side.fin_acked_frame >= 0
            or side.fin_seen
        )
        hole: cython.longlong = side.hole_from >= 0 or side.hole_to >= 0
        rare: cython.longlong = (
            side.unanswered
            or side.zero
            or side.lives
            or side.rsts
            or side.windows
            or side.unseen
            or side.again
            or side.gaps
            or side.asked >= 0
        )
        self._put(
            side.syn_count << 8
            | side.alive << 5
            | side.calm << 3
            | (HAS_ENDING if ending else 0)
            | (HAS_HOLE if hole else 0)
            | (HAS_RARE if rare else 0)
        )
        self._put(side.letters)
        self._put(side.isn)
        self._put(side.snd_nxt - side.isn)
        self._put(side.snd_nxt - side.snd_una)
        self._put(side.snd_nxt - side.isn - side.octets)
        self._put(side.ack_sent - side_of(row, 1 - end).snd_nxt)
        self._put(side.ip_id)
        self._put(side.origin)
        self._put(side.packets)
        self._put(side.window)
        self._put(side.rtt)
        self._put(side.scale)
        if ending:
            self._put(side.fin_mark - side.snd_nxt)
            self._put(side.fin_ack)
            self._put(side.fin_count)
            self._put_time(side.fin_last, side.last)
            self._put_time(side.fin_acked_at, side.fin_last)
            self._put_time(side.fin_acked_frame, row.first_frame)
            self._put(side.fin_seen)
        if hole:
            self._put(side.hole_from)
            self._put(side.hole_to)
        if rare:
            self._put(side.unanswered)
            self._put(side.zero)
            self._put(side.lives)
            self._put(side.rsts)
            self._put(side.windows)
            self._put(side.unseen)
            self._put(side.again)
            self._put(side.gaps)
            self._put(side.asked)
        return 0

    def _get_side(self, row, end):
        side = side_of(row, end)
        flags: cython.longlong = self._get()
        side.syn_count = flags >> 8
        side.alive = flags >> 5 & 7
        side.calm = flags >> 3 & 3
        side.letters = self._get()
        side.isn = self._get()
        side.snd_nxt = self._get() + side.isn
        side.snd_una = side.snd_nxt - self._get()
        side.octets = side.snd_nxt - side.isn - self._get()
        side.ack_sent = self._get()  # the other end's number is added when both are known
        if end:
            side.ack_sent += row.side[0].snd_nxt
            row.side[0].ack_sent += side.snd_nxt
        side.ip_id = self._get()
        side.origin = self._get()
        side.packets = self._get()
        side.window = self._get()
        side.rtt = self._get()
        side.scale = self._get()
        if flags & HAS_ENDING:
            side.fin_mark = self._get() + side.snd_nxt
            side.fin_ack = self._get()
            side.fin_count = self._get()
            side.fin_last = self._get_time(side.last)
            side.fin_acked_at = self._get_time(side.fin_last)
            side.fin_acked_frame = self._get_time(row.first_frame)
            side.fin_seen = self._get()
        else:
            side.fin_mark = -1
            side.fin_ack = -1
            side.fin_count = 0
            side.fin_last = -1
            side.fin_acked_at = -1
            side.fin_acked_frame = -1
            side.fin_seen = 0
        side.hole_from = self._get() if flags & HAS_HOLE else -1
        side.hole_to = self._get() if flags & HAS_HOLE else -1
        if flags & HAS_RARE:
            side.unanswered = self._get()
            side.zero = self._get()
            side.lives = self._get()
            side.rsts = self._get()
            side.windows = self._get()
            side.unseen = self._get()
            side.again = self._get()
            side.gaps = self._get()
            side.asked = self._get()
        else:
            side.unanswered = 0
            side.zero = 0
            side.lives = 0
            side.rsts = 0
            side.windows = 0
            side.unseen = 0
            side.again = 0
            side.gaps = 0
            side.asked = -1
        return 0

    def _put_ring(self, row, ring):
        k: cython.longlong
        self._put(row.ring_next + 1 if ring else 0)
        if ring:
            for k in range(RING):
                self._put(row.ring[2 * k])
                self._put((row.last & ~RING_PLACE) - row.ring[2 * k + 1])
        return 0

    def _get_ring(self, row):
        k: cython.longlong
        place: cython.longlong = self._get() - 1
        row.ring_next = max(0, place)
        for k in range(RING):
            row.ring[2 * k] = self._get() if place >= 0 else 0
            row.ring[2 * k + 1] = (row.last & ~RING_PLACE) - self._get() if place >= 0 else 0
        return 0

    def _put_times(self, row):
        """When the ends spoke, and the events as they lie in the log, each from the one before."""
        k: cython.longlong
        place: cython.longlong = 0
        at: cython.longlong = row.first
        frame: cython.longlong = row.first_frame
        for k in range(2):
            side = side_of(row, k)
            self._put(side.idle + 1)
            self._put_time(side.last, row.last)
            self._put_time(side.last_data, side.last)
        for k in range(self.log.stored(row)):
            place = self.log.step(row, k, place)
            event = kept_at(self.log.pool, place)
            self._put(event.at - at)
            self._put((event.frame - frame) << WHAT_BITS | event.what)
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
            side.idle = self._get() - 1
            side.last = self._get_time(row.last)
            side.last_data = self._get_time(side.last)
        for k in range(stored):
            at += self._get()
            number = self._get()
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

    def _put_time(self, at, since):
        """A time, or -1: as 0."""
        self._put((at - since + (at >= since)) * (at >= 0))
        return 0

    def _get_time(self, since):
        ahead: cython.longlong = self._get()
        return since + ahead - (ahead > 0) if ahead else -1

    def _put(self, value):
        self.numbers[self.at] = value
        self.at += 1
        return 0

    def _get(self):
        number: cython.longlong = self.numbers[self.at]
        self.at += 1
        return number

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
