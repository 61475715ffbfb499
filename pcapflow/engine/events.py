# cython: language_level=3, boundscheck=False
"""What a segment means: sequence numbers, windows and clocks are judged here and nowhere else.

A segment becomes event codes (``pcapflow.tcp.codes``), in the order in which RFC 9293 §3.10.7
has a receiver look at it: RST, SYN, ACK, data, FIN.  Plain segments only move the row's numbers.
``sender`` and ``peer`` are the two ends as the capture has shown them so far; names are
RFC 9293 §3.3.1's: ``snd_nxt`` one past the last octet sent, ``snd_una`` the highest
acknowledgement of it captured, ``fin_mark`` the number that the FIN occupies.

Reads rows of a batch that was checked as a whole, and nothing of a capture.
"""

import cython

from pcapflow.engine.closing import Closing
from pcapflow.engine.log import Log

if not cython.compiled:
    from pcapflow.engine.duplicates import seen_before
    from pcapflow.engine.history import MOST_UNSEEN, captured, gaps, letters
    from pcapflow.engine.layout import (
        ACK,
        ACK_UNSEEN,
        ANSWERED,
        BLOCK,
        CALM_ACK,
        CALM_DATA,
        CROSSED_SYN,
        DATA,
        DATA_AGAIN,
        FIN_HINT,
        HANDSHAKE_ACK,
        HOLE_FILLED,
        KEEP_ALIVE,
        LETTER_A,
        LETTER_D,
        LETTER_H,
        MARK_BUSY,
        MARK_DUPLICATES,
        MARK_GAP,
        MARK_ODD,
        OPT_SACK,
        OPT_SCALE_SHIFT,
        OPT_WINDOW_SCALE,
        ORIGIN_FIRST,
        SYN,
        SYN_ACK,
        SYN_ACK_AGAIN,
        SYN_AGAIN,
        SYN_DATA,
        TH_ACK,
        TH_FIN,
        TH_RST,
        TH_SYN,
        UNANSWERED,
        WINDOW_OPENED,
        ZERO_WINDOW,
        kept_at,
        side_of,
    )
    from pcapflow.engine.matching import origin_of
    from pcapflow.engine.memory import fetch
    from pcapflow.engine.resets import round_trip
    from pcapflow.engine.serial import add, diff
    from pcapflow.engine.silence import asks

_FAR = cython.declare(cython.longlong, 67_108_864)
"""Numbers further ahead than this (64 MiB) are not believed at once."""
UNANSWERED_LIMIT = cython.declare(cython.longlong, 3)
"""Repeats or probes in a row that prove that nobody answers; fewer may just be lost."""


