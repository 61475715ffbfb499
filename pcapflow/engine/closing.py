# cython: language_level=3, boundscheck=False
"""What a segment means for the end of a connection: FINs, their acknowledgements, and resets.

Called by ``events``, which has judged the rest of the segment.  Reads rows of a batch that was
checked as a whole, and nothing of a capture.
"""

import cython

from pcapflow.engine.log import Log

if not cython.compiled:
    from pcapflow.engine.layout import (
        ACK_OF_FIN,
        ACK_OF_FIN_AGAIN,
        ACK_OF_FIN_DSACK,
        ACK_OF_FIN_EARLIER,
        CLOSING_BEGUN,
        CLOSING_RESET,
        FIN,
        FIN_AGAIN,
        FIN_AGAIN_CROSSED,
        FIN_AGAIN_LATE,
        FIN_AGAIN_NEW_ACK,
        FIN_CROSSING,
        FIN_EARLY,
        FIN_EARLY_CROSSING,
        FIN_UNREAD,
        LIVES_ON,
        MARK_ODD,
        MARK_ODD_RST,
        OPT_DSACK,
        RST_DISOWNED,
        RST_FOREIGN,
        RST_IN_WINDOW,
        RST_ODD,
        RST_OUTSIDE,
        TH_FIN,
        side_of,
    )
    from pcapflow.engine.resets import odd_marks, reset_code, round_trip
    from pcapflow.engine.serial import add, diff
    from pcapflow.engine.silence import asks, is_reset

_MANY = cython.declare(cython.longlong, 500_000)
"""FINs of an end that are counted: there is no room for more."""


class Closing:
    """Judges what closes a connection, and notes it in ``log``."""

    def __init__(self, log: Log) -> None:
        self.log = log

    def fin(self, row, sender, peer, segment, end):
        at: cython.longlong = segment.time
        mark: cython.longlong = add(segment.seq, segment.length)
        if sender.fin_mark < 0:
            sender.fin_mark = mark
            sender.fin_ack = segment.ack
            if sender.hole_from >= 0 and diff(sender.snd_una, sender.hole_to) >= 0:
                sender.hole_from = -1  # the peer has what the capture has not
            if diff(add(mark, 1), sender.snd_nxt) > 0:
                sender.snd_nxt = add(mark, 1)
            row.closing |= CLOSING_BEGUN
            peer.calm = 0
            crossing: cython.longlong = peer.fin_mark >= 0 and diff(segment.ack, peer.fin_mark) <= 0
            if sender.hole_from >= 0:
                self.log.note(row, FIN_EARLY_CROSSING if crossing else FIN_EARLY, end, segment)
            else:
                self.log.note(row, FIN_CROSSING if crossing else FIN, end, segment)
            if sender.snd_una >= 0 and diff(sender.snd_una, mark) > 0:
                # Captured out of order: its acknowledgement came first.
                sender.fin_acked_frame = segment.frame
                sender.fin_acked_at = at
                self.log.note(row, ACK_OF_FIN, 1 - end, segment)
        elif mark != sender.fin_mark:
            row.marks |= MARK_ODD
            return 0
        elif sender.fin_acked_at >= 0:
            if at - sender.fin_acked_at > round_trip(sender):
                self.log.note(row, FIN_AGAIN_LATE, end, segment)
            else:
                self.log.note(row, FIN_AGAIN_CROSSED, end, segment)
        elif segment.ack != sender.fin_ack:
            self.log.note(row, FIN_AGAIN_NEW_ACK, end, segment)
        else:
            asks(row, end, peer.last, sender.fin_last)
            self.log.note(row, FIN_AGAIN, end, segment)
        sender.fin_ack = segment.ack
        sender.fin_count = min(_MANY, sender.fin_count + 1)
        sender.fin_last = at
        return 0

    def ack_of_fin(self, row, sender, peer, segment, end):
        after: cython.longlong = segment.time - peer.fin_last
        if peer.fin_acked_at < 0:
            peer.fin_acked_frame = segment.frame
            # Sooner than the sender can have answered, or with a D-SACK (RFC 2883): it answers one
            # of the transmissions before.
            if peer.fin_count > 1 and (
                segment.options & OPT_DSACK
                or (sender.rtt >= 0 and 0 <= after < sender.rtt - (sender.rtt >> 2))
            ):
                self.log.note(row, ACK_OF_FIN_EARLIER, end, segment)
            else:
                self.log.note(row, ACK_OF_FIN, end, segment)
        elif peer.fin_count > 1 and segment.options & OPT_DSACK:
            self.log.note(row, ACK_OF_FIN_DSACK, end, segment)
        elif peer.fin_last > peer.fin_acked_at:
            self.log.note(row, ACK_OF_FIN_AGAIN, end, segment)
        else:
            return 0
        peer.fin_acked_at = segment.time
        return 0

    def unread(self, row, sender, peer, segment, end):
        """This segment does not acknowledge the peer's FIN, captured before it.

        More than a round trip after the FIN it would, had it been read; so would any but a
        duplicate ACK (RFC 5681 §2), which says that something before the FIN is missing.
        """
        again: cython.longlong = (
            segment.length == 0
            and not segment.flags & TH_FIN
            and segment.ack == sender.ack_sent
            and segment.window == sender.window
        )
        if again or segment.time - peer.fin_last > round_trip(sender):
            return self.log.note(row, FIN_UNREAD, end, segment)
        return 0

    def rst(self, row, segment, end):
        code: cython.longlong
        odd: cython.longlong
        sender = side_of(row, end)
        peer = side_of(row, 1 - end)
        sender.rsts += 1
        is_reset(row, segment, end)
        row.closing |= CLOSING_BEGUN
        peer.calm = 0
        row.rst_at = segment.time
        sender.lives = 0
        peer.lives = 0
        code = reset_code(row, segment, end)
        if code != RST_OUTSIDE and code != RST_IN_WINDOW:
            row.closing |= CLOSING_RESET
        self.log.note(row, code, end, segment)
        row.rst_seq[end] = segment.seq
        odd = odd_marks(row, segment, end)
        if odd == 1:
            row.marks |= MARK_ODD_RST
        if odd:
            self.log.note(row, RST_FOREIGN if odd > 1 else RST_ODD, end, segment)
        return 0

    def after_rst(self, row, segment, end):
        """A segment behind a RST: does its sender live on, and was the RST its own?"""
        sender = side_of(row, end)
        beyond: cython.longlong = (
            row.rst_seq[end] >= 0
            and segment.length > 0
            and diff(add(segment.seq, segment.length), row.rst_seq[end]) > 0
        )
        if segment.time - row.rst_at > round_trip(sender):
            sender.lives = 1
            row.closing &= ~CLOSING_RESET
            if beyond:
                self.log.note(row, RST_DISOWNED, end, segment)
            self.log.note(row, LIVES_ON, end, segment)
        elif beyond and row.marks & MARK_ODD_RST:
            # New octets behind a reset that was odd already, however soon: the second mark.
            row.marks &= ~MARK_ODD_RST
            self.log.note(row, RST_FOREIGN, end, segment)
        return 0
