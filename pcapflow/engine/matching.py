"""A segment held against a row: which end sent it, is it plain, and how will it be known again.

``matching.pxd`` is the same for the compiled engine, inlined where it is used.
"""

from __future__ import annotations

from typing import Any

from pcapflow.engine.layout import (
    CALM_ACK,
    CALM_DATA,
    OPT_SACK,
    OPT_TIMESTAMP,
    ORIGIN_PLACE,
    ORIGIN_STAMPS,
    RING,
    RING_PLACE,
    TH_ACK,
    TH_FIN,
    TH_RST,
    TH_SYN,
)

_FAR = 1 << 30  # so many octets no segment has; a header may claim them


def end_of(row: Any, segment: Any) -> int:
    """Which end of ``row`` sent the segment: 0 or 1; -1 where it is of another connection.

    The ``order`` of both names the higher end, so it can only be one of the two.  Written without a
    branch between them, nor between IPv4 and IPv6: which of them it is cannot be foretold, and a
    processor that guesses wrong loses more time than all of this takes.
    """
    words = (row.client_lo, row.server_lo, row.client_hi, row.server_hi)
    ports = row.ports
    end = int(segment.order ^ row.order)
    if end:
        ports = (ports << 16 | ports >> 16) & 0xFFFFFFFF
    if (
        segment.src_lo ^ words[end]
        | segment.dst_lo ^ words[1 - end]
        | segment.src_hi ^ words[2 + end]
        | segment.dst_hi ^ words[3 - end]
        | segment.ports ^ ports
    ) or segment.version != row.version:
        return -1
    return end


def origin_of(segment: Any) -> int:
    """What the segment's ``origin`` is: where it was captured, whether it has stamps, its TTL.

    Where: ten bits for the interface and direction.
    """
    place = int(segment.iface ^ segment.iface >> 8) & RING_PLACE
    stamps = ORIGIN_STAMPS if segment.options & OPT_TIMESTAMP else 0
    return place << ORIGIN_PLACE | int(segment.ttl) | stamps


def place_of(segment: Any) -> int:
    """Where the segment was captured: a number of ten bits for the interface and direction."""
    return int(segment.origin) >> ORIGIN_PLACE


def remembered(row: Any, segment: Any) -> bool:
    """Whether one of the row's recent segments had this one's sign."""
    return segment.sign in row.ring[::2]


def remember(row: Any, segment: Any) -> int:
    """Remember the segment among the row's recent ones: see ``duplicates``."""
    k = row.ring_next
    row.ring[2 * k] = segment.sign
    row.ring[2 * k + 1] = (segment.time & ~RING_PLACE) | place_of(segment)
    row.ring_next = (k + 1) & (RING - 1)
    return 0


def plain_of(segment: Any) -> int:
    """What its sender's ``calm`` must say for the segment to be a plain one; 0: it is none."""
    if (
        segment.flags & (TH_FIN | TH_SYN | TH_RST | TH_ACK) != TH_ACK
        or segment.window <= 0
        or segment.options & OPT_SACK
        or segment.length >= _FAR
    ):
        return 0
    return CALM_DATA if segment.length > 0 else CALM_ACK
