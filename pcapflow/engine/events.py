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
from pcapflow.engine.sequence import Sequence
from pcapflow.engine.stream import Stream

if not cython.compiled:
    from pcapflow.engine.duplicates import seen_before
    from pcapflow.engine.history import captured, letters
    from pcapflow.engine.layout import (
        ANSWERED,
        CROSSED_SYN,
        LETTER_H,
        MARK_BUSY,
        MARK_DUPLICATES,
        MARK_ODD,
        OPT_SCALE_SHIFT,
        OPT_WINDOW_SCALE,
        SYN,
        SYN_ACK,
        SYN_ACK_AGAIN,
        SYN_AGAIN,
        SYN_DATA,
        TH_ACK,
        TH_FIN,
        TH_RST,
        TH_SYN,
        side_of,
    )
    from pcapflow.engine.matching import remember
    from pcapflow.engine.sequence import UNANSWERED_LIMIT, unanswered
    from pcapflow.engine.serial import add, diff
    from pcapflow.engine.stream import settle


class Events:
    """Judges segments, and notes what they mean in ``log``."""

    def __init__(self, log: Log) -> None:
        self.log = log
        self.closing = Closing(log)
        self.stream = Stream(log, self.closing)
        self.sequence = Sequence(log, self.closing, self.stream)
        self.duplicates = 0

    def judge(self, row, segment, end):
        """The segment was sent by ``end`` of ``row``; a capture duplicate moves nothing."""
        sender = side_of(row, end)
        peer = side_of(row, 1 - end)
        flags: cython.longlong = segment.flags
        captured_before: cython.longlong = letters(row, sender, peer, segment, end)
        if seen_before(row, sender, peer, segment):
            row.duplicates += 1
            row.marks |= MARK_DUPLICATES
            self.duplicates += 1
            segment.duplicate = 1
            return 0
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
        else:
            self.sequence.judge(row, sender, peer, segment, end)
        if sender.unseen or sender.snd_nxt != add(segment.seq, segment.length):
            captured(sender, segment, captured_before)  # of a plain one there is nothing to say
        return settle(row, sender, peer, segment)

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
