# cython: language_level=3, boundscheck=False
"""The hot loop: plain segments, as nine in ten are, find their connection and move its numbers.

A plain segment goes on where its sender stood and brings new octets or a new acknowledgement, so
it is no duplicate; and everything that could be noted of such a segment has been noted (the
sender is ``calm``).  ``track`` and ``events`` would come to the same result, in several times as
many steps: whatever is not plain is left to them.

Reads rows of a batch that was checked as a whole, and rows of connections that the table names.
"""

import cython

from pcapflow.engine.clock import Clock
from pcapflow.engine.connections import Connections

if not cython.compiled:
    from pcapflow.engine.clock import STITCHED
    from pcapflow.engine.layout import AHEAD, ASLEEP, ORIGIN_FIRST, row_at, segment_at, side_of
    from pcapflow.engine.matching import end_of, remember
    from pcapflow.engine.memory import fetch
    from pcapflow.engine.serial import add, diff, low32

SLEEPS = cython.declare(cython.longlong, -2)


class Plain:
    """Takes plain segments in.

    ``place`` is what ``find`` said of the segment looked at last.  ``idle``: no segment is plain,
    for the test that this changes no record.
    """

    def __init__(self, connections: Connections, clock: Clock) -> None:
        self.connections = connections
        self.clock = clock
        self.place = -1
        self.sleeper = -1
        self.behind = 0
        self.idle = False

    def run(self, batch, i):
        """Take segments in from row ``i`` of the batch on; return the first that is not plain."""
        ahead: cython.longlong
        index: cython.longlong
        entry: cython.longlong
        tag: cython.longlong
        end: cython.longlong
        place: cython.longlong = -1
        count: cython.longlong = batch.count
        nearly: cython.longlong = count - 2 * AHEAD
        mask: cython.longlong = self.connections.mask
        chunks = self.connections.chunks  # no row is added, and none moves, while this goes on
        now: cython.longlong = self.clock.now
        before: cython.longlong = self.clock.passed - now
        far: cython.longlong = STITCHED
        if self.idle or now < 0:
            far = -1  # so near is no time: none is plain
        while i < count:
            segment = segment_at(batch.segments, i)
            if cython.compiled and i < nearly:
                # A line takes as long from memory as several segments take to be judged.  Let it
                # come nearer before it is needed: first the slot of one that is soon looked up,
                # then, while that of another comes, the row that the slot leads to.
                index = segment_at(batch.segments, i + 2 * AHEAD).tag & mask
                fetch(cython.address(self.connections.slots[index]))
                index = segment_at(batch.segments, i + AHEAD).tag & mask
                index = low32(self.connections.slots[index] - 1)
                if index < ASLEEP:
                    soon = row_at(chunks, index)
                    fetch(cython.address(soon.client_lo))
                    fetch(cython.address(soon.side[0]))
                    fetch(cython.address(soon.side[1]))
                    fetch(cython.address(soon.ring[0]))
                    fetch(cython.address(soon.ring[8]))
            # As ``find`` does, as far as nearly all need it.
            tag = segment.tag
            index = tag & mask
            entry = self.connections.slots[index]
            while entry >> 32 != tag and entry != 0:
                index = (index + 1) & mask
                entry = self.connections.slots[index]
            index = low32(entry - 1)
            end = -1
            if index < ASLEEP:
                row = row_at(chunks, index)
                end = end_of(row, segment)
            if end < 0:
                place = self.find(segment, tag)
                if place < 0:
                    break
                index = place >> 1
                end = place & 1
                row = row_at(chunks, index)
            ahead = segment.time - now
            if ahead > far or ahead < -far or not self._goes_on(row, segment, end):
                place = index << 1 | end
                if cython.compiled:
                    fetch(cython.address(row.first))  # its events are on this line
                break
            now = max(now, segment.time)
            row.seen = now + before
            segment.conn = row.number
            segment.end = end
            segment.duplicate = 0
            segment.codes = 0
            i += 1
        self.place = place
        self.clock.now = now
        self.clock.passed = now + before
        return i

    def find(self, segment, position):
        """Index << 1 | end: the row that the segment belongs to, and who sent it; or -1.

        The table is looked through from ``position`` on, at first the segment's ``tag``.  SLEEPS
        where the row ``sleeper`` has that tag; if it is not the one, others lie ``behind`` it.
        """
        tag: cython.longlong = segment.tag
        entry: cython.longlong
        index: cython.longlong
        end: cython.longlong
        while True:
            position &= self.connections.mask
            entry = self.connections.slots[position]
            if entry == 0:
                return -1
            if entry >> 32 == tag:
                index = low32(entry) - 1
                if index >= ASLEEP:
                    self.sleeper = index
                    self.behind = position + 1
                    return SLEEPS
                end = end_of(row_at(self.connections.chunks, index), segment)
                if end >= 0:
                    return index << 1 | end
            position += 1

    def _goes_on(self, row, segment, end):
        """Whether the segment is a plain one; then this is all that there is to it.

        ``calm`` says that nothing about the connection stands against it (``events``), ``plain``
        that nothing about the segment does (``segments``).  An end that is calm knows both ends'
        numbers: ``diff`` looks at their lowest 32 bits only, which saves two steps each.  Where the
        way from the sender has changed (TTL, interface, timestamps), that is noted elsewhere.
        """
        sender = side_of(row, end)
        peer = side_of(row, 1 - end)
        at: cython.longlong = segment.time
        ack: cython.longlong = low32(segment.ack)
        length: cython.longlong = segment.length
        acked: cython.longlong = diff(ack, peer.snd_una)
        beyond: cython.longlong = diff(ack, peer.snd_nxt)
        heard: cython.longlong
        brings: cython.longlong
        if (
            not sender.calm & segment.plain
            or low32(segment.seq - sender.snd_nxt) != 0
            or acked < 0
            or acked + length == 0
            or beyond > 0
            or (sender.origin ^ segment.origin) & ~ORIGIN_FIRST
        ):
            return False
        # Whether it brings octets or only an acknowledgement cannot be foretold: as far as can be,
        # the same is done for both.
        brings = -(length > 0)
        sender.last_data ^= (sender.last_data ^ at) & brings  # ``at`` if so
        sender.octets += length
        sender.snd_nxt = add(segment.seq, length)
        sender.packets += 1
        sender.ip_id = segment.ip_id
        sender.window = segment.window
        sender.last = at
        sender.ack_sent = ack
        peer.snd_una = ack
        row.last = max(row.last, at)
        heard = at - peer.last_data
        if heard < sender.rtt or sender.rtt < 0:
            if heard >= 0 and peer.last_data >= 0 and acked > 0 and beyond == 0:
                sender.rtt = heard
        remember(row, segment)
        return True
