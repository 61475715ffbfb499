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
    from pcapflow.engine.layout import (
        AHEAD,
        ASLEEP,
        CALM_ACK,
        CALM_DATA,
        OPT_SACK,
        RING,
        RING_PLACE,
        TH_ACK,
        TH_FIN,
        TH_RST,
        TH_SYN,
        row_at,
        segment_at,
        side_of,
    )
    from pcapflow.engine.memory import fetch
    from pcapflow.engine.serial import add, diff

UNANSWERED_LIMIT = cython.declare(cython.longlong, 3)
"""Repeats or probes in a row that prove that nobody answers; fewer may just be lost."""
SLEEPS = cython.declare(cython.longlong, -2)
_LOW32 = cython.declare(cython.longlong, 0xFFFFFFFF)


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
        self.idle = False

    def run(self, batch, i):
        """Take segments in from row ``i`` of the batch on; return the first that is not plain."""
        ahead: cython.longlong
        place: cython.longlong
        slot: cython.longlong
        mask: cython.longlong = self.connections.mask
        count: cython.longlong = batch.count
        while i < count:
            segment = segment_at(batch.segments, i)
            if cython.compiled and i + 2 * AHEAD < count:
                # A line takes as long from memory as several segments take to be judged.  Let it
                # come nearer before it is needed: first the slot of one that is soon looked up,
                # then, while that of another comes, the row that the slot leads to.
                slot = segment_at(batch.segments, i + 2 * AHEAD).tag & mask
                fetch(cython.address(self.connections.slots[slot]))
                slot = segment_at(batch.segments, i + AHEAD).tag & mask
                slot = (self.connections.slots[slot] & _LOW32) - 1
                if 0 <= slot < ASLEEP:
                    soon = row_at(self.connections.chunks, slot)
                    fetch(cython.address(soon.client_lo))
                    fetch(cython.address(soon.side[0]))
                    fetch(cython.address(soon.side[1]))
                    fetch(cython.address(soon.ring[0]))
                    fetch(cython.address(soon.ring[8]))
            place = self.find(segment)
            self.place = place
            if place < 0:
                return i
            ahead = segment.time - self.clock.now
            if ahead > STITCHED or ahead < -STITCHED or self.clock.now < 0:
                return i
            row = row_at(self.connections.chunks, place >> 1)
            if self.idle or not self._goes_on(row, segment, place & 1):
                if cython.compiled:
                    fetch(cython.address(row.first))  # its events are on this line
                return i
            if ahead > 0:
                self.clock.now = segment.time
                self.clock.passed += ahead
            row.seen = self.clock.passed
            segment.conn = row.number
            segment.end = place & 1
            segment.duplicate = 0
            segment.codes = 0
            i += 1
        return i

    def find(self, segment):
        """Index << 1 | end: the row that the segment belongs to, and who sent it; or -1.

        SLEEPS where the row ``sleeper`` must be woken before that can be told.
        """
        position: cython.longlong = segment.tag & self.connections.mask
        entry: cython.longlong
        end: cython.longlong
        while True:
            entry = self.connections.slots[position]
            if entry == 0:
                return -1
            if entry >> 32 == segment.tag and entry & _LOW32:
                if entry & _LOW32 > ASLEEP:
                    self.sleeper = (entry & _LOW32) - 1
                    return SLEEPS
                row = row_at(self.connections.chunks, (entry & _LOW32) - 1)
                end = end_of(row, segment)
                if end >= 0:
                    return ((entry & _LOW32) - 1) << 1 | end
            position = (position + 1) & self.connections.mask

    def _goes_on(self, row, segment, end):
        """Whether the segment is a plain one; then this is all that there is to it.

        No end of a row that is still in doubt (``older``) is calm, so that is not asked.
        """
        sender = side_of(row, end)
        peer = side_of(row, 1 - end)
        at: cython.longlong = segment.time
        seq: cython.longlong = segment.seq
        ack: cython.longlong = segment.ack
        length: cython.longlong = segment.length
        acked: cython.longlong = diff(ack, peer.snd_una)
        heard: cython.longlong
        if (
            row.closing
            or not row.side[0].alive
            or not sender.calm & (CALM_DATA if length > 0 else CALM_ACK)
            or segment.flags & (TH_FIN | TH_SYN | TH_RST | TH_ACK) != TH_ACK
            or segment.options & OPT_SACK
            or segment.window <= 0
            or seq != sender.snd_nxt
            or peer.snd_una < 0
            or peer.snd_nxt < 0
            or acked < 0
            or acked + length == 0
            or diff(ack, peer.snd_nxt) > 0
            or peer.unanswered >= UNANSWERED_LIMIT
        ):
            return False
        remember(row, segment)
        # Whether it brings octets or only an acknowledgement cannot be foretold: as far as can be,
        # the same is done for both.
        heard = at - peer.last_data
        if heard < sender.rtt or sender.rtt < 0:
            if heard >= 0 and peer.last_data >= 0 and acked > 0 and ack == peer.snd_nxt:
                sender.rtt = heard
        row.last = max(row.last, at)
        peer.snd_una = ack
        peer.unanswered = 0
        sender.octets += length
        sender.snd_nxt = add(seq, length)
        sender.last_data = at if length > 0 else sender.last_data
        sender.unanswered = 0 if length > 0 else sender.unanswered
        sender.packets += 1
        sender.ip_id = segment.ip_id
        sender.window = segment.window
        sender.last = at
        sender.ack_sent = ack
        return True


def end_of(row, segment):
    """Which end of ``row`` sent the segment: 0 or 1; -1 where it is of another connection.

    Written without a branch between the two: whose turn it is cannot be foretold.
    """
    ports: cython.longlong = segment.ports
    from_client: cython.longlong = (
        (ports ^ row.ports)
        | (segment.src_lo ^ row.client_lo)
        | (segment.dst_lo ^ row.server_lo)
        | (segment.src_hi ^ row.client_hi)
        | (segment.dst_hi ^ row.server_hi)
    )
    from_server: cython.longlong = (
        (((ports & 0xFFFF) << 16 | ports >> 16) ^ row.ports)
        | (segment.src_lo ^ row.server_lo)
        | (segment.dst_lo ^ row.client_lo)
        | (segment.src_hi ^ row.server_hi)
        | (segment.dst_hi ^ row.client_hi)
    )
    if (from_client != 0) & (from_server != 0) or segment.version != row.version:
        return -1
    return from_client != 0


def remember(row, segment):
    """Remember the segment among the row's recent ones: see ``duplicates``."""
    k: cython.longlong = row.ring_next
    row.ring[2 * k] = segment.sign
    row.ring[2 * k + 1] = (segment.time & ~RING_PLACE) | place_of(segment)
    row.ring_next = (k + 1) % RING
    return 0


def place_of(segment):
    """Where the segment was captured: a number of ten bits for the interface and direction."""
    iface: cython.longlong = segment.iface
    return (iface ^ iface >> 8) & RING_PLACE
