# cython: language_level=3, boundscheck=False
"""What a segment means: sequence numbers, windows and clocks are judged here and nowhere else.

A segment becomes event codes (``pcapflow.tcp.codes``), in the order in which RFC 9293 §3.10.7
has a receiver look at it: RST, SYN, ACK, data, FIN.  Plain segments only move the row's numbers.
``sender`` and ``peer`` are the two ends as the capture has shown them so far; names are
RFC 9293 §3.3.1's: ``snd_nxt`` one past the last octet sent, ``snd_una`` the highest
acknowledgement of it captured, ``fin_mark`` the number that the FIN occupies.

Reads columns of a batch that was checked as a whole, and nothing of a capture.
"""

import cython

from pcapflow.engine.closing import Closing
from pcapflow.engine.log import Log

if not cython.compiled:
    from pcapflow.engine.duplicates import place_of, remember, seen_before
    from pcapflow.engine.layout import (
        ACK,
        ACK_UNSEEN,
        ANSWERED,
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
        LETTER_F,
        LETTER_G,
        LETTER_H,
        LETTER_S,
        LETTER_T,
        LETTER_W,
        MARK_BUSY,
        MARK_DUPLICATES,
        MARK_GAP,
        MARK_ODD,
        OPT_SCALE_SHIFT,
        OPT_TIMESTAMP,
        OPT_WINDOW_SCALE,
        ORIGIN_PLACE,
        ORIGIN_STAMPS,
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
    )
    from pcapflow.engine.resets import round_trip
    from pcapflow.engine.serial import add, diff

_FAR = cython.declare(cython.longlong, 67_108_864)
"""Numbers further ahead than this (64 MiB) are not believed at once."""
_UNANSWERED_LIMIT = cython.declare(cython.longlong, 3)
"""Repeats or probes in a row that prove that nobody answers; fewer may just be lost."""