class Events:
    """Judges segments, and notes what they mean in ``log``."""

    def __init__(self, log: Log) -> None:
        self.log = log
        self.closing = Closing(log)
        self.duplicates = 0

    def judge(self, row, sender, peer, segment, end, place):
        """The segment was sent by ``end`` of ``row``, and captured at ``place``.

        Returns 1 if it counts; 0: a capture duplicate, which moves nothing.
        """
        flags: cython.longlong = segment.flags
        at: cython.longlong = segment.time
        window: cython.longlong = segment.window
        origin: cython.longlong
        calm: cython.longlong = 0
        captured_before: cython.longlong = letters(row, sender, peer, segment, end)
        if seen_before(row, sender, peer, segment, place):
            row.duplicates += 1
            row.marks |= MARK_DUPLICATES
            self.duplicates += 1
            segment.duplicate = 1
            return 0
        if cython.compiled and flags & TH_FIN:
            fetch(cython.address(kept_at(self.log.pool, row.tail * BLOCK).at))  # it is noted soon
        sender.packets += 1
        if at > row.last:
            row.last = at
        if peer.unanswered:
            if peer.unanswered >= UNANSWERED_LIMIT:
                self._note(row, segment, ANSWERED, end)
            peer.unanswered = 0
        if row.closing and row.rst_at >= 0 and not sender.lives and not flags & TH_RST:
            self.closing.after_rst(row, segment, end)
        if flags & TH_RST:
            self.closing.rst(row, segment, end)
        elif flags & TH_SYN:
            if flags & TH_FIN:  # no receiver takes it as either
                row.marks |= MARK_ODD
            else:
                self._syn(row, sender, peer, segment, end)
        elif not flags & TH_ACK:  # RFC 9293 §3.10.7.4: without the ACK bit, drop
            row.marks |= MARK_ODD
        elif (
            _is_far(sender.snd_nxt, segment.seq) | _is_far(peer.snd_nxt, segment.ack)
        ) and self._far_out(row, segment, end):
            row.marks |= MARK_ODD
        else:
            self._ack(row, sender, peer, segment, end)
            self._octets(row, sender, peer, segment, end)
            if window == 0 or sender.zero:
                self._window(row, sender, segment, end)
            elif window > 0:
                sender.window = window
            if flags & TH_FIN:
                self.closing.fin(row, sender, peer, segment, end)
        if sender.unseen or sender.snd_nxt != add(segment.seq, segment.length):
            captured(sender, segment, captured_before)  # of a plain one there is nothing to say
        sender.last = at
        if flags & TH_ACK:
            sender.ack_sent = segment.ack
        if not flags & TH_RST:
            sender.ip_id = segment.ip_id
            origin = (
                sender.origin & ORIGIN_FIRST if sender.origin >= 0 else (segment.ttl & 254) << 8
            )
            sender.origin = origin | origin_of(segment)
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
        return 1

    def _note(self, row, segment, code, end):
        return self.log.note(row, code, end, segment.time, segment.frame)

    def _syn(self, row, sender, peer, segment, end):
        seq: cython.longlong = segment.seq
        ack: cython.longlong = segment.ack
        length: cython.longlong = segment.length
        answer: cython.longlong = segment.flags & TH_ACK
        options: cython.longlong = segment.options
        one: cython.longlong = 1
        answered: cython.longlong = sender.letters >> LETTER_H & 1
        if options & OPT_WINDOW_SCALE:
            sender.scale = options >> OPT_SCALE_SHIFT
        sender.window = segment.window
        if answer:
            sender.letters |= one << LETTER_H
        if sender.isn >= 0 and seq != sender.isn:
            row.marks |= MARK_ODD  # another SYN-ACK number: nobody can be synchronized on both
            return 0
        sender.syn_count = min(2, sender.syn_count + 1)
        if sender.isn < 0:
            sender.isn = seq
            sender.snd_nxt = add(seq, length + 1)
            sender.octets += length
            if length > 0:
                sender.last_data = segment.time
                row.marks |= MARK_BUSY
            if answer:
                self._note(row, segment, SYN_ACK, end)
            elif peer.isn >= 0:
                self._note(row, segment, CROSSED_SYN, end)
            else:
                self._note(row, segment, SYN_DATA if length > 0 else SYN, end)
            if answer and peer.syn_count == 1 and peer.packets == 1:
                sender.rtt = segment.time - peer.last
        elif answer:
            # The first one after a SYN of its own belongs to a simultaneous open.
            self._note(row, segment, SYN_ACK_AGAIN if answered else SYN_ACK, end)
        else:
            self._note(row, segment, SYN_AGAIN, end)
            self._unanswered(row, end)
        if answer:
            if peer.isn < 0:
                peer.isn = add(ack, -1)
                peer.snd_nxt = ack
                peer.calm = 0  # it may have gone on from there before
            if peer.snd_una < 0 or diff(ack, peer.snd_una) > 0:
                peer.snd_una = ack
        return 0

    def _far_out(self, row, segment, end):
        """Whether the numbers lie so far beyond those known that no window explains them.

        A receiver drops such a segment (RFC 9293 §3.10.7.4, RFC 5961 §5).  But after a long gap
        in the capture they may be right: when the next segment goes on from there they are.
        """
        sender = side_of(row, end)
        peer = side_of(row, 1 - end)
        far: cython.longlong = 0
        odd: cython.longlong
        if _is_far(sender.snd_nxt, segment.seq):
            odd = row.odd_seq[end]
            far = odd < 0 or abs(diff(segment.seq, 2 * odd)) > _FAR
            row.odd_seq[end] = segment.seq >> 1
        if _is_far(peer.snd_nxt, segment.ack):
            odd = row.odd_ack[end]
            far |= odd < 0 or abs(diff(segment.ack, 2 * odd)) > _FAR
            row.odd_ack[end] = segment.ack >> 1
        return far

    def _ack(self, row, sender, peer, segment, end):
        """The acknowledgement number: what of the peer this end says that it has."""
        ack: cython.longlong = segment.ack
        una: cython.longlong = peer.snd_una
        nxt: cython.longlong = peer.snd_nxt
        mark: cython.longlong = peer.fin_mark
        beyond: cython.longlong = 0
        fresh: cython.longlong = una < 0 or diff(ack, una) > 0
        if segment.options & OPT_SACK:
            row.sacked[end] = segment.sacked
        if not sender.alive:
            sender.alive = 1
            if end == 0 and sender.isn >= 0 and peer.isn >= 0 and ack == add(peer.isn, 1):
                self._note(row, segment, HANDSHAKE_ACK, end)
                if peer.syn_count == 1 and peer.packets == 1:
                    sender.rtt = segment.time - peer.last
            else:
                self._note(row, segment, ACK, end)
        if fresh:
            peer.snd_una = ack
            if una >= 0 and ack == nxt and mark < 0 and peer.last_data >= 0:
                beyond = segment.time - peer.last_data
                if 0 <= beyond and (sender.rtt < 0 or beyond < sender.rtt):
                    sender.rtt = beyond
        if nxt < 0:
            peer.snd_nxt = ack
        else:
            beyond = diff(ack, nxt)
            if beyond > 0:
                if beyond == 1 and segment.length == 0 and mark < 0:
                    self._note(row, segment, FIN_HINT, 1 - end)
                else:
                    if not row.marks & MARK_GAP:
                        self._note(row, segment, ACK_UNSEEN, end)
                        row.marks |= MARK_GAP
                    peer.octets += beyond
                peer.snd_nxt = ack
                peer.unseen = min(peer.unseen + beyond, MOST_UNSEEN)
                peer.calm = 0
        if fresh and (beyond > 0 or peer.hole_from >= 0):
            gaps(row, peer, end, una, ack, beyond)
            if peer.hole_from >= 0 and mark < 0 and diff(ack, peer.hole_to) >= 0:
                peer.hole_from = -1  # the peer has what the capture has not
        if mark >= 0:
            if diff(ack, mark) > 0:
                self.closing.ack_of_fin(row, sender, peer, segment, end)
            elif peer.fin_acked_at < 0:
                self.closing.unread(row, sender, peer, segment, end)
        return 0

    def _octets(self, row, sender, peer, segment, end):
        """The payload, and what the sequence number says of octets not in this segment."""
        seq: cython.longlong = segment.seq
        length: cython.longlong = segment.length
        nxt: cython.longlong = sender.snd_nxt
        ahead: cython.longlong
        new: cython.longlong
        if nxt < 0:
            nxt = seq
            sender.snd_nxt = seq
        ahead = diff(seq, nxt)
        new = ahead + length
        if length > 0:
            row.marks |= MARK_BUSY
        if new > 0:
            if ahead > 0:
                if (
                    length == 0
                    and ahead == 1
                    and sender.fin_mark < 0
                    and not segment.flags & TH_FIN
                ):
                    self._note(row, segment, FIN_HINT, end)
                    sender.snd_nxt = seq
                    return 0
                row.marks |= MARK_GAP
                if sender.hole_from < 0 and (sender.snd_una < 0 or diff(seq, sender.snd_una) > 0):
                    sender.hole_from = nxt
                    sender.hole_to = seq
                    peer.calm = 0
            sender.octets += new
            sender.snd_nxt = add(nxt, new)
            sender.unanswered = 0
            if length > 0:
                if row.closing or sender.last_data < 0:
                    self._note(row, segment, DATA, end)
                sender.last_data = segment.time
        elif length > 0 or (ahead == -1 and not segment.flags & TH_FIN):
            if ahead == -1 and length <= 1 and segment.flags & TH_FIN == 0:
                self._repeated(row, segment, KEEP_ALIVE, end)
            elif sender.fin_mark < 0 or diff(add(seq, length), sender.fin_mark) <= 0:
                if segment.flags & TH_FIN == 0 or sender.fin_mark < 0:
                    self._repeated(row, segment, DATA_AGAIN, end)
        if (
            sender.hole_from >= 0
            and length > 0
            and diff(seq, sender.hole_from) <= 0
            and diff(add(seq, length), sender.hole_from) > 0
        ):
            sender.hole_from = add(seq, length)
            if diff(sender.hole_from, sender.hole_to) >= 0:
                sender.hole_from = -1
                if sender.fin_mark >= 0 and sender.fin_acked_at < 0:
                    self._note(row, segment, HOLE_FILLED, end)
        return 0

    def _repeated(self, row, segment, code, end):
        """A repeat or a probe: part of the story only near an ending or when nobody answers."""
        sender = side_of(row, end)
        peer = side_of(row, 1 - end)
        if peer.packets > 0 and segment.time - sender.last > round_trip(peer):
            if sender.last_data >= 0 and diff(sender.snd_nxt, sender.snd_una) > 0:
                asks(row, end, peer.last, sender.last_data)
            else:
                asks(row, end, max(sender.last, peer.last), segment.time)
            self._unanswered(row, end)
        if row.closing:
            self._note(row, segment, code, end)
        if sender.unanswered == UNANSWERED_LIMIT:
            self._note(row, segment, UNANSWERED, end)
        return 0

    def _unanswered(self, row, end):
        sender = side_of(row, end)
        side_of(row, 1 - end).calm = 0
        if sender.unanswered <= UNANSWERED_LIMIT:  # more would say no more, and have no room
            sender.unanswered += 1
        return 0

    def _window(self, row, sender, segment, end):
        if segment.window < 0:
            return 0
        sender.window = segment.window
        if sender.window == 0:
            if not sender.zero:
                sender.zero = 1
                self._note(row, segment, ZERO_WINDOW, end)
        elif sender.zero:
            sender.zero = 0
            self._note(row, segment, WINDOW_OPENED, end)
        return 0


def _is_far(known, number):
    """Whether a number lies so far beyond the one known that it is not believed at once."""
    return (known >= 0) & (diff(number, known) > _FAR)
