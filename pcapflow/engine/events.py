# cython: language_level=3
"""What a segment means: sequence numbers, windows and clocks are judged here and nowhere else.

A segment becomes event codes (``pcapflow.tcp.codes``), in the order in which RFC 9293 §3.10.7
has a receiver look at it: RST, SYN, ACK, data, FIN.  Plain segments only move the row's numbers.
``sender`` and ``peer`` are the two ends as the capture has shown them so far; names are
RFC 9293 §3.3.1's: ``snd_nxt`` one past the last octet sent, ``snd_una`` the highest
acknowledgement of it captured, ``fin_mark`` the number that the FIN occupies.
"""

import cython

from pcapflow.engine.log import Log

if not cython.compiled:
    from pcapflow.engine.layout import (
        ACK,
        ACK_OF_FIN,
        ACK_OF_FIN_AGAIN,
        ACK_OF_FIN_DSACK,
        ACK_UNSEEN,
        ANSWERED,
        CROSSED_SYN,
        DATA,
        DATA_AGAIN,
        FIN,
        FIN_AGAIN,
        FIN_AGAIN_CROSSED,
        FIN_AGAIN_LATE,
        FIN_AGAIN_NEW_ACK,
        FIN_CROSSING,
        FIN_EARLY,
        FIN_HINT,
        HANDSHAKE_ACK,
        HOLE_FILLED,
        KEEP_ALIVE,
        LETTER_A,
        LETTER_D,
        LETTER_F,
        LETTER_G,
        LETTER_H,
        LETTER_R,
        LETTER_S,
        LETTER_T,
        LETTER_W,
        MARK_BUSY,
        MARK_DUPLICATES,
        MARK_GAP,
        MARK_ODD,
        OPT_DSACK,
        OPT_SCALE_SHIFT,
        OPT_WINDOW_SCALE,
        RING,
        RST_ABORT,
        RST_ABORT_LOSS,
        RST_IN_WINDOW,
        RST_OUTSIDE,
        RST_REFUSED,
        RST_REPLY,
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
        Row,
        Side,
    )
    from pcapflow.engine.serial import add, diff

_MS = cython.declare(cython.longlong, 1_000_000)
_SECOND = cython.declare(cython.longlong, 1_000_000_000)
_UNKNOWN_ROUND_TRIP = cython.declare(cython.longlong, 200_000_000)
"""Where the capture does not show the round trip (RFC 6298 would wait longer still)."""
_SAME_WIRE = cython.declare(cython.longlong, 1_000_000_000)
_SAME_WIRE_NO_ID = cython.declare(cython.longlong, 5_000_000)
_PLACE = cython.declare(cython.longlong, 1023)
"""Remembered times are exact to a microsecond; the ten bits below say at which interface."""
_UNANSWERED_LIMIT = cython.declare(cython.longlong, 3)
_MASK32 = cython.declare(cython.longlong, 0xFFFFFFFF)


