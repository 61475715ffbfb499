# cython: language_level=3
"""Rows through a connection's life: awake, asleep, over, released.

An awake row is where the hot loop finds it; nobody needs more of them than are spoken on at one
time.  Past ``awake`` of them, those that have been quiet for a whole round of the sweep are packed
(``asleep``) until their next segment.  A row is over when its connection has ended and nothing can
come any more; who reports it then releases it.
"""

import array

import cython

from pcapflow.engine.asleep import Asleep
from pcapflow.engine.clock import Clock
from pcapflow.engine.connections import Connections
from pcapflow.engine.guest import Guest
from pcapflow.engine.log import Log
from pcapflow.engine.survey import Survey

if not cython.compiled:
    from pcapflow.engine.layout import (
        ASLEEP,
        CLOSING_RESET,
        MARK_CLOSED_EARLY,
        ROW_OPEN,
        ROW_OVER,
        WAIT_EARLY,
        WAIT_LINGER,
        WAIT_NEVER,
        WAIT_OVER,
        WAIT_SYN,
        Row,
        row_at,
        side_of,
    )
    from pcapflow.engine.marks import marks_of
    from pcapflow.engine.memory import fetch

    TIRED = 8  # rows that fall asleep at once

QUIET = 240_000_000_000
"""An ended connection is let go after so long without a segment (ns): RFC 9293's 2MSL, the
longest of all profiles."""
AWAKE = 32_768
"""Rows that may be awake whether they are spoken on or not: some 26 MB with their events."""
_SYN_QUIET = cython.declare(cython.longlong, 300_000_000_000)
"""A SYN never answered: Linux gives up after 127 s, others sooner."""
_FORGOTTEN = cython.declare(cython.longlong, 2_000_000_000)
"""After so long (ns) a packet is not captured again at the same place (``duplicates``: 1 s)."""

_AHEAD = cython.declare(cython.longlong, 4)  # rows that are asked for before they are looked at

_LEAVING = cython.declare(cython.longlong, 1024)
"""So many rows that are over are listed at once: alone, each costs 1,000 instructions."""


