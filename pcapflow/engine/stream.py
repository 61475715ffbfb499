# cython: language_level=3, boundscheck=False
"""Segments that go on where both ends stood and leave no question open: nearly all.

Of these the hot loop (``plain``) has left what is the first of its kind or closes: there is
something to note.  ``events``, which knows the names, has all questions, and comes to the same.

Reads rows of a batch that was checked as a whole, and nothing of a capture.
"""

import cython

from pcapflow.engine.closing import Closing
from pcapflow.engine.log import Log

if not cython.compiled:
    from pcapflow.engine.history import fin, once
    from pcapflow.engine.layout import (
        ACK,
        BLOCK,
        CALM_ACK,
        CALM_DATA,
        DATA,
        HANDSHAKE_ACK,
        LETTER_A,
        LETTER_D,
        MARK_BUSY,
        OPT_SACK,
        ORIGIN_FIRST,
        TH_ACK,
        TH_FIN,
        TH_RST,
        TH_SYN,
        kept_at,
        side_of,
    )
    from pcapflow.engine.matching import remember, remembered
    from pcapflow.engine.memory import fetch
    from pcapflow.engine.serial import add, diff

FAR = cython.declare(cython.longlong, 67_108_864)
"""Numbers further ahead than this (64 MiB) are not believed at once."""


class Stream:
    """Judges what goes on, and notes in ``log`` what it means.

    ``thorough``: no segment goes on, for the test that this changes no record.
    """

    def __init__(self, log: Log, closing: Closing) -> None:
        self.log = log
        self.closing = closing
        self.thorough = False

    def goes_on(self, row, segment, end):
        """Whether the segment does; then this is all that its numbers say.

        It brings an octet, a FIN or an acknowledgement that is new; nothing is lost, unanswered or
        reset, and no number is far from those known.
        """
        sender = side_of(row, end)
        peer = side_of(row, 1 - end)
        at: cython.longlong = segment.time
        seq: cython.longlong = segment.seq
        ack: cython.longlong = segment.ack
        length: cython.longlong = segment.length
        flags: cython.longlong = segment.flags
        una: cython.longlong = peer.snd_una
        nxt: cython.longlong = peer.snd_nxt
        fresh: cython.longlong = una < 0 or diff(ack, una) > 0
        brings: cython.longlong = length > 0 or flags & TH_FIN
        if (
            flags & (TH_ACK | TH_SYN | TH_RST) != TH_ACK
            or sender.snd_nxt != seq
            or nxt < 0
            or diff(ack, nxt) > 0
            or not (fresh or (brings and ack == una))
            or (brings and sender.fin_mark >= 0)
            or segment.window <= 0
            or length > FAR
            or segment.options & OPT_SACK
            or row.rst_at >= 0
            or sender.unseen
            or sender.zero
            or sender.unanswered
            or peer.unanswered
            or sender.hole_from >= 0
            or peer.hole_from >= 0
            or self.thorough
            or remembered(row, segment)
        ):
            return False
        remember(row, segment)
        if flags & TH_FIN:
            if cython.compiled and row.tail >= 0:
                fetch(cython.address(kept_at(self.log.pool, row.tail * BLOCK).at))  # noted soon
            fin(row, sender, segment, end)
        elif not sender.letters >> (LETTER_D if length > 0 else LETTER_A) & 1:
            once(row, sender, LETTER_D if length > 0 else LETTER_A, end)
        sender.packets += 1
        row.last = max(row.last, at)
        if not sender.alive:
            self.first_ack(row, sender, peer, segment, end)
        if fresh:
            peer.snd_una = ack
            if una >= 0 and ack == nxt:
                answered_at(sender, peer, at)
        if peer.fin_mark >= 0:
            self.behind_fin(row, sender, peer, segment, end)
        sender.window = segment.window
        if length > 0:
            row.marks |= MARK_BUSY
            sender.octets += length
            sender.snd_nxt = add(seq, length)
            if row.closing or sender.last_data < 0:
                self.log.note(row, DATA, end, segment)
            sender.last_data = at
        if flags & TH_FIN:
            self.closing.fin(row, sender, peer, segment, end)
        settle(row, sender, peer, segment)
        return True

    def first_ack(self, row, sender, peer, segment, end):
        """The end has not acknowledged anything before."""
        sender.alive = 1
        if end == 0 and sender.isn >= 0 and peer.isn >= 0 and segment.ack == add(peer.isn, 1):
            self.log.note(row, HANDSHAKE_ACK, end, segment)
            if peer.syn_count == 1 and peer.packets == 1:
                sender.rtt = segment.time - peer.last
        else:
            self.log.note(row, ACK, end, segment)
        return 0

    def behind_fin(self, row, sender, peer, segment, end):
        """The peer has sent its FIN: does this segment acknowledge it?"""
        if diff(segment.ack, peer.fin_mark) > 0:
            self.closing.ack_of_fin(row, sender, peer, segment, end)
        elif peer.fin_acked_at < 0:
            self.closing.unread(row, sender, peer, segment, end)
        return 0


def settle(row, sender, peer, segment):
    """What is remembered of any segment that counts, when all has been noted of it."""
    flags: cython.longlong = segment.flags
    origin: cython.longlong
    calm: cython.longlong = 0
    sender.last = segment.time
    if flags & TH_ACK:
        sender.ack_sent = segment.ack
    if not flags & TH_RST:
        sender.ip_id = segment.ip_id
        origin = sender.origin & ORIGIN_FIRST if sender.origin >= 0 else (segment.ttl & 254) << 8
        sender.origin = origin | segment.origin
    # Written once, after all that is read: a processor waits where it reads a word that it
    # has just written a part of.
    if (
        sender.alive
        and row.side[0].alive
        and not row.closing
        and not sender.unanswered
        and not sender.zero
        and not sender.unseen
        and sender.hole_from < 0
        and peer.hole_from < 0
    ):
        if sender.letters >> LETTER_A & 1:
            calm |= CALM_ACK
        if sender.letters >> LETTER_D & 1 and sender.last_data >= 0:
            calm |= CALM_DATA  # a keep-alive's one octet has the letter, and is no data
    sender.calm = calm
    return 0


def answered_at(sender, peer, at):
    """At ``at`` the sender has acknowledged all of the peer's octets: how long did that take?"""
    took: cython.longlong = at - peer.last_data
    if peer.fin_mark < 0 and peer.last_data >= 0 and took >= 0:
        if sender.rtt < 0 or took < sender.rtt:
            sender.rtt = took
    return 0