class Events:
    """Judges segments, and notes what they mean in ``log``."""

    def __init__(self, log: Log) -> None:
        self.log = log
        self.duplicates = 0

    def judge(self, row, batch, i, end):
        """Segment ``i`` of ``batch`` was sent by ``end`` of ``row``; returns 1 if it counts.

        0: a capture duplicate, which moves nothing.
        """
        sender = cython.address(row.side[end]) if cython.compiled else row.side[end]
        peer = cython.address(row.side[1 - end]) if cython.compiled else row.side[1 - end]
        flags: cython.longlong = batch.flags[i]
        at: cython.longlong = batch.time[i]
        if self._duplicate(row, batch, i, end):
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
        if flags & TH_RST:
            self._rst(row, batch, i, end)
        elif flags & TH_SYN:
            if flags & TH_FIN:  # no receiver takes it as either
                row.marks |= MARK_ODD
            else:
                self._syn(row, batch, i, end)
        elif not flags & TH_ACK:  # RFC 9293 §3.10.7.4: without the ACK bit, drop
            row.marks |= MARK_ODD
            if flags & TH_FIN:
                _letter(row, sender, LETTER_F, end)
        else:
            self._ack(row, batch, i, end)
            self._octets(row, batch, i, end)
            if batch.window[i] == 0 or sender.zero:
                self._window(row, batch, i, end)
            elif batch.window[i] > 0:
                sender.window = batch.window[i]
            if flags & TH_FIN:
                self._fin(row, batch, i, end)
            elif batch.length[i] == 0:
                _letter(row, sender, LETTER_A, end)
        sender.last = at
        if flags & TH_ACK:
            sender.ack_sent = batch.ack[i]
        return 1

    def _note(self, row, batch, i, code, end):
        return self.log.note(row, code, end, batch.time[i], batch.frame[i])

    def _duplicate(self, row, batch, i, end):
        """Whether the very same packet was captured before; else it is remembered.

        The same IP id (not 0), numbers, timestamp value and checksum: within a second, or at any
        distance from another interface.  Without a usable id only within 5 ms.  A segment that
        carries something new cannot be one; a retransmission has an id of its own.
        """
        sign: cython.longlong
        k: cython.longlong
        age: cython.longlong
        at: cython.longlong = batch.time[i]
        place: cython.longlong = (batch.iface[i] ^ batch.iface[i] >> 8) & _PLACE
        # Products of 32 and 30 bits: they never leave 63, and do not wait for each other.
        sign = (
            batch.seq[i] * 0x2C1B3C6D
            ^ batch.ack[i] * 0x297A2D39
            ^ (batch.tsval[i] & _MASK32) * 0x1B56C4E9
            ^ ((batch.checksum[i] << 16 ^ batch.ip_id[i]) & _MASK32) * 0x3243F6A9
            ^ batch.flags[i] << 40
            ^ batch.length[i] << 1
            ^ end
        )
        for k in range(RING):
            if row.ring_sign[k] == sign:
                age = (at & ~_PLACE) - (row.ring_at[k] & ~_PLACE)
                if batch.ip_id[i] > 0:
                    if -_SAME_WIRE <= age <= _SAME_WIRE or row.ring_at[k] & _PLACE != place:
                        return 1
                elif -_SAME_WIRE_NO_ID <= age <= _SAME_WIRE_NO_ID:
                    return 1
        k = row.ring_next
        row.ring_sign[k] = sign
        row.ring_at[k] = (at & ~_PLACE) | place
        row.ring_next = (k + 1) % RING
        return 0

    def _syn(self, row, batch, i, end):
        sender = cython.address(row.side[end]) if cython.compiled else row.side[end]
        peer = cython.address(row.side[1 - end]) if cython.compiled else row.side[1 - end]
        seq: cython.longlong = batch.seq[i]
        ack: cython.longlong = batch.ack[i]
        length: cython.longlong = batch.length[i]
        answer: cython.longlong = batch.flags[i] & TH_ACK
        options: cython.longlong = batch.options[i]
        if options & OPT_WINDOW_SCALE:
            sender.scale = options >> OPT_SCALE_SHIFT
        sender.window = batch.window[i]
        _letter(row, sender, LETTER_H if answer else LETTER_S, end)
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
            if peer.syn_count > 0 and sender.syn_count == 1:
                self._note(row, batch, i, SYN_ACK, end)  # of a simultaneous open
            else:
                self._note(row, batch, i, SYN_ACK_AGAIN, end)
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
        if peer.fin_mark >= 0 and diff(ack, peer.fin_mark) > 0:
            self._ack_of_fin(row, batch, i, end)
        return 0

    def _ack_of_fin(self, row, batch, i, end):
        peer = cython.address(row.side[1 - end]) if cython.compiled else row.side[1 - end]
        if peer.fin_acked_at < 0:
            peer.fin_acked_frame = batch.frame[i]
            self._note(row, batch, i, ACK_OF_FIN, end)
        elif peer.fin_last > peer.fin_acked_at:
            if batch.options[i] & OPT_DSACK:
                self._note(row, batch, i, ACK_OF_FIN_DSACK, end)
            else:
                self._note(row, batch, i, ACK_OF_FIN_AGAIN, end)
        else:
            return 0
        peer.fin_acked_at = batch.time[i]
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
                _letter(row, sender, LETTER_G, end)
                if sender.hole_from < 0 and (sender.snd_una < 0 or diff(seq, sender.snd_una) > 0):
                    sender.hole_from = sender.snd_nxt
                    sender.hole_to = seq
            sender.octets += new
            sender.snd_nxt = add(sender.snd_nxt, new)
            if length > 0:
                if row.closing or sender.last_data < 0:
                    self._note(row, batch, i, DATA, end)
                sender.last_data = batch.time[i]
                _letter(row, sender, LETTER_D, end)
        elif length > 0 or (ahead == -1 and not batch.flags[i] & TH_FIN):
            if ahead == -1 and length <= 1 and batch.flags[i] & TH_FIN == 0:
                self._repeated(row, batch, i, KEEP_ALIVE, end)
            elif sender.fin_mark < 0 or diff(add(seq, length), sender.fin_mark) <= 0:
                _letter(row, sender, LETTER_T, end)
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
                _letter(row, sender, LETTER_W, end)
                self._note(row, batch, i, ZERO_WINDOW, end)
        elif sender.zero:
            sender.zero = 0
            self._note(row, batch, i, WINDOW_OPENED, end)
        return 0

    def _fin(self, row, batch, i, end):
        sender = cython.address(row.side[end]) if cython.compiled else row.side[end]
        peer = cython.address(row.side[1 - end]) if cython.compiled else row.side[1 - end]
        at: cython.longlong = batch.time[i]
        mark: cython.longlong = add(batch.seq[i], batch.length[i])
        _letter(row, sender, LETTER_F, end)
        if sender.fin_mark < 0:
            sender.fin_mark = mark
            sender.fin_ack = batch.ack[i]
            if sender.hole_from >= 0 and diff(sender.snd_una, sender.hole_to) >= 0:
                sender.hole_from = -1  # the peer has what the capture has not
            if diff(add(mark, 1), sender.snd_nxt) > 0:
                sender.snd_nxt = add(mark, 1)
            row.closing = 1
            if sender.hole_from >= 0:
                self._note(row, batch, i, FIN_EARLY, end)
            elif peer.fin_mark >= 0 and diff(batch.ack[i], peer.fin_mark) <= 0:
                self._note(row, batch, i, FIN_CROSSING, end)
            else:
                self._note(row, batch, i, FIN, end)
            if sender.snd_una >= 0 and diff(sender.snd_una, mark) > 0:
                # Captured out of order: its acknowledgement came first.
                sender.fin_acked_frame = batch.frame[i]
                sender.fin_acked_at = at
                self._note(row, batch, i, ACK_OF_FIN, 1 - end)
        elif mark != sender.fin_mark:
            row.marks |= MARK_ODD
            return 0
        elif sender.fin_acked_at >= 0:
            if at - sender.fin_acked_at > _round_trip(sender):
                self._note(row, batch, i, FIN_AGAIN_LATE, end)
            else:
                self._note(row, batch, i, FIN_AGAIN_CROSSED, end)
        elif batch.ack[i] != sender.fin_ack:
            self._note(row, batch, i, FIN_AGAIN_NEW_ACK, end)
        else:
            self._note(row, batch, i, FIN_AGAIN, end)
        sender.fin_ack = batch.ack[i]
        sender.fin_count += 1
        sender.fin_last = at
        return 0

    def _rst(self, row, batch, i, end):
        """The kind of a reset; see "RST grammar" in docs/tracker.md."""
        sender = cython.address(row.side[end]) if cython.compiled else row.side[end]
        peer = cython.address(row.side[1 - end]) if cython.compiled else row.side[1 - end]
        seq: cython.longlong = batch.seq[i]
        ack: cython.longlong = batch.ack[i]
        acks: cython.longlong = batch.flags[i] & TH_ACK
        prompt: cython.longlong
        window: cython.longlong
        lost: cython.longlong
        code: cython.longlong
        prompt = peer.last >= 0 and batch.time[i] - peer.last <= _round_trip(sender)
        sender.rsts += 1
        row.closing = 1
        _letter(row, sender, LETTER_R, end)
        if sender.isn < 0 and not sender.alive and peer.isn >= 0 and not peer.alive:
            code = RST_OUTSIDE
            if acks and diff(ack, peer.isn) > 0 and diff(ack, peer.snd_nxt) <= 0:
                code = RST_REFUSED  # RFC 9293 §3.10.7.3: the ACK must cover the SYN
            self._note(row, batch, i, code, end)
            return 0
        if acks and peer.snd_una >= 0 and diff(ack, peer.snd_una) > 0:
            if peer.snd_nxt >= 0 and diff(ack, peer.snd_nxt) <= 0:
                peer.snd_una = ack
        if prompt and not acks and peer.ack_sent == seq:
            code = RST_REPLY
        elif prompt and acks and seq == 0 and peer.ack_sent < 0:
            code = RST_REPLY
        elif prompt and acks and sender.fin_mark >= 0 and peer.ack_sent == seq:
            code = RST_REPLY if peer.last >= sender.last else RST_ABORT
        elif (
            sender.snd_nxt < 0
            or seq == sender.snd_nxt
            or seq == sender.snd_una
            or (sender.fin_mark >= 0 and seq == sender.fin_mark)
        ):
            code = RST_ABORT
        else:
            window = max(peer.window, 0) << max(peer.scale, 0)
            lost = diff(seq, sender.snd_una)
            code = RST_IN_WINDOW if 0 <= lost < window else RST_OUTSIDE
        if code == RST_ABORT:
            lost = 0
            if sender.snd_una >= 0 and sender.fin_mark < 0:
                lost |= diff(sender.snd_nxt, sender.snd_una) > 0 and sender.last_data >= 0
            if peer.snd_una >= 0 and peer.fin_mark < 0:
                lost |= diff(peer.snd_nxt, peer.snd_una) > 0 and peer.last_data >= 0
            if end == 1 and peer.last_data > sender.last_data:
                lost = 1  # a request that was never answered
            if lost:
                code = RST_ABORT_LOSS
        self._note(row, batch, i, code, end)
        return 0


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(check=False)
def _round_trip(side: cython.pointer(Side)) -> cython.longlong:
    """From the capture point to this end and back, with a little slack for its kernel; ns."""
    if side.rtt < 0:
        return _UNKNOWN_ROUND_TRIP
    return side.rtt + side.rtt // 2 + _MS


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(check=False)
def _letter(
    row: cython.pointer(Row),
    side: cython.pointer(Side),
    letter: cython.longlong,
    end: cython.longlong,
) -> cython.longlong:
    """Zeek's history: each letter once an end, five bits each, in two words."""
    bit: cython.longlong = cython.cast(cython.longlong, 1) << letter
    if side.letters & bit or row.history_count >= 24:
        return 0
    side.letters |= bit
    if row.history_count < 12:
        row.history |= (letter << 1 | end) << (5 * row.history_count)
    else:
        row.history_more |= (letter << 1 | end) << (5 * (row.history_count - 12))
    row.history_count += 1
    return 1
