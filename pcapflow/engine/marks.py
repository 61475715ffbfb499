# cython: language_level=3, boundscheck=False
"""The marks of a connection that its two ends together show.

Reads rows, and nothing of a capture.
"""

import cython

if not cython.compiled:
    from pcapflow.engine.layout import (
        MARK_CLIENT_LAST,
        MARK_CLIENT_UNACKED,
        MARK_ONE_SIDED,
        MARK_SERVER_UNACKED,
        side_of,
    )
    from pcapflow.engine.serial import diff


def marks_of(row):
    """The row's marks with those that its two ends together show, as far as they have come."""
    client = side_of(row, 0)
    server = side_of(row, 1)
    found: cython.longlong = row.marks
    if (client.packets == 0 or server.packets == 0) and (client.alive or server.alive):
        found |= MARK_ONE_SIDED
    if client.last_data > server.last_data:
        found |= MARK_CLIENT_LAST
    if _unacked(client):
        found |= MARK_CLIENT_UNACKED
    if _unacked(server):
        found |= MARK_SERVER_UNACKED
    return found


def _unacked(side):
    """Whether octets that this end sent are not known to be acknowledged; its FIN is none."""
    sent: cython.longlong = side.snd_nxt if side.fin_mark < 0 else side.fin_mark
    if side.last_data < 0 or side.snd_una < 0 or sent < 0 or side.fin_acked_at >= 0:
        return False
    return diff(sent, side.snd_una) > 0