class Events:
    """Judges segments, and notes what they mean in ``log``."""

    def __init__(self, log: Log) -> None:
        self.log = log
        self.closing = Closing(log)
        self.duplicates = 0

    def judge(self, row, batch, i, end):
        """Segment ``i`` of ``batch`` was sent by ``end`` of ``row``; returns 1 if it counts.

        0: a capture duplicate, which moves nothing.
        """
        if self._goes_on(row, batch, i, end):
            return 1
        sender = cython.address(row.side[end]) if cython.compiled else row.side[end]
        peer = cython.address(row.side[1 - end]) if cython.compiled else row.side[1 - end]
        flags: cython.longlong = batch.flags[i]
        at: cython.longlong = batch.time[i]
        if seen_before(row, batch, i, end):
            row.duplicates += 1
            row.marks |= MARK_DUPLICATES
            self.duplicates += 1
            batch.duplicate[i] = 1
            return 0
        sender.packets += 1
        if at > row.last:
            row.last = at
        if peer.unanswered >= _UNANSWERED_LIMIT:
            self._note(row, batch, i, ANSWERED, end)
        peer.unanswered = 0
        if row.rst_at >= 0 and not sender.lives and not flags & TH_RST:
            self.closing.after_rst(row, batch, i, end)
        if flags & TH_RST:
            self.closing.rst(row, batch, i, end)
        elif flags & TH_SYN:
            if flags & TH_FIN:  # no receiver takes it as either
                row.marks |= MARK_ODD
            else:
                self._syn(row, batch, i, end)
        elif not flags & TH_ACK:  # RFC 9293 §3.10.7.4: without the ACK bit, drop
            row.marks |= MARK_ODD
            if flags & TH_FIN:
                self.log.letter(row, sender, LETTER_F, end)
        elif self._far_out(row, batch, i, end):
            row.marks |= MARK_ODD
        else:
            self._ack(row, batch, i, end)
            self._octets(row, batch, i, end)
            if batch.window[i] == 0 or sender.zero:
                self._window(row, batch, i, end)
            elif batch.window[i] > 0:
                sender.window = batch.window[i]
            if flags & TH_FIN:
                self.closing.fin(row, batch, i, end)
            elif batch.length[i] == 0:
                self.log.letter(row, sender, LETTER_A, end)
        sender.last = at
        if flags & TH_ACK:
            sender.ack_sent = batch.ack[i]
        if not flags & TH_RST:
            sender.ip_id = batch.ip_id[i]
            sender.origin = place_of(batch, i) << ORIGIN_PLACE | batch.ttl[i] & 255
            if batch.options[i] & OPT_TIMESTAMP:
                sender.origin |= ORIGIN_STAMPS
        sender.calm = 0
        if sender.alive and not sender.zero and sender.hole_from < 0:
            if sender.letters >> LETTER_A & 1:
                sender.calm |= CALM_ACK
            if sender.letters >> LETTER_D & 1:
                sender.calm |= CALM_DATA
        return 1

    def _goes_on(self, row, batch, i, end):
        """Whether the segment is a plain one, as nine in ten are, and then all that there is to it.

        It goes on where its sender stood and brings new octets or a new acknowledgement, so it is
        no duplicate; everything that could be noted of such a segment has been noted (``calm``).
        ``judge`` would come to the same result, in several times as many steps.
        """
        sender = cython.address(row.side[end]) if cython.compiled else row.side[end]
        peer = cython.address(row.side[1 - end]) if cython.compiled else row.side[1 - end]
        at: cython.longlong = batch.time[i]
        seq: cython.longlong = batch.seq[i]
        ack: cython.longlong = batch.ack[i]
        length: cython.longlong = batch.length[i]
        acked: cython.longlong = diff(ack, peer.snd_una)
        if (
            row.closing
            or not sender.calm & (CALM_DATA if length > 0 else CALM_ACK)
            or batch.flags[i] & (TH_FIN | TH_SYN | TH_RST | TH_ACK) != TH_ACK
            or batch.window[i] <= 0
            or seq != sender.snd_nxt
            or peer.snd_una < 0
            or peer.snd_nxt < 0
            or acked < 0
            or acked + length == 0
            or diff(ack, peer.snd_nxt) > 0
            or peer.unanswered >= _UNANSWERED_LIMIT
        ):
            return 0
        remember(row, batch, i)
        if at > row.last:
            row.last = at
        if acked > 0:
            peer.snd_una = ack
            if ack == peer.snd_nxt and peer.last_data >= 0:
                acked = at - peer.last_data
                if 0 <= acked and (sender.rtt < 0 or acked < sender.rtt):
                    sender.rtt = acked
        peer.unanswered = 0
        if length > 0:
            sender.octets += length
            sender.snd_nxt = add(seq, length)
            sender.unanswered = 0
            sender.last_data = at
        sender.packets += 1
        sender.ip_id = batch.ip_id[i]
        sender.window = batch.window[i]
        sender.last = at
        sender.ack_sent = ack
        return 1

    def _note(self, row, batch, i, code, end):
        return self.log.note(row, code, end, batch.time[i], batch.frame[i])

    def _syn(self, row, batch, i, end):
        sender = cython.address(row.side[end]) if cython.compiled else row.side[end]
        peer = cython.address(row.side[1 - end]) if cython.compiled else row.side[1 - end]
        seq: cython.longlong = batch.seq[i]
        ack: cython.longlong = batch.ack[i]
        length: cython.longlong = batch.length[i]
        answer: cython.longlong = batch.flags[i] & TH_ACK
        options: cython.longlong = batch.options[i]
        answered: cython.longlong = sender.letters >> LETTER_H & 1
        if options & OPT_WINDOW_SCALE:
            sender.scale = options >> OPT_SCALE_SHIFT
        sender.window = batch.window[i]
        self.log.letter(row, sender, LETTER_H if answer else LETTER_S, end)
        if sender.isn >= 0 and seq != sender.isn:
            row.marks |= MARK_ODD  # another SYN-ACK number: nobody can be synchronized on both
            return 0
        sender.syn_count += 1
        if sender.isn < 0:
            sender.isn = seq
            sender.snd_nxt = add(seq, length + 1)
            sender.octets += length
            sender.syn_at = batch.time[i]
            if length > 0:
                sender.last_data = batch.time[i]
                row.marks |= MARK_BUSY
            if answer:
                self._note(row, batch, i, SYN_ACK, end)
            elif peer.isn >= 0:
                self._note(row, batch, i, CROSSED_SYN, end)
            else:
                self._note(row, batch, i, SYN_DATA if length > 0 else SYN, end)
            if answer and peer.syn_count == 1:
                sender.rtt = batch.time[i] - peer.syn_at
        elif answer:
            # The first one after a SYN of its own belongs to a simultaneous open.
            self._note(row, batch, i, SYN_ACK_AGAIN if answered else SYN_ACK, end)
        else:
            self._note(row, batch, i, SYN_AGAIN, end)
            sender.unanswered += 1
        if answer:
            if peer.isn < 0:
                peer.isn = add(ack, -1)
                peer.snd_nxt = ack
            if peer.snd_una < 0 or diff(ack, peer.snd_una) > 0:
                peer.snd_una = ack
        return 0

    def _far_out(self, row, batch, i, end):
        """Whether the numbers lie so far beyond those known that no window explains them.

        A receiver drops such a segment (RFC 9293 §3.10.7.4, RFC 5961 §5).  But after a long gap
        in the capture they may be right: when the next segment goes on from there they are.
        """
        sender = cython.address(row.side[end]) if cython.compiled else row.side[end]
        peer = cython.address(row.side[1 - end]) if cython.compiled else row.side[1 - end]
        far: cython.longlong = 0
        if sender.snd_nxt >= 0 and diff(batch.seq[i], sender.snd_nxt) > _FAR:
            far = sender.odd_seq < 0 or abs(diff(batch.seq[i], sender.odd_seq)) > _FAR
            sender.odd_seq = batch.seq[i]
        if peer.snd_nxt >= 0 and diff(batch.ack[i], peer.snd_nxt) > _FAR:
            far |= sender.odd_ack < 0 or abs(diff(batch.ack[i], sender.odd_ack)) > _FAR
            sender.odd_ack = batch.ack[i]
        return far

    def _ack(self, row, batch, i, end):
        """The acknowledgement number: what of the peer this end says that it has."""
        sender = cython.address(row.side[end]) if cython.compiled else row.side[end]
        peer = cython.address(row.side[1 - end]) if cython.compiled else row.side[1 - end]
        ack: cython.longlong = batch.ack[i]
        beyond: cython.longlong
        if not sender.alive:
            sender.alive = 1
            if end == 0 and sender.isn >= 0 and peer.isn >= 0 and ack == add(peer.isn, 1):
                self._note(row, batch, i, HANDSHAKE_ACK, end)
                if peer.syn_count == 1:
                    sender.rtt = batch.time[i] - peer.syn_at
            else:
                self._note(row, batch, i, ACK, end)
        if peer.snd_una < 0:
            peer.snd_una = ack
        elif diff(ack, peer.snd_una) > 0:
            peer.snd_una = ack
            if ack == peer.snd_nxt and peer.last_data >= 0 and peer.fin_mark < 0:
                beyond = batch.time[i] - peer.last_data
                if 0 <= beyond and (sender.rtt < 0 or beyond < sender.rtt):
                    sender.rtt = beyond
        if peer.snd_nxt < 0:
            peer.snd_nxt = ack
        else:
            beyond = diff(ack, peer.snd_nxt)
            if beyond > 0:
                if beyond == 1 and batch.length[i] == 0 and peer.fin_mark < 0:
                    self._note(row, batch, i, FIN_HINT, 1 - end)
                else:
                    if not row.marks & MARK_GAP:
                        self._note(row, batch, i, ACK_UNSEEN, end)
                        row.marks |= MARK_GAP
                    peer.octets += beyond
                peer.snd_nxt = ack
        if peer.fin_mark >= 0:
            if diff(ack, peer.fin_mark) > 0:
                self.closing.ack_of_fin(row, batch, i, end)
            elif peer.fin_acked_at < 0:
                self.closing.unread(row, batch, i, end)
        return 0

    def _octets(self, row, batch, i, end):
        """The payload, and what the sequence number says of octets not in this segment."""
        sender = cython.address(row.side[end]) if cython.compiled else row.side[end]
        seq: cython.longlong = batch.seq[i]
        length: cython.longlong = batch.length[i]
        ahead: cython.longlong
        new: cython.longlong
        if sender.snd_nxt < 0:
            sender.snd_nxt = seq
        ahead = diff(seq, sender.snd_nxt)
        new = ahead + length
        if length > 0:
            row.marks |= MARK_BUSY
        if new > 0:
            if ahead > 0:
                if (
                    length == 0
                    and ahead == 1
                    and sender.fin_mark < 0
                    and not batch.flags[i] & TH_FIN
                ):
                    self._note(row, batch, i, FIN_HINT, end)
                    sender.snd_nxt = seq
                    return 0
                row.marks |= MARK_GAP
                self.log.letter(row, sender, LETTER_G, end)
                if sender.hole_from < 0 and (sender.snd_una < 0 or diff(seq, sender.snd_una) > 0):
                    sender.hole_from = sender.snd_nxt
                    sender.hole_to = seq
            sender.octets += new
            sender.snd_nxt = add(sender.snd_nxt, new)
            sender.unanswered = 0
            if length > 0:
                if row.closing or sender.last_data < 0:
                    self._note(row, batch, i, DATA, end)
                sender.last_data = batch.time[i]
                self.log.letter(row, sender, LETTER_D, end)
        elif length > 0 or (ahead == -1 and not batch.flags[i] & TH_FIN):
            if ahead == -1 and length <= 1 and batch.flags[i] & TH_FIN == 0:
                self._repeated(row, batch, i, KEEP_ALIVE, end)
            elif sender.fin_mark < 0 or diff(add(seq, length), sender.fin_mark) <= 0:
                self.log.letter(row, sender, LETTER_T, end)
                if batch.flags[i] & TH_FIN == 0 or sender.fin_mark < 0:
                    self._repeated(row, batch, i, DATA_AGAIN, end)
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
                    self._note(row, batch, i, HOLE_FILLED, end)
        return 0

    def _repeated(self, row, batch, i, code, end):
        """A repeat or a probe: part of the story only near an ending or when nobody answers."""
        sender = cython.address(row.side[end]) if cython.compiled else row.side[end]
        peer = cython.address(row.side[1 - end]) if cython.compiled else row.side[1 - end]
        if peer.packets > 0 and batch.time[i] - sender.last > round_trip(peer):
            sender.unanswered += 1
        if row.closing:
            self._note(row, batch, i, code, end)
        if sender.unanswered == _UNANSWERED_LIMIT:
            self._note(row, batch, i, UNANSWERED, end)
        return 0

    def _window(self, row, batch, i, end):
        sender = cython.address(row.side[end]) if cython.compiled else row.side[end]
        if batch.window[i] < 0:
            return 0
        sender.window = batch.window[i]
        if sender.window == 0:
            if not sender.zero:
                sender.zero = 1
                self.log.letter(row, sender, LETTER_W, end)
                self._note(row, batch, i, ZERO_WINDOW, end)
        elif sender.zero:
            sender.zero = 0
            self._note(row, batch, i, WINDOW_OPENED, end)
        return 0
