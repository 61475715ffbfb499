# cython: language_level=3, boundscheck=False
"""Capture duplicates: the very same packet captured twice is no retransmission.

Reads columns of a batch that was checked as a whole, and nothing of a capture.
"""

import cython

if not cython.compiled:
    from pcapflow.engine.layout import ORIGIN_PLACE, RING, TH_FIN, TH_RST, TH_SYN
    from pcapflow.engine.serial import add, diff

_SAME_WIRE = cython.declare(cython.longlong, 1_000_000_000)
_SAME_WIRE_NO_ID = cython.declare(cython.longlong, 5_000_000)
_IDS_BEHIND = cython.declare(cython.longlong, 4096)
"""So many packets of one connection may be between two interfaces."""
_PLACE = cython.declare(cython.longlong, 1023)
"""Remembered times are exact to a microsecond; the ten bits below say at which interface."""


def remember(row, batch, i):
    """Remember segment ``i`` among the row's recent ones."""
    k: cython.longlong = row.ring_next
    place: cython.longlong = place_of(batch, i)
    row.ring[2 * k] = batch.sign[i]
    row.ring[2 * k + 1] = (batch.time[i] & ~_PLACE) | place
    row.ring_next = (k + 1) % RING
    return 0


def seen_before(row, batch, i, end):
    """Whether the very same packet was captured before; else it is remembered.

    The same IP id (not 0), numbers, timestamp value and checksum: within a second, or at any
    distance from another interface.  Without a usable id only within 5 ms, but within a second
    from another interface where timestamps tell two transmissions apart.  A segment that carries
    something new cannot be one; a retransmission has an id of its own.
    """
    k: cython.longlong
    age: cython.longlong
    place: cython.longlong = place_of(batch, i)
    for k in range(RING):
        if row.ring[2 * k] == batch.sign[i]:
            age = (batch.time[i] & ~_PLACE) - (row.ring[2 * k + 1] & ~_PLACE)
            if batch.ip_id[i] > 0:
                if -_SAME_WIRE <= age <= _SAME_WIRE or row.ring[2 * k + 1] & _PLACE != place:
                    return 1
            elif -_SAME_WIRE_NO_ID <= age <= _SAME_WIRE_NO_ID:
                return 1
            elif batch.tsval[i] >= 0 and row.ring[2 * k + 1] & _PLACE != place:
                if -_SAME_WIRE <= age <= _SAME_WIRE:
                    return 1
    if _passed_elsewhere(row, batch, i, end):
        return 1
    return remember(row, batch, i)


def place_of(batch, i):
    """Where segment ``i`` was captured: a number of ten bits for the interface and direction."""
    return (batch.iface[i] ^ batch.iface[i] >> 8) & _PLACE


def _passed_elsewhere(row, batch, i, end):
    """Whether it is an old packet of its sender, and comes from another interface.

    Between two interfaces of a capture more packets can be on their way than a row remembers.
    But an end counts its IP ids: one that lies behind the last is no new transmission.
    """
    sender = cython.address(row.side[end]) if cython.compiled else row.side[end]
    peer = cython.address(row.side[1 - end]) if cython.compiled else row.side[1 - end]
    if (
        batch.ip_id[i] <= 0
        or sender.ip_id <= 0
        or sender.origin >> ORIGIN_PLACE == place_of(batch, i)
        or (sender.ip_id - batch.ip_id[i]) & 0xFFFF >= _IDS_BEHIND
        or batch.flags[i] & (TH_SYN | TH_RST)
        or sender.snd_nxt < 0
        or peer.snd_una < 0
    ):
        return 0
    return (
        diff(add(batch.seq[i], batch.length[i]), sender.snd_nxt) <= 0
        and diff(batch.ack[i], peer.snd_una) <= 0
        and (not batch.flags[i] & TH_FIN or sender.fin_mark >= 0)
    )
