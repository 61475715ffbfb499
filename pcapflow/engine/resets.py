# cython: language_level=3, boundscheck=False
"""The kinds of reset: refusal, reply, abort, or one that its receiver would not take.

A *reply* comes within a round trip after a segment of the peer and bears that segment's ACK
number (RFC 9293 §3.10.7.1): its sender's application had closed.  An *abort* is unprovoked and
exact.  What the receiver takes is RFC 5961 §3.2: exactly the next octet, or, here, either of the
two numbers that this can be at the receiver as far as the capture shows.  Behind a hole Linux takes
the right edge of what it acknowledged by SACK too (tcp_validate_incoming()).

Reads rows of a batch that was checked as a whole, and nothing of a capture.
"""

import cython

if not cython.compiled:
    from pcapflow.engine.layout import (
        CHALLENGE_ACK,
        ORIGIN_FIRST,
        ORIGIN_STAMPS,
        RST_ABORT,
        RST_ABORT_LOSS,
        RST_AT_FIN,
        RST_IN_WINDOW,
        RST_OF_CHALLENGE,
        RST_OUTSIDE,
        RST_REFUSED,
        RST_REPLY,
        TH_ACK,
        side_of,
    )
    from pcapflow.engine.serial import diff

_MS = cython.declare(cython.longlong, 1_000_000)
_ID_STEP = cython.declare(cython.longlong, 4096)
"""Hosts that count ids over all their connections get this far between two of one's segments."""
_UNKNOWN_ROUND_TRIP = cython.declare(cython.longlong, 200_000_000)
"""Where the capture does not show the round trip (RFC 6298 would wait longer still)."""


def round_trip(side):
    """From the capture point to this end and back, with a little slack for its kernel; ns."""
    if side.rtt < 0:
        return _UNKNOWN_ROUND_TRIP
    return side.rtt + side.rtt // 2 + _MS


def odd_marks(row, segment, end):
    """How many marks of RST ``i`` do not fit the end whose address it bears, as far as is known.

    Its TTL, where neither its last nor its first segment had that (a proxy that opens and resets by
    itself lets the others through); timestamps, which a live socket's reset bears as all its
    segments do (RFC 7323 §3.2, Linux tcp_send_active_reset()); an IP id far from those that the end
    counts through.  A reply for a socket that is gone has neither of the last two, so it is not
    asked for them; an id of 0 proves nothing.
    """
    sender = side_of(row, end)
    odd: cython.longlong = 0
    ahead: cython.longlong
    if sender.origin < 0:
        return 0
    if segment.ttl != sender.origin & 255 and (segment.ttl & 254) << 8 != (
        sender.origin & ORIGIN_FIRST
    ):
        odd += 1
    if segment.flags & TH_ACK:
        if sender.origin & ORIGIN_STAMPS and segment.tsval < 0:
            odd += 1
        if segment.ip_id > 0 and sender.ip_id > 0:
            ahead = (segment.ip_id - sender.ip_id) & 0xFFFF
            if _ID_STEP < ahead < 0x10000 - _ID_STEP:
                odd += 1
    return odd


def reset_code(row, segment, end):
    """What kind of reset segment ``i`` is; its acknowledgement counts for the peer."""
    sender = side_of(row, end)
    peer = side_of(row, 1 - end)
    seq: cython.longlong = segment.seq
    ack: cython.longlong = segment.ack
    acks: cython.longlong = segment.flags & TH_ACK
    prompt: cython.longlong
    window: cython.longlong
    lost: cython.longlong
    code: cython.longlong
    prompt = peer.last >= 0 and segment.time - peer.last <= round_trip(sender)
    if sender.isn < 0 and not sender.alive and peer.isn >= 0 and not peer.alive:
        code = RST_OUTSIDE
        if acks and diff(ack, peer.isn) > 0 and diff(ack, peer.snd_nxt) <= 0:
            code = RST_REFUSED  # RFC 9293 §3.10.7.3: the ACK must cover the SYN
        return code
    if acks and peer.snd_una >= 0 and diff(ack, peer.snd_una) > 0:
        if peer.snd_nxt >= 0 and diff(ack, peer.snd_nxt) <= 0:
            peer.snd_una = ack
    if not acks and row.last_code == (CHALLENGE_ACK << 1 | (1 - end)) and peer.ack_sent == seq:
        code = RST_OF_CHALLENGE
    elif prompt and not acks and peer.ack_sent == seq:
        code = RST_REPLY
    elif prompt and acks and seq == 0 and peer.ack_sent < 0:
        code = RST_REPLY
    elif prompt and acks and sender.fin_mark >= 0 and peer.ack_sent == seq:
        code = RST_REPLY if peer.last >= sender.last else RST_ABORT
    elif sender.fin_mark >= 0 and seq == sender.fin_mark and diff(sender.snd_una, seq) > 0:
        code = RST_AT_FIN  # answers a copy of something old; Linux takes it in three states
    elif (
        sender.snd_nxt < 0
        or seq == sender.snd_nxt
        or seq == sender.snd_una
        or (seq == row.sacked[1 - end] and diff(seq, sender.snd_una) > 0)
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
    return code
