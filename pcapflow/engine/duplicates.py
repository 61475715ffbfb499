# cython: language_level=3, boundscheck=False
"""Capture duplicates: the very same packet captured twice is no retransmission.

Reads rows of a batch that was checked as a whole, and nothing of a capture.
"""

import cython

if not cython.compiled:
    from pcapflow.engine.layout import (
        MARK_DUPLICATES,
        ORIGIN_PLACE,
        RING,
        RING_PLACE,
        TH_FIN,
        TH_RST,
        TH_SYN,
    )
    from pcapflow.engine.matching import place_of, remembered
    from pcapflow.engine.serial import add, diff

_SAME_WIRE = cython.declare(cython.longlong, 1_000_000_000)
_SAME_WIRE_NO_ID = cython.declare(cython.longlong, 5_000_000)
_IDS_BEHIND = cython.declare(cython.longlong, 4096)
"""So many packets of one connection may be between two interfaces."""


def seen_before(row, sender, peer, segment):
    """Whether the very same packet was captured before.

    The same IP id (not 0), numbers, timestamp value and checksum: within a second, or at any
    distance from another interface.  Without a usable id (as kernels' own resets are) only within
    5 ms, but within a second from another interface where timestamps tell two transmissions apart
    or this connection's packets are known to be captured twice.  A segment that carries something
    new cannot be one; a retransmission has an id of its own.
    """
    place: cython.longlong = place_of(segment)
    if sender.packets == 0:
        return 0
    if remembered(row, segment) and _is_copy(row, segment, place):
        return 1
    return sender.origin >> ORIGIN_PLACE != place and _passed_elsewhere(sender, peer, segment)


def _is_copy(row, segment, place):
    """Whether a segment that the row remembers, with the same sign, was this very packet."""
    k: cython.longlong
    age: cython.longlong
    for k in range(RING):
        if row.ring[2 * k] == segment.sign:
            age = (segment.time & ~RING_PLACE) - (row.ring[2 * k + 1] & ~RING_PLACE)
            if segment.ip_id > 0:
                if -_SAME_WIRE <= age <= _SAME_WIRE or row.ring[2 * k + 1] & RING_PLACE != place:
                    return 1
            elif -_SAME_WIRE_NO_ID <= age <= _SAME_WIRE_NO_ID:
                return 1
            elif segment.tsval >= 0 or row.marks & MARK_DUPLICATES:
                if row.ring[2 * k + 1] & RING_PLACE != place and -_SAME_WIRE <= age <= _SAME_WIRE:
                    return 1
    return 0


def _passed_elsewhere(sender, peer, segment):
    """Whether a segment from another interface than its sender's last is an old packet.

    Between two interfaces of a capture more packets can be on their way than a row remembers.
    But an end counts its IP ids: one that lies behind the last is no new transmission.
    """
    if (
        segment.ip_id <= 0
        or sender.ip_id <= 0
        or (sender.ip_id - segment.ip_id) & 0xFFFF >= _IDS_BEHIND
        or segment.flags & (TH_SYN | TH_RST)
        or sender.snd_nxt < 0
        or peer.snd_una < 0
    ):
        return 0
    return (
        diff(add(segment.seq, segment.length), sender.snd_nxt) <= 0
        and diff(segment.ack, peer.snd_una) <= 0
        and (not segment.flags & TH_FIN or sender.fin_mark >= 0)
    )
