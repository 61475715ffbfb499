# cython: language_level=3, boundscheck=False
"""How long all was silent before an end sent what nobody answered, or what drew a reset.

Middleboxes forget connections that are idle for longer than their timers; the next segment then
meets nobody.  Which segment that is shows only later, when it is sent again, so the silence before
it is measured then, once: what is repeated further on says nothing new until the peer has spoken.

Reads rows, and nothing of a capture.
"""

import cython

if not cython.compiled:
    from pcapflow.engine.layout import side_of
    from pcapflow.engine.resets import round_trip

_COUNT = cython.declare(cython.longlong, 511)  # packets are remembered by their lowest bits
_TICK = cython.declare(cython.longlong, 10_000_000)
_MOST = cython.declare(cython.longlong, 0x3FFFFFF)  # ticks: a week


def asks(row, end, since, at):
    """The end repeats what it sent at ``at``, or probes since then; all was silent ``since``."""
    sender = side_of(row, end)
    peer = side_of(row, 1 - end)
    heard: cython.longlong = peer.packets & _COUNT
    if peer.last < 0 or sender.asked == heard or row.rst_at >= 0:
        return 0
    sender.asked = heard
    sender.idle = _ticks(at - since)
    return 0


def is_reset(row, segment, end):
    """The first reset, in the name of ``end``: what did its peer send, and after which silence?

    Called before the reset itself is counted among its sender's last words.
    """
    sender = side_of(row, end)
    peer = side_of(row, 1 - end)
    at: cython.longlong = segment.time
    since: cython.longlong = max(sender.last, peer.last)
    if row.rst_at >= 0 or sender.last < 0 or peer.asked == (sender.packets - 1) & _COUNT:
        return 0
    if peer.last > sender.last and at - peer.last <= round_trip(sender):
        # Of what was sent in one go, the last octet; a later segment without any may be an ACK.
        at = peer.last_data if at - peer.last_data <= round_trip(sender) else peer.last
        since = sender.last
    peer.idle = _ticks(at - since)
    return 0


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(check=False)
def _ticks(span: cython.longlong) -> cython.longlong:
    return min(max(0, span) // _TICK, _MOST)