class Rows:
    """``finished`` lists the indexes of rows that are over and out of the table.

    ``places`` says whether packets were captured at more than one place.  ``most`` connections may
    be open at once; ``evicted`` counts those that were closed early to make room.
    """

    def __init__(self, connections: Connections, log: Log, clock: Clock) -> None:
        self.connections = connections
        self.log = log
        self.clock = clock
        self.asleep = Asleep(log)
        self.guest = Guest(connections, log, self.asleep, clock)
        self.survey = Survey(connections, self.asleep, clock)
        self.linger = QUIET
        self.awake = AWAKE
        self.most = ASLEEP
        self.evicted = 0
        self.over = 0
        self.finished = array.array("q")
        self.listed = array.array("q", bytes(8 * 1024))
        self.leaving = self.listed
        self.leave = 0
        self.places = False
        self.woken = 0
        self.cursor = 0
        self.cursor_asleep = 0
        self.left = 0
        self.left_asleep = 0
        self.round = -1
        self.round_before = -1
        self.shown = 0
        self.drowsy = 0
        if not cython.compiled:
            self.tired = [0] * TIRED

    def row(self, index):
        """The row with this index; one that sleeps as a copy, until the next is asked for."""
        return self.guest.row(index) if index & ASLEEP else self.connections.at(index)

    def glance(self, index):
        """As ``row``, but without the ends, history and events of one that sleeps.

        ``shown`` are its marks, with those that its two ends show.
        """
        if index & ASLEEP:
            row = self.guest.glance(index)
            self.shown = self.guest.shown
        else:
            row = self.connections.at(index)
            self.shown = marks_of(row)
        return row

    def times(self, index):
        """As ``row``, but of one that sleeps only what spans of time are measured by."""
        return self.guest.times(index) if index & ASLEEP else self.connections.at(index)

    def end_of(self, row):
        """When the capture of a row's connection ended, as far as is known now (ns)."""
        if row.marks & MARK_CLOSED_EARLY:
            return row.ended
        return self.clock.end_after(row.last)

    def number(self, index):
        """The number of the connection in a row."""
        if index & ASLEEP:
            return self.asleep.number(index)
        return self.connections.at(index).number

    def link(self, index):
        """The row that was chained behind a row; -1 at the end of the chain."""
        if index & ASLEEP:
            return self.asleep.rest(index).link
        return self.connections.at(index).link

    def chain(self, index, behind):
        """Chain the row ``behind`` behind a row, or nothing (-1)."""
        if index & ASLEEP:
            self.asleep.rest(index).link = behind
        else:
            self.connections.at(index).link = behind
        return 0

    def release(self, index):
        """The reader is done with a finished row."""
        self.over -= 1
        if index & ASLEEP:
            self.guest.forget(index)
            self.asleep.drop(index)
        else:
            self.log.release(self.connections.at(index))
            self.connections.release(index)
        return 0

    def wake(self, index):
        """Unpack a row: its next segment has come.  Its new index."""
        fresh: cython.longlong = self.connections.spare()
        row = self.connections.at(fresh)
        self.guest.forget(index)
        row.head = -1  # it has no events yet
        row.tail = -1
        self.asleep.unpack(index, row)
        self.asleep.drop(index)
        row.used = ROW_OPEN
        self.connections.rename(row.tag, index, fresh)
        self.woken += 1
        return fresh

    def finish(self, index):
        """The connection is over, and its row out of the table."""
        if index & ASLEEP:
            rest = self.asleep.rest(index)
            if rest.wait != WAIT_EARLY:
                rest.wait = WAIT_OVER
        else:
            row = self.connections.at(index)
            row.used = ROW_OVER
            if not row.marks & MARK_CLOSED_EARLY:
                row.ended = self.clock.end_after(row.last)
            if self.connections.used > self.awake:
                index = self._pack(index, WAIT_OVER)
        if self.leave == _LEAVING:
            if cython.compiled:
                with cython.gil:
                    self.list()
            else:
                self.list()
        self.leaving[self.leave] = index
        self.leave += 1
        self.over += 1
        return 0

    def list(self):
        """Put those that left the table into ``finished``."""
        self.finished += self.listed[: self.leave]
        self.leave = 0
        return 0

    def let_go(self, index):
        """Take a row out of the table: it is over."""
        tag: cython.longlong
        if index & ASLEEP:
            tag = self.asleep.rest(index).tag
        else:
            tag = self.connections.at(index).tag
        self.connections.expect(tag)  # from a table that is larger than all caches
        self.finish(index)
        self.connections.forget(tag, index)
        return 0

    def sweep(self, rows):
        """Look at some rows in turn: those that ended and have been quiet long enough are over."""
        index: cython.longlong
        rows += 4 * self.woken
        self.woken = 0
        self.left = min(rows, self.connections.limit)
        self.left_asleep = min(rows, self.asleep.limit)
        while self.left > 0 or self.left_asleep > 0:
            index = self._ripe() if self.left > 0 else self._ripe_asleep()
            if index >= 0:
                self.let_go(index)
        return 0

    def _ripe(self):
        """The first of the next rows that is over, or -1; those that are tired fall asleep."""
        while self.left > 0:
            self.left -= 1
            self.cursor += 1
            if self.cursor >= self.connections.limit:
                self.cursor = 0
                self.round_before = self.round
                self.round = self.clock.passed
            if cython.compiled and self.cursor + _AHEAD < self.connections.limit:
                fetch(cython.address(row_at(self.connections.chunks, self.cursor + _AHEAD).seen))
            row = row_at(self.connections.chunks, self.cursor)
            if self.is_over(row):
                self._fall_asleep()  # what is freed is used again in the order of the rows
                return self.cursor
            if (
                self.connections.used - self.drowsy > self.awake
                and row.used == ROW_OPEN
                and row.seen < self.round_before
                and row.older < 0
            ):
                self._tire(self.cursor)
        self._fall_asleep()
        return -1

    def _ripe_asleep(self):
        """The same of the rows asleep."""
        quiet: cython.longlong
        while self.left_asleep > 0:
            self.left_asleep -= 1
            self.cursor_asleep += 1
            if self.cursor_asleep >= self.asleep.limit:
                self.cursor_asleep = 0
            rest = self.asleep.rest(self.cursor_asleep)
            if rest.groups and (rest.wait == WAIT_LINGER or rest.wait == WAIT_SYN):
                quiet = self.clock.passed - rest.seen
                if quiet >= self.linger and (rest.wait == WAIT_LINGER or quiet >= _SYN_QUIET):
                    return self.cursor_asleep | ASLEEP
        return -1

    def _tire(self, index):
        """A row is to fall asleep once some more are: until then its memory can come nearer."""
        k: cython.longlong
        self.tired[self.drowsy] = index
        self.drowsy += 1
        if cython.compiled:
            octets = cython.cast(cython.p_char, self.connections.at(index))
            for k in range(0, cython.cast(cython.longlong, cython.sizeof(Row)), 64):
                fetch(octets + k)
        return self._fall_asleep() if self.drowsy == TIRED else 0

    def _fall_asleep(self):
        """Pack the rows that are tired."""
        k: cython.longlong
        tag: cython.longlong
        packed: cython.longlong
        for k in range(self.drowsy):
            row = self.connections.at(self.tired[k])
            self.log.expect(row)
            self.connections.expect(row.tag)
        for k in range(self.drowsy):
            self.log.expect_more(self.connections.at(self.tired[k]))
        for k in range(self.drowsy):
            row = self.connections.at(self.tired[k])
            tag = row.tag
            packed = self._pack(self.tired[k], self._waits_for(row))
            self.connections.rename(tag, self.tired[k], packed)
        self.drowsy = 0
        return 0

    def _pack(self, index, wait):
        row = self.connections.at(index)
        recent: cython.longlong = self.places or self.clock.passed - row.seen < _FORGOTTEN
        self.guest.room()  # now, so that it takes the same row whenever it is needed first
        packed: cython.longlong = self.asleep.pack(row, recent)
        self.asleep.rest(packed).wait = wait
        self.log.release(row)
        self.connections.release(index)
        return packed

    def is_over(self, row):
        """Whether the connection has ended, and been quiet long enough to be let go.

        Quiet is told by the time that has ``passed`` since its last segment came by, which never
        runs backwards as packets' own times do in joined captures: what was over stays over.
        """
        quiet: cython.longlong
        wait: cython.longlong
        if row.used != ROW_OPEN:
            return 0
        quiet = self.clock.passed - row.seen
        if quiet < self.linger or row.older >= 0:  # that lies farther off
            return 0
        wait = self._waits_for(row)
        return wait == WAIT_LINGER or (wait == WAIT_SYN and quiet >= _SYN_QUIET)

    def _waits_for(self, row):
        """What must pass before the row is over, if nothing more happens to it."""
        a = side_of(row, 0)
        b = side_of(row, 1)
        if (a.fin_acked_at >= 0 and b.fin_acked_at >= 0) or row.closing & CLOSING_RESET:
            return WAIT_LINGER
        return WAIT_SYN if b.packets == 0 and not a.alive else WAIT_NEVER

    def full(self):
        """Whether as many connections are open as there may be."""
        rows: cython.longlong = self.connections.used + self.asleep.count
        return rows - self.over - (self.guest.place >= 0) >= self.most

    def make_room(self):
        """Close the quietest connection early where no more may be open.

        What it knows stays, and its record says so; segments that still come open a new one.
        """
        index: cython.longlong
        while self.full():
            index = self.survey.quietest(self.most)
            if index < 0:
                return 0  # all are in doubt, and few can be
            if index & ASLEEP:
                row = self.guest.glance(index)
                rest = self.asleep.rest(index)
                rest.wait = WAIT_EARLY
                rest.ended = max(self.clock.now, row.last)
            else:
                row = self.connections.at(index)
                row.marks |= MARK_CLOSED_EARLY
                row.ended = max(self.clock.now, row.last)
            self.evicted += 1
            self.let_go(index)
        return 0

    def close(self):
        """The capture is over: every row that is left is finished, in the table's order."""
        k: cython.longlong
        indexes = self.open()
        rows: cython.longlong[::1] = indexes
        for k in range(len(indexes)):
            self.finish(rows[k])
        self.list()

    def open(self):
        """Indexes of the rows of connections that are not over."""
        return self.survey.open()

    def find(self, numbers):
        """Where the open rows of connections with these numbers are: their indexes by number."""
        return {number: index for index in self.open() if (number := self.number(index)) in numbers}
