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
from pcapflow.engine.stream import Stream

if not cython.compiled:
    from pcapflow.engine.duplicates import seen_before
    from pcapflow.engine.history import captured, letters
    from pcapflow.engine.layout import (
        ANSWERED,
        BLOCK,
        CALM_ACK,
        CALM_DATA,
        CROSSED_SYN,
        LETTER_A,
        LETTER_D,
        LETTER_H,
        MARK_BUSY,
        MARK_DUPLICATES,
        MARK_ODD,
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
        kept_at,
        side_of,
    )
    from pcapflow.engine.matching import origin_of, remember
    from pcapflow.engine.memory import fetch
    from pcapflow.engine.serial import add, diff
    from pcapflow.engine.stream import FAR, UNANSWERED_LIMIT, unanswered


class Events:
    """Judges segments, and notes what they mean in ``log``."""

    def __init__(self, log: Log) -> None:
        self.log = log
        self.closing = Closing(log)
        self.stream = Stream(log, self.closing)
        self.duplicates = 0

    def judge(self, row, sender, peer, segment, end, place):
        """The segment was sent by ``end`` of ``row``, and captured at ``place``."""
        flags: cython.longlong = segment.flags
        origin: cython.longlong
        calm: cython.longlong = 0
        if cython.compiled and flags & TH_FIN:
            fetch(cython.address(kept_at(self.log.pool, row.tail * BLOCK).at))  # it is noted soon
        if not self.stream.goes_on(row, sender, peer, segment, end):
            if not self._weigh(row, sender, peer, segment, end, place):
                return 0
        sender.last = segment.time
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
        return 0

    def _weigh(self, row, sender, peer, segment, end, place):
        """Whether a segment that does not just go on counts: a capture duplicate moves nothing."""
        flags: cython.longlong = segment.flags
        captured_before: cython.longlong = letters(row, sender, peer, segment, end)
        if seen_before(row, sender, peer, segment, place):
            row.duplicates += 1
            row.marks |= MARK_DUPLICATES
            self.duplicates += 1
            segment.duplicate = 1
            return False
        remember(row, segment)
        sender.packets += 1
        row.last = max(row.last, segment.time)
        if peer.unanswered:
            if peer.unanswered >= UNANSWERED_LIMIT:
                self.log.note(row, ANSWERED, end, segment)
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
            self.stream.judge(row, sender, peer, segment, end)
        if sender.unseen or sender.snd_nxt != add(segment.seq, segment.length):
            captured(sender, segment, captured_before)  # of a plain one there is nothing to say
        return True

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
                self.log.note(row, SYN_ACK, end, segment)
            elif peer.isn >= 0:
                self.log.note(row, CROSSED_SYN, end, segment)
            else:
                self.log.note(row, SYN_DATA if length > 0 else SYN, end, segment)
            if answer and peer.syn_count == 1 and peer.packets == 1:
                sender.rtt = segment.time - peer.last
        elif answer:
            # The first one after a SYN of its own belongs to a simultaneous open.
            self.log.note(row, SYN_ACK_AGAIN if answered else SYN_ACK, end, segment)
        else:
            self.log.note(row, SYN_AGAIN, end, segment)
            unanswered(row, end)
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
            far = odd < 0 or abs(diff(segment.seq, 2 * odd)) > FAR
            row.odd_seq[end] = segment.seq >> 1
        if _is_far(peer.snd_nxt, segment.ack):
            odd = row.odd_ack[end]
            far |= odd < 0 or abs(diff(segment.ack, 2 * odd)) > FAR
            row.odd_ack[end] = segment.ack >> 1
        return far


def _is_far(known, number):
    """Whether a number lies so far beyond the one known that it is not believed at once."""
    return (known >= 0) & (diff(number, known) > FAR)
