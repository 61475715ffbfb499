# cython: language_level=3, boundscheck=False
"""Capture duplicates: the very same packet captured twice is no retransmission.

Reads columns of a batch that was checked as a whole, and nothing of a capture.
"""

import cython

if not cython.compiled:
    from pcapflow.engine.layout import RING

_SAME_WIRE = cython.declare(cython.longlong, 1_000_000_000)
_SAME_WIRE_NO_ID = cython.declare(cython.longlong, 5_000_000)
_PLACE = cython.declare(cython.longlong, 1023)
"""Remembered times are exact to a microsecond; the ten bits below say at which interface."""


def remember(row, batch, i):
    """Remember segment ``i`` among the row's recent ones."""
    k: cython.longlong = row.ring_next
    place: cython.longlong = (batch.iface[i] ^ batch.iface[i] >> 8) & _PLACE
    row.ring[2 * k] = batch.sign[i]
    row.ring[2 * k + 1] = (batch.time[i] & ~_PLACE) | place
    row.ring_next = (k + 1) % RING
    return 0


def seen_before(row, batch, i):
    """Whether the very same packet was captured before; else it is remembered.

    The same IP id (not 0), numbers, timestamp value and checksum: within a second, or at any
    distance from another interface.  Without a usable id only within 5 ms.  A segment that
    carries something new cannot be one; a retransmission has an id of its own.
    """
    k: cython.longlong
    age: cython.longlong
    place: cython.longlong = (batch.iface[i] ^ batch.iface[i] >> 8) & _PLACE
    for k in range(RING):
        if row.ring[2 * k] == batch.sign[i]:
            age = (batch.time[i] & ~_PLACE) - (row.ring[2 * k + 1] & ~_PLACE)
            if batch.ip_id[i] > 0:
                if -_SAME_WIRE <= age <= _SAME_WIRE or row.ring[2 * k + 1] & _PLACE != place:
                    return 1
            elif -_SAME_WIRE_NO_ID <= age <= _SAME_WIRE_NO_ID:
                return 1
    return remember(row, batch, i)
