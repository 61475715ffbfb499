# cython: language_level=3, boundscheck=False
"""Sequence and acknowledgement numbers that do not just go on: lost, repeated, unseen, or odd.

Called by ``events``, which knows the names.  Reads rows of a batch that was checked as a whole, and
nothing of a capture.
"""

import cython

from pcapflow.engine.closing import Closing
from pcapflow.engine.log import Log
from pcapflow.engine.stream import Stream

if not cython.compiled:
    from pcapflow.engine.history import MOST_UNSEEN, gaps
    from pcapflow.engine.layout import (
        ACK_UNSEEN,
        DATA,
        DATA_AGAIN,
        FIN_HINT,
        HOLE_FILLED,
        KEEP_ALIVE,
        MARK_BUSY,
        MARK_GAP,
        MARK_ODD,
        OPT_SACK,
        TH_FIN,
        UNANSWERED,
        WINDOW_OPENED,
        ZERO_WINDOW,
        side_of,
    )
    from pcapflow.engine.resets import round_trip
    from pcapflow.engine.serial import add, diff
    from pcapflow.engine.silence import asks
    from pcapflow.engine.stream import FAR, answered_at

UNANSWERED_LIMIT = cython.declare(cython.longlong, 3)
"""Repeats or probes in a row that prove that nobody answers; fewer may just be lost."""


class Sequence:
    """Judges numbers, and notes in ``log`` what they mean."""

    def __init__(self, log: Log, closing: Closing, stream: Stream) -> None:
        self.log = log
        self.closing = closing
        self.stream = stream

    def judge(self, row, sender, peer, segment, end):
        """What a segment with an ACK says, or that its numbers are not believed."""
        window: cython.longlong = segment.window
        if (
            _is_far(sender.snd_nxt, segment.seq) | _is_far(peer.snd_nxt, segment.ack)
        ) and self._far_out(row, segment, end):
            row.marks |= MARK_ODD
            return 0
        self._ack(row, sender, peer, segment, end)
        self._octets(row, sender, peer, segment, end)
        if window == 0 or sender.zero:
            self._window(row, sender, segment, end)
        elif window > 0:
            sender.window = window
        if segment.flags & TH_FIN:
            self.closing.fin(row, sender, peer, segment, end)
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
            self.stream.first_ack(row, sender, peer, segment, end)
        if fresh:
            peer.snd_una = ack
            if una >= 0 and ack == nxt:
                answered_at(sender, peer, segment.time)
        if nxt < 0:
            peer.snd_nxt = ack
        else:
            beyond = diff(ack, nxt)
            if beyond > 0:
                if beyond == 1 and segment.length == 0 and mark < 0:
                    self.log.note(row, FIN_HINT, 1 - end, segment)
                else:
                    if not row.marks & MARK_GAP:
                        self.log.note(row, ACK_UNSEEN, end, segment)
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
            self.stream.behind_fin(row, sender, peer, segment, end)
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
                    self.log.note(row, FIN_HINT, end, segment)
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
                    self.log.note(row, DATA, end, segment)
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
                    self.log.note(row, HOLE_FILLED, end, segment)
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
            unanswered(row, end)
        if row.closing:
            self.log.note(row, code, end, segment)
        if sender.unanswered == UNANSWERED_LIMIT:
            self.log.note(row, UNANSWERED, end, segment)
        return 0

    def _window(self, row, sender, segment, end):
        if segment.window < 0:
            return 0
        sender.window = segment.window
        if sender.window == 0:
            if not sender.zero:
                sender.zero = 1
                self.log.note(row, ZERO_WINDOW, end, segment)
        elif sender.zero:
            sender.zero = 0
            self.log.note(row, WINDOW_OPENED, end, segment)
        return 0


def unanswered(row, end):
    """The end repeats itself."""
    sender = side_of(row, end)
    side_of(row, 1 - end).calm = 0
    if sender.unanswered <= UNANSWERED_LIMIT:  # more would say no more, and have no room
        sender.unanswered += 1
    return 0


def _is_far(known, number):
    """Whether a number lies so far beyond the one known that it is not believed at once."""
    return (known >= 0) & (diff(number, known) > FAR)
