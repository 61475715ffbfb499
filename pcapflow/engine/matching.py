"""A segment held against a row: which end sent it, and how it will be known again.

``matching.pxd`` is the same for the compiled engine, inlined where it is used.
"""

from __future__ import annotations

from typing import Any

from pcapflow.engine.layout import RING, RING_PLACE


def end_of(row: Any, segment: Any) -> int:
    """Which end of ``row`` sent the segment: 0 or 1; -1 where it is of another connection.

    Written without a branch between the two: whose turn it is cannot be foretold.
    """
    ports = segment.ports
    from_client = (
        (ports ^ row.ports) | (segment.src_lo ^ row.client_lo) | (segment.dst_lo ^ row.server_lo)
    )
    from_server = (
        (((ports & 0xFFFF) << 16 | ports >> 16) ^ row.ports)
        | (segment.src_lo ^ row.server_lo)
        | (segment.dst_lo ^ row.client_lo)
    )
    if segment.version != row.version:
        return -1
    if segment.version == 6:  # IPv4 has nothing in the high words
        from_client |= (segment.src_hi ^ row.client_hi) | (segment.dst_hi ^ row.server_hi)
        from_server |= (segment.src_hi ^ row.server_hi) | (segment.dst_hi ^ row.client_hi)
    if from_client and from_server:
        return -1
    return int(from_client != 0)


def place_of(segment: Any) -> int:
    """Where the segment was captured: a number of ten bits for the interface and direction."""
    return int(segment.iface ^ segment.iface >> 8) & RING_PLACE


def remember(row: Any, segment: Any) -> int:
    """Remember the segment among the row's recent ones: see ``duplicates``."""
    k = row.ring_next
    row.ring[2 * k] = segment.sign
    row.ring[2 * k + 1] = (segment.time & ~RING_PLACE) | place_of(segment)
    row.ring_next = (k + 1) & (RING - 1)
    return 0
