"""The TCP state machine of one end, as data: one row a rule, its source beside it.

All transitions of an end live here.  The stimuli are what an end sent (``snd_``), what it
received (``rcv_``), and the one timer that ends a state.  The rows marked "observer" are not in
the RFC's figure: they let a path begin where the capture does, for an end that shows by its own
segment that it is further than anything captured had brought it.  A stimulus without a row
leaves the state as it is: *ignored* is not *invalid*.
"""

from __future__ import annotations

from pcapflow.hints import TYPE_CHECKING
from pcapflow.model import State
from pcapflow.values import Record

if TYPE_CHECKING:
    from typing import Final


class Row(Record):
    """In ``state``, ``stimulus`` leads to ``after``; ``source`` says where that is written."""

    state: State
    stimulus: str
    after: State
    source: str


TABLE: Final[tuple[Row, ...]] = (
    # Opening
    Row("CLOSED", "snd_syn", "SYN_SENT", "RFC 9293 §3.10.1"),
    Row("LISTEN", "rcv_syn", "SYN_RECEIVED", "RFC 9293 §3.10.7.2"),
    Row("LISTEN", "snd_syn_ack", "SYN_RECEIVED", "observer: the SYN was not captured"),
    Row("SYN_SENT", "rcv_syn", "SYN_RECEIVED", "RFC 9293 §3.5, figure 8: simultaneous open"),
    Row("SYN_SENT", "rcv_syn_ack", "ESTABLISHED", "RFC 9293 §3.10.7.3"),
    Row("SYN_RECEIVED", "rcv_syn_ack", "ESTABLISHED", "RFC 9293 §3.10.7.4, ACK acceptable"),
    Row("SYN_RECEIVED", "rcv_ack_of_syn", "ESTABLISHED", "RFC 9293 §3.10.7.4, ACK acceptable"),
    Row("UNKNOWN", "rcv_ack_of_syn", "ESTABLISHED", "observer: only its peer was captured"),
    Row("UNKNOWN", "rcv_syn_ack", "ESTABLISHED", "observer: the SYN was not captured"),
    Row("UNKNOWN", "snd_synchronized", "ESTABLISHED", "observer: mid-stream"),
    Row("LISTEN", "snd_synchronized", "ESTABLISHED", "observer: its SYN-ACK was not captured"),
    Row("SYN_SENT", "snd_synchronized", "ESTABLISHED", "observer: the SYN-ACK was not captured"),
    Row("SYN_RECEIVED", "snd_synchronized", "ESTABLISHED", "observer: no ACK of it was captured"),
    # Closing
    Row("ESTABLISHED", "snd_fin", "FIN_WAIT_1", "RFC 9293 §3.10.4"),
    Row("SYN_RECEIVED", "snd_fin", "FIN_WAIT_1", "RFC 9293 §3.10.4"),
    Row("CLOSE_WAIT", "snd_fin", "LAST_ACK", "RFC 9293 §3.10.4, figure 5"),
    Row("ESTABLISHED", "rcv_fin", "CLOSE_WAIT", "RFC 9293 §3.10.7.4, FIN bit"),
    Row("SYN_RECEIVED", "rcv_fin", "CLOSE_WAIT", "RFC 9293 §3.10.7.4, FIN bit"),
    Row("UNKNOWN", "rcv_fin", "CLOSE_WAIT", "observer: mid-stream, never seen to send"),
    Row("FIN_WAIT_1", "rcv_ack_of_fin", "FIN_WAIT_2", "RFC 9293 §3.10.7.4, ACK of our FIN"),
    Row("FIN_WAIT_1", "rcv_fin", "CLOSING", "RFC 9293 §3.10.7.4, FIN bit"),
    Row("FIN_WAIT_2", "rcv_fin", "TIME_WAIT", "RFC 9293 §3.10.7.4, FIN bit"),
    Row("CLOSING", "rcv_ack_of_fin", "TIME_WAIT", "RFC 9293 §3.10.7.4, ACK of our FIN"),
    Row("LAST_ACK", "rcv_ack_of_fin", "CLOSED", "RFC 9293 §3.10.7.4, ACK of our FIN"),
    Row("TIME_WAIT", "timer_2msl", "CLOSED", "RFC 9293 §3.10.8"),
    # Reset.  TIME_WAIT has no row for it: RFC 1337 has the reset ignored, kernels differ.
    Row("SYN_SENT", "rcv_rst", "CLOSED", "RFC 9293 §3.10.7.3"),
    Row("SYN_RECEIVED", "rcv_rst", "CLOSED", "RFC 9293 §3.10.7.4, RST bit"),
    Row("ESTABLISHED", "rcv_rst", "CLOSED", "RFC 9293 §3.10.7.4, RST bit"),
    Row("FIN_WAIT_1", "rcv_rst", "CLOSED", "RFC 9293 §3.10.7.4, RST bit"),
    Row("FIN_WAIT_2", "rcv_rst", "CLOSED", "RFC 9293 §3.10.7.4, RST bit"),
    Row("CLOSE_WAIT", "rcv_rst", "CLOSED", "RFC 9293 §3.10.7.4, RST bit"),
    Row("CLOSING", "rcv_rst", "CLOSED", "RFC 9293 §3.10.7.4, RST bit"),
    Row("LAST_ACK", "rcv_rst", "CLOSED", "RFC 9293 §3.10.7.4, RST bit"),
    Row(
        "TIME_WAIT", "rcv_rst", "CLOSED", "RFC 9293 §3.10.7.4; RFC 1337 and tcp_rfc1337 advise not"
    ),
    Row("CLOSE_WAIT", "rcv_rst_at_fin", "CLOSED", "Linux tcp_reset_check(): RCV.NXT - 1 will do"),
    Row("CLOSING", "rcv_rst_at_fin", "CLOSED", "Linux tcp_reset_check()"),
    Row("LAST_ACK", "rcv_rst_at_fin", "CLOSED", "Linux tcp_reset_check()"),
    Row("UNKNOWN", "rcv_rst", "CLOSED", "observer: mid-stream"),
    Row("UNKNOWN", "snd_rst", "CLOSED", "observer: mid-stream"),
    Row("LISTEN", "snd_rst", "CLOSED", "RFC 9293 §3.10.7.1: nobody was there"),
    Row("SYN_SENT", "snd_rst", "CLOSED", "RFC 9293 §3.10.5"),
    Row("SYN_RECEIVED", "snd_rst", "CLOSED", "RFC 9293 §3.10.5"),
    Row("ESTABLISHED", "snd_rst", "CLOSED", "RFC 9293 §3.10.5"),
    Row("FIN_WAIT_1", "snd_rst", "CLOSED", "RFC 9293 §3.10.5"),
    Row("FIN_WAIT_2", "snd_rst", "CLOSED", "RFC 9293 §3.10.5"),
    Row("CLOSE_WAIT", "snd_rst", "CLOSED", "RFC 9293 §3.10.5"),
    Row("CLOSING", "snd_rst", "CLOSED", "RFC 9293 §3.10.5"),
    Row("LAST_ACK", "snd_rst", "CLOSED", "RFC 9293 §3.10.5"),
    Row("TIME_WAIT", "snd_rst", "CLOSED", "RFC 9293 §3.10.7.1: the block is gone"),
    # A new connection on the same four-tuple: neither end can still hold this one.
    Row("TIME_WAIT", "replaced", "CLOSED", "RFC 9293 §3.10.7.4, MAY-2; RFC 6191"),
    Row("SYN_SENT", "replaced", "CLOSED", "observer"),
    Row("SYN_RECEIVED", "replaced", "CLOSED", "observer"),
    Row("ESTABLISHED", "replaced", "CLOSED", "observer"),
    Row("FIN_WAIT_1", "replaced", "CLOSED", "observer"),
    Row("FIN_WAIT_2", "replaced", "CLOSED", "observer"),
    Row("CLOSE_WAIT", "replaced", "CLOSED", "observer"),
    Row("CLOSING", "replaced", "CLOSED", "observer"),
    Row("LAST_ACK", "replaced", "CLOSED", "observer"),
)

_NEXT: Final[dict[tuple[str, str], State]] = {(r.state, r.stimulus): r.after for r in TABLE}


def step(state: State, stimulus: str) -> State:
    """The state that ``stimulus`` leads to from ``state``; the same one where no row says."""
    return _NEXT.get((state, stimulus), state)
