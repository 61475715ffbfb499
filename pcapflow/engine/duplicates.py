# cython: language_level=3
"""Capture duplicates: the very same packet captured twice is no retransmission."""

import cython

if not cython.compiled:
    from pcapflow.engine.layout import RING

_SAME_WIRE = cython.declare(cython.longlong, 1_000_000_000)
_SAME_WIRE_NO_ID = cython.declare(cython.longlong, 5_000_000)
_PLACE = cython.declare(cython.longlong, 1023)
"""Remembered times are exact to a microsecond; the ten bits below say at which interface."""
_MASK32 = cython.declare(cython.longlong, 0xFFFFFFFF)


def seen_before(row, batch, i, end):
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
