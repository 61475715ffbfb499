# cython: language_level=3, boundscheck=False
"""What the numbers of a segment with an ACK say: of its sender's octets, and of its peer's.

Called by ``events``, which knows the names.  A segment that ``goes_on`` where both ends stood, and
leaves no question open, needs no more than that; for all others ``judge`` asks everything, and for
such a one it would come to the same.

Reads rows of a batch that was checked as a whole, and nothing of a capture.
"""

import cython

from pcapflow.engine.closing import Closing
from pcapflow.engine.log import Log

if not cython.compiled:
    from pcapflow.engine.history import MOST_UNSEEN, fin, gaps, once
    from pcapflow.engine.layout import (
        ACK,
        ACK_UNSEEN,
        DATA,
        DATA_AGAIN,
        FIN_HINT,
        HANDSHAKE_ACK,
        HOLE_FILLED,
        KEEP_ALIVE,
        LETTER_A,
        LETTER_D,
        MARK_BUSY,
        MARK_GAP,
        OPT_SACK,
        TH_ACK,
        TH_FIN,
        TH_RST,
        TH_SYN,
        UNANSWERED,
        WINDOW_OPENED,
        ZERO_WINDOW,
        side_of,
    )
    from pcapflow.engine.matching import remember, remembered
    from pcapflow.engine.resets import round_trip
    from pcapflow.engine.serial import add, diff
    from pcapflow.engine.silence import asks

FAR = cython.declare(cython.longlong, 67_108_864)
"""Numbers further ahead than this (64 MiB) are not believed at once."""
UNANSWERED_LIMIT = cython.declare(cython.longlong, 3)
"""Repeats or probes in a row that prove that nobody answers; fewer may just be lost."""


class Stream:
    """Judges numbers, and notes in ``log`` what they mean.

    ``thorough``: no segment goes on, for the test that this changes no record.
    """

    def __init__(self, log: Log, closing: Closing) -> None:
        self.log = log
        self.closing = closing
        self.thorough = False

    def goes_on(self, row, sender, peer, segment, end):
        """Whether the segment does; then this is all that its numbers say.

        It brings an octet, a FIN or an acknowledgement that is new; nothing is lost, unanswered or
        reset, and no number is far from those known.
        """
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
            fin(row, sender, segment, end)
        elif not sender.letters >> (LETTER_D if length > 0 else LETTER_A) & 1:
            once(row, sender, LETTER_D if length > 0 else LETTER_A, end)
        sender.packets += 1
        row.last = max(row.last, at)
        if not sender.alive:
            self._first_ack(row, sender, peer, segment, end)
        if fresh:
            peer.snd_una = ack
            if una >= 0 and ack == nxt:
                _time(sender, peer, at)
        if peer.fin_mark >= 0:
            self._behind_fin(row, sender, peer, segment, end)
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
        return True

    def judge(self, row, sender, peer, segment, end):
        """The same of any other segment, once its octets are known to be no capture duplicate."""
        window: cython.longlong = segment.window
        self._ack(row, sender, peer, segment, end)
        self._octets(row, sender, peer, segment, end)
        if window == 0 or sender.zero:
            self._window(row, sender, segment, end)
        elif window > 0:
            sender.window = window
        if segment.flags & TH_FIN:
            self.closing.fin(row, sender, peer, segment, end)
        return 0

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
            self._first_ack(row, sender, peer, segment, end)
        if fresh:
            peer.snd_una = ack
            if una >= 0 and ack == nxt:
                _time(sender, peer, segment.time)
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
            self._behind_fin(row, sender, peer, segment, end)
        return 0

    def _first_ack(self, row, sender, peer, segment, end):
        sender.alive = 1
        if end == 0 and sender.isn >= 0 and peer.isn >= 0 and segment.ack == add(peer.isn, 1):
            self.log.note(row, HANDSHAKE_ACK, end, segment)
            if peer.syn_count == 1 and peer.packets == 1:
                sender.rtt = segment.time - peer.last
        else:
            self.log.note(row, ACK, end, segment)
        return 0

    def _behind_fin(self, row, sender, peer, segment, end):
        """The peer has sent its FIN: does this segment acknowledge it?"""
        if diff(segment.ack, peer.fin_mark) > 0:
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


def _time(sender, peer, at):
    """At ``at`` the sender has acknowledged all of the peer's octets: how long did that take?"""
    took: cython.longlong = at - peer.last_data
    if peer.fin_mark < 0 and peer.last_data >= 0 and took >= 0:
        if sender.rtt < 0 or took < sender.rtt:
            sender.rtt = took
    return 0
