"""Zeek's ``conn_state``, read from the ``history`` beside it.

What Zeek says of a connection is what it takes each end's state to be, and the letters of
``history`` are just what moves those states: so the two agree here as they do in Zeek, and nothing
is kept beside the record.  They are Zeek's states, not RFC 9293's: a FIN that its receiver would
drop closes its sender.  (TCPSessionAdapter's state machine, and ``conn_state`` in
base/protocols/conn/main.zeek.)
"""

from __future__ import annotations

from functools import lru_cache

from pcapflow.hints import Literal

_State = Literal[
    "INACTIVE", "SYN_SENT", "SYN_ACK_SENT", "PARTIAL", "ESTABLISHED", "CLOSED", "RESET"
]
_QUIET = ("INACTIVE", "PARTIAL")
_OPENING = ("SYN_SENT", "SYN_ACK_SENT")
_MORE_THAN_A_SYN = frozenset("HAFGIQ")


class _End:
    """One end as Zeek sees it; ``closed`` also remembers a FIN before a RST."""

    def __init__(self, *, originator: bool) -> None:
        self.originator = originator
        self.state: _State = "INACTIVE"
        self.closed = False

    def syn(self, peer: _End, *, acks: bool) -> None:
        if self.state == "PARTIAL" and peer.state == "INACTIVE" and not acks:
            self.state = "SYN_SENT"
        elif self.state == "INACTIVE" and self.originator:
            self.state = "SYN_ACK_SENT" if acks else "SYN_SENT"
        elif self.state == "INACTIVE":
            self.state = "ESTABLISHED"
            if peer.state == "SYN_SENT":
                peer.state = "ESTABLISHED"

    def speak(self, peer: _End, *, data: bool) -> None:
        """Data or a pure ACK: only the first is of interest."""
        if self.state != "INACTIVE":
            return
        if peer.state == "ESTABLISHED":  # the SYN alone was not captured
            self.state = "ESTABLISHED"
        elif self.originator or data or peer.state != "SYN_SENT":
            self.state = "PARTIAL"

    def fin(self, peer: _End) -> None:
        if self.state not in ("CLOSED", "RESET"):
            self.state = "CLOSED"
            self.closed = True
            if peer.state == "RESET" and peer.closed:  # FIN, RST: an orderly end after all
                peer.state = "CLOSED"

    def rst(self, peer: _End) -> None:
        """After both FINs it changes nothing."""
        if self.state != "CLOSED" or peer.state != "CLOSED":
            self.state = "RESET"


@lru_cache(maxsize=4096)
def conn_state(history: str, payload: bool) -> str:
    """The ``conn_state`` of a connection with these letters, and payload or none.

    Q, a SYN with another flag, is taken for SYN and FIN, as scanners send it.
    """
    ends = (_End(originator=True), _End(originator=False))
    for letter in history:
        end, peer = ends if letter.isupper() else ends[::-1]
        kind = letter.lower()
        if kind in "shq":
            end.syn(peer, acks=kind == "h")
        if kind in "ad":
            end.speak(peer, data=kind == "d")
        elif kind in "fq":
            end.fin(peer)
        elif kind in "ri":
            end.rst(peer)
    return _named(ends[0].state, ends[1].state, history, payload)


def _named(orig: _State, resp: _State, history: str, payload: bool) -> str:
    if resp == "RESET":
        if orig in _OPENING or (orig == "RESET" and not payload):
            return "REJ"
        return "RSTRH" if orig in _QUIET else "RSTR"
    if orig == "RESET":
        if resp not in _QUIET:
            return "RSTO"
        before = history.removeprefix("^").partition("R")[0]
        half_open = before.startswith("S") and not _MORE_THAN_A_SYN & set(before)
        return "RSTOS0" if half_open else "OTH"
    if orig == "CLOSED":
        return "SF" if resp == "CLOSED" else "SH" if resp in _QUIET else "S2"
    if resp == "CLOSED":
        return "SHR" if orig in _QUIET else "S3"
    if orig == "SYN_SENT" and resp == "INACTIVE":
        return "S0"
    return "S1" if orig == resp == "ESTABLISHED" else "OTH"
