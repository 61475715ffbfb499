# cython: language_level=3, boundscheck=False
"""Rows that nothing has happened to for a while, packed: a fourth of the memory, nothing is lost.

Each field is written as its distance from what it can be expected to be (an end's last time from
the connection's, what was acknowledged from what was sent), seven bits an octet, so that most take
one octet or two.  A packed row's index has the bit ``ASLEEP``.

Reads what was written here, and nothing of a capture: of all rows none needs more than ``_ROOM``.
"""

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
    from pcapflow.engine.memory import fetch

_ROOM = cython.declare(cython.longlong, 8192)
"""The longest packed row: 96 events, 16 words of the ring, 100 fields, ten octets each at most."""
_ENDING = cython.declare(cython.longlong, 1)
_HOLE = cython.declare(cython.longlong, 2)
_RARE = cython.declare(cython.longlong, 4)


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
        self.buffer = bytearray(_ROOM)
        self.octets = self.buffer
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
        place: cython.longlong
        self.at = 0
        if self.base == 0:
            self.base = row.first
        self.log.expect(row)  # they come while the rest is being packed
        self._put_row(row)
        self._put_side(row, 0)
        self._put_side(row, 1)
        self._put_ring(row, ring)
        self._put_events(row)
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
            rest.packed = cython.cast(cython.pointer(cython.uchar), malloc(self.at))
            if not rest.packed:
                with cython.gil:
                    raise MemoryError("no memory for more connections")
            memcpy(rest.packed, cython.address(self.octets[0]), self.at)
        else:
            rest.packed = bytes(self.octets[: self.at])
        rest.size = self.at
        rest.seen = row.seen
        rest.tag = row.tag
        rest.link = row.link
        self.count += 1
        return place | ASLEEP

    def unpack(self, index, row):
        """Bring a packed row back in ``row``, which has no events; the packed one stays."""
        rest = self._open(index)
        self._get_row(row)
        self._get_side(row, 0)
        self._get_side(row, 1)
        self._get_ring(row)
        self._get_events(row)
        row.seen = rest.seen
        row.tag = rest.tag
        row.link = rest.link
        return 0

    def expect(self, index):
        """A packed row will be asked for soon: let it come nearer."""
        if cython.compiled:
            rest = self.rest(index)
            fetch(rest.packed)
            fetch(rest.packed + 64)
            fetch(rest.packed + 128)
        return 0

    def number(self, index):
        """The number of the connection in a packed row."""
        self._open(index)
        return self._get()

    def drop(self, index):
        """A packed row is not needed any longer."""
        rest = self.rest(index)
        if cython.compiled:
            release_memory(rest.packed)
            rest.packed = cython.NULL
        else:
            rest.packed = None
        rest.size = 0
        rest.link = self.free
        self.free = index & ~ASLEEP
        self.count -= 1
        return 0

    def _open(self, index):
        """Lay a packed row's octets out to be read."""
        rest = self.rest(index)
        if not 0 < rest.size <= _ROOM:
            raise IndexError("no such row is asleep")
        if cython.compiled:
            memcpy(cython.address(self.octets[0]), rest.packed, rest.size)
        else:
            self.octets[: rest.size] = rest.packed
        self.at = 0
        return rest

    def _put_row(self, row):
        k: cython.longlong
        self._put(row.number)
        self._put(row.node)
        self._put(row.version)
        if row.version == 6:
            self._put(row.client_hi)
            self._put(row.server_hi)
        self._put(row.client_lo)
        self._put(row.server_lo)
        self._put(row.ports)
        self._put(row.marks)
        self._put(row.first - self.base)
        self._put(row.last - row.first)
        self._put(row.first_frame)
        self._put(row.last_code)
        self._put(row.shape_length)
        self._put(row.history_count)
        self._put(row.history)
        rare: cython.longlong = (
            row.duplicates
            or row.tunnel
            or row.history_count > 12
            or row.closing
            or row.ended >= 0
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
        self._put(1 if rare else 0)
        if rare:
            self._put(row.duplicates)
            self._put(row.tunnel)
            self._put(row.history_more)
            self._put(row.closing)
            self._put_time(row.ended, row.last)
            self._put_time(row.rst_at, row.last)
            for k in range(2):
                self._put(row.rst_seq[k])
                self._put(row.sacked[k])
                self._put(row.odd_seq[k])
                self._put(row.odd_ack[k])
        return 0

    def _get_row(self, row):
        k: cython.longlong
        row.number = self._get()
        row.node = self._get()
        row.version = self._get()
        row.client_hi = self._get() if row.version == 6 else 0
        row.server_hi = self._get() if row.version == 6 else 0
        row.client_lo = self._get()
        row.server_lo = self._get()
        row.ports = self._get()
        row.marks = self._get()
        row.first = self._get() + self.base
        row.last = self._get() + row.first
        row.first_frame = self._get()
        row.last_code = self._get()
        row.shape_length = self._get()
        row.history_count = self._get()
        row.history = self._get()
        rare: cython.longlong = self._get()
        row.duplicates = self._get() if rare else 0
        row.tunnel = self._get() if rare else 0
        row.history_more = self._get() if rare else 0
        row.closing = self._get() if rare else 0
        row.ended = self._get_time(row.last) if rare else -1
        row.rst_at = self._get_time(row.last) if rare else -1
        for k in range(2):
            row.rst_seq[k] = self._get() if rare else -1
            row.sacked[k] = self._get() if rare else -1
            row.odd_seq[k] = self._get() if rare else -1
            row.odd_ack[k] = self._get() if rare else -1
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
            or side.idle >= 0
        )
        self._put(
            side.alive << 5
            | side.calm << 3
            | (_ENDING if ending else 0)
            | (_HOLE if hole else 0)
            | (_RARE if rare else 0)
        )
        self._put(side.letters)
        self._put(side.isn)
        self._put(side.snd_nxt - side.isn)
        self._put(side.snd_nxt - side.snd_una)
        self._put(side.snd_nxt - side.isn - side.octets)
        self._put(side.ack_sent - side_of(row, 1 - end).snd_nxt)
        self._put(side.ip_id)
        self._put(side.origin)
        self._put_time(side.last, row.last)
        self._put_time(side.last_data, side.last)
        self._put(side.packets)
        self._put(side.window)
        self._put(side.rtt)
        self._put(side.syn_count)
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
            self._put(side.idle)
        return 0

    def _get_side(self, row, end):
        side = side_of(row, end)
        flags: cython.longlong = self._get()
        side.alive = flags >> 5
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
        side.last = self._get_time(row.last)
        side.last_data = self._get_time(side.last)
        side.packets = self._get()
        side.window = self._get()
        side.rtt = self._get()
        side.syn_count = self._get()
        side.scale = self._get()
        side.fin_mark = self._get() + side.snd_nxt if flags & _ENDING else -1
        side.fin_ack = self._get() if flags & _ENDING else -1
        side.fin_count = self._get() if flags & _ENDING else 0
        side.fin_last = self._get_time(side.last) if flags & _ENDING else -1
        side.fin_acked_at = self._get_time(side.fin_last) if flags & _ENDING else -1
        side.fin_acked_frame = self._get_time(row.first_frame) if flags & _ENDING else -1
        side.fin_seen = self._get() if flags & _ENDING else 0
        side.hole_from = self._get() if flags & _HOLE else -1
        side.hole_to = self._get() if flags & _HOLE else -1
        side.unanswered = self._get() if flags & _RARE else 0
        side.zero = self._get() if flags & _RARE else 0
        side.lives = self._get() if flags & _RARE else 0
        side.rsts = self._get() if flags & _RARE else 0
        side.windows = self._get() if flags & _RARE else 0
        side.unseen = self._get() if flags & _RARE else 0
        side.again = self._get() if flags & _RARE else 0
        side.gaps = self._get() if flags & _RARE else 0
        side.asked = self._get() if flags & _RARE else -1
        side.idle = self._get() if flags & _RARE else -1
        return 0

    def _put_ring(self, row, ring):
        k: cython.longlong
        self._put(row.ring_next + 1 if ring else 0)
        if ring:
            for k in range(RING):
                self._put(row.ring[2 * k])
                self._put((row.last >> 10) - (row.ring[2 * k + 1] >> 10))
                self._put(row.ring[2 * k + 1] & RING_PLACE)
        return 0

    def _get_ring(self, row):
        k: cython.longlong
        place: cython.longlong = self._get() - 1
        row.ring_next = max(0, place)
        for k in range(RING):
            row.ring[2 * k] = self._get() if place >= 0 else 0
            row.ring[2 * k + 1] = (row.last >> 10) - self._get() << 10 if place >= 0 else 0
            row.ring[2 * k + 1] |= self._get() if place >= 0 else 0
        return 0

    def _put_events(self, row):
        """The events as they lie in the log, each from the one before it."""
        k: cython.longlong
        place: cython.longlong = 0
        at: cython.longlong = row.first
        frame: cython.longlong = row.first_frame
        self._put(row.kept)
        for k in range(self.log.stored(row)):
            place = self.log.step(row, k, place)
            event = kept_at(self.log.pool, place)
            self._put(event.what)
            self._put(event.at - at)
            self._put(event.frame - frame)
            at = event.at
            frame = event.frame
        return 0

    def _get_events(self, row):
        what: cython.longlong
        at: cython.longlong = row.first
        frame: cython.longlong = row.first_frame
        kept: cython.longlong = self._get()
        row.head = -1
        row.tail = -1
        row.kept = 0
        while row.kept < min(kept, KEPT_HEAD + KEPT_TAIL):
            what = self._get()
            at += self._get()
            frame += self._get()
            self.log.keep(row, what, at, frame)
        if kept > row.kept:  # a ring: the latest event is where it was, with others behind it
            row.kept = kept
            kept = KEPT_HEAD + (kept - 1 - KEPT_HEAD) % KEPT_TAIL
            row.tail = self.log.block(row, kept // BLOCK)
        return 0

    def _put_time(self, at, since):
        """A time, or -1."""
        if at < 0:
            return self._put(0)
        return self._put(at - since + 1 if at >= since else at - since)

    def _get_time(self, since):
        ahead: cython.longlong = self._get()
        if ahead == 0:
            return -1
        return since + ahead - 1 if ahead > 0 else since + ahead

    def _put(self, value):
        """Write a number: its sign in the lowest bit, then seven bits an octet."""
        left: cython.ulonglong = (value << 1) ^ (value >> 63)
        while left >= 128:
            self.octets[self.at] = left & 127 | 128
            self.at += 1
            left >>= 7
        self.octets[self.at] = left
        self.at += 1
        return 0

    def _get(self):
        octet: cython.ulonglong = 128
        found: cython.ulonglong = 0
        shift: cython.longlong = 0
        while octet & 128 and shift < 64:
            octet = self.octets[self.at]
            self.at += 1
            found |= (octet & 127) << shift
            shift += 7
        if found & 1:
            return -1 - cython.cast(cython.longlong, found >> 1)
        return cython.cast(cython.longlong, found >> 1)

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
