"""Hindsight: what each end sent, and what of the peer's segments it must have received.

An observer sees what was sent, not what arrived.  Everything captured later tells: a FIN that was
acknowledged arrived; an ACK of a FIN that came again a round trip later did not; a RST in place of
an answer read nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from pcapflow.model import End, Evidence
from pcapflow.tcp import outcome
from pcapflow.tcp.codes import (
    ACCEPTED_RSTS,
    ACKS_OF_FIN,
    CROSSING_FINS,
    EARLY_FINS,
    FIN_REPEATS,
    FINS,
    FIRST_FINS,
    RSTS,
)

Events = Sequence[tuple[str, End]]
_TAKEN_RSTS = ACCEPTED_RSTS | {"RST_REFUSED"}
_SYNCHRONIZED = FINS | ACKS_OF_FIN | {"ACK", "HANDSHAKE_ACK", "DATA", "DATA_AGAIN", "KEEP_ALIVE"}


class Stimulus(NamedTuple):
    """One thing in an end's own order: ``place`` sorts, ``event`` is the story's index."""

    place: float
    event: int
    name: str
    evidence: Evidence


def sent(events: Events, end: End, marks: frozenset[str]) -> list[Stimulus]:
    """What the end's own segments show that it did."""
    found: list[Stimulus] = []
    # Without its peer's segments nobody knows whether it was the first or the second to close.
    fin_shows: Evidence = "presumed" if "one-sided" in marks else "sent"
    for i, (code, who) in enumerate(events):
        if who != end:
            continue
        if code in ("SYN", "SYN_DATA", "CROSSED_SYN"):
            found.append(Stimulus(i, i, "snd_syn", "sent"))
        elif code == "SYN_ACK":
            found.append(Stimulus(i, i, "snd_syn_ack", "sent"))
        elif code in RSTS and code != "RST_REFUSED":
            if not outcome.lives_on(events, end, i) and not outcome.foreign(events, i):
                found.append(Stimulus(i, i, "snd_rst", "sent"))
        elif code in _SYNCHRONIZED:
            if not _fast_open(events[:i], end):
                found.append(Stimulus(i, i, "snd_synchronized", "sent"))
            if code in FIRST_FINS:
                found.append(_fin_sent(events, end, i, fin_shows))
        elif code == "FIN_HINT" and "one-sided" in marks:
            found.append(Stimulus(i - 0.5, i, "snd_fin", "presumed"))
    return found


def _fin_sent(events: Events, end: End, fin: int, evidence: Evidence) -> Stimulus:
    """The end's FIN, captured as event ``fin``; its first transmission may not have been.

    Where the end acknowledged the peer's FIN before, with a number that lies behind its own FIN,
    it had sent that; and in the absence of repeats without having read the peer's (they crossed).
    """
    peer: End = "server" if end == "client" else "client"
    told = first_of(events, ACKS_OF_FIN, end)
    theirs = first_of(events, FIRST_FINS, peer)
    hint = first_of(events[:fin], frozenset({"FIN_HINT"}), end)
    if hint is None or told is None or theirs is None or not theirs < told < fin:
        return Stimulus(fin + 0.25, fin, "snd_fin", evidence)
    if outcome.has(events[:told], FIN_REPEATS, peer):
        return Stimulus(told - 0.25, hint, "snd_fin", "presumed")
    return Stimulus(theirs - 0.25, hint, "snd_fin", "presumed")


def _silent(before: Events, prober: End) -> bool:
    """Whether the prober's repeats and probes had gone unanswered: nothing gets through."""
    for code, who in reversed(before):
        if who == prober and code == "UNANSWERED":
            return True
        if code == "ANSWERED" and who != prober:
            return False
    return False


def _fast_open(before: Events, end: End) -> bool:
    """Whether the end may send from SYN_RECEIVED: TCP Fast Open, RFC 7413 §4.2.2."""
    return any(code == "SYN_DATA" and who != end for code, who in before) and not any(
        code in _SYNCHRONIZED and who != end for code, who in before
    )


def received(events: Events, end: End, marks: frozenset[str]) -> list[Stimulus]:
    """What of the peer's segments must have reached the end."""
    peer: End = "server" if end == "client" else "client"
    found = _received_opening(events, end, peer)
    fin, evidence = received_fin(events, end)
    if fin is not None:
        own = first_of(events, CROSSING_FINS, end)
        place = own + 0.5 if own is not None and own > fin else float(fin)
        repeated = outcome.has(events, FIN_REPEATS, peer)
        if outcome.has(events, CROSSING_FINS):
            told, asked = first_of(events, ACKS_OF_FIN, end), first_of(events, ACKS_OF_FIN, peer)
            if told is not None and asked is not None and fin < asked < told:
                evidence = "presumed"  # it arrived, but perhaps behind the ACK sent after it
            if repeated:
                evidence = "presumed"  # which transmission arrived decides the order
        if first_of(events, frozenset({"FIN_HINT"}), end) is not None:
            evidence = "presumed"  # its own FIN was sent before that was captured: when?
        found.append(Stimulus(place, fin, "rcv_fin", evidence))
    ack = received_ack_of_fin(events, end)
    if ack is not None:
        unclear = outcome.has(events, CROSSING_FINS) and outcome.has(events, FIN_REPEATS, peer)
        proved: Evidence = "acked" if _bore(events, peer, ack) and not unclear else "presumed"
        # The peer's FIN may bear it: then the ACK is read first.
        found.append(Stimulus(ack - (ack == fin) / 4, ack, "rcv_ack_of_fin", proved))
    for i, (code, who) in enumerate(events):
        arrives = not outcome.lives_on(events, end, i) and not _silent(events[:i], peer)
        if who == peer and code in _TAKEN_RSTS and arrives:
            name = "rcv_rst_at_fin" if code == "RST_AT_FIN" else "rcv_rst"
            found.append(Stimulus(i, i, name, "presumed"))
        if code == "FIN_HINT" and who == peer and "one-sided" in marks:
            # Its own FIN was not sent again, so it had been acknowledged by then.
            if ack is None and not outcome.has(events, FIN_REPEATS, end):
                found.append(Stimulus(i - 0.25, i, "rcv_ack_of_fin", "presumed"))
            found.append(Stimulus(i, i, "rcv_fin", "presumed"))
        if code == "FIN_HINT" and who == end and "one-sided" in marks:
            found.append(Stimulus(i, i, "rcv_ack_of_fin", "presumed"))
        if code == "REUSE":
            found.append(Stimulus(i, i, "replaced", "sent" if who == end else "presumed"))
    return found


def _received_opening(events: Events, end: End, peer: End) -> list[Stimulus]:
    found: list[Stimulus] = []
    answered = first_of(events, frozenset({"SYN_ACK", "SYN_ACK_AGAIN"}), end)
    for i, (code, who) in enumerate(events):
        if who != peer:
            continue
        if code in ("SYN", "SYN_DATA", "CROSSED_SYN") and answered is not None and answered > i:
            own = first_of(events, frozenset({"CROSSED_SYN"}), end)
            place = own + 0.5 if own is not None and own > i else float(i)
            found.append(Stimulus(place, i, "rcv_syn", "acked"))
    goes_on = first_of(events, _SYNCHRONIZED, end)
    syn_ack = last_before(events, frozenset({"SYN_ACK", "SYN_ACK_AGAIN"}), peer, goes_on)
    answer = first_of(events, RSTS, end)
    if syn_ack is not None and (goes_on is not None or answer is None or answer < syn_ack):
        proved: Evidence = "acked" if goes_on is not None else "presumed"
        found.append(Stimulus(syn_ack, syn_ack, "rcv_syn_ack", proved))
    ack = first_of(events, _SYNCHRONIZED, peer)
    repeated = last_before(events, frozenset({"SYN_ACK_AGAIN"}), end, None)
    if goes_on is None and outcome.has(events, frozenset({"RST_REPLY"}), end):
        ack = None  # it answers as one that knows of no such connection
    if ack is not None and not (repeated is not None and repeated > ack):
        # Linux re-sends the SYN-ACK when it did not take the ACK: lost, or accept queue full.
        # With Fast Open it may go on before that ACK arrives.
        open_already = _fast_open(events[:ack], end)
        later = goes_on is not None and goes_on > ack and not open_already
        proved = "acked" if later else "presumed"
        found.append(Stimulus(ack, ack, "rcv_ack_of_syn", proved))
    return found


def received_fin(events: Events, end: End) -> tuple[int | None, Evidence]:
    """The event by which the peer's FIN reached ``end``, and how that is known.

    With an acknowledgement: the last transmission before it, of the FIN or of octets that were
    missing before it.  Without: the only transmission, if nothing was missing and the end does
    not speak as one that has not read it; a FIN that had to be repeated and was never
    acknowledged is not presumed to have arrived at all.
    """
    peer: End = "server" if end == "client" else "client"
    acked = first_of(events, ACKS_OF_FIN, end)
    if acked is not None:
        fin = first_of(events, FINS, peer)
        arrived = last_before(events, FINS | {"HOLE_FILLED", "DATA_AGAIN"}, peer, acked)
        if events[acked][0] == "ACK_OF_FIN_EARLIER":
            arrived = fin
        return (arrived if fin is not None and arrived is not None else None), "acked"
    if first_of(events, FIN_REPEATS | {"DATA_AGAIN"}, peer) is not None:
        return None, "presumed"
    if outcome.has(events[first_of(events, FINS, peer) or 0 :], frozenset({"RST_REPLY"}), end):
        return None, "presumed"  # a RST in place of the ACK: nobody was there to read it
    if first_of(events, frozenset({"FIN_UNREAD"}), end) is not None:
        return None, "presumed"
    early = first_of(events, EARLY_FINS, peer)
    if early is not None:
        return first_of(events, frozenset({"HOLE_FILLED"}), peer), "presumed"
    return first_of(events, FIRST_FINS, peer), "presumed"


def received_ack_of_fin(events: Events, end: End) -> int | None:
    """The event by which the peer's acknowledgement of this end's FIN reached it.

    The FIN coming again more than a round trip after an acknowledgement shows that one lost.
    """
    peer: End = "server" if end == "client" else "client"
    first = first_of(events, ACKS_OF_FIN, peer)
    # With the peer's FIN, where that bore it too, it was there: repeats after that are old copies.
    borne = (
        received_fin(events, end)[0] if first is not None and _bore(events, peer, first) else None
    )
    late = last_before(events, frozenset({"FIN_AGAIN_LATE"}), end, borne)
    if late is None:
        return first
    for i, (code, who) in enumerate(events):
        if i > late and who == peer and code in ACKS_OF_FIN and (borne is None or i < borne):
            return i
    return borne


def _bore(events: Events, sender: End, ack: int) -> bool:
    """Whether the sender's own FIN bore the acknowledgement ``ack`` too, and was acknowledged.

    Then the other end has read both.
    """
    fin, evidence = received_fin(events, "server" if sender == "client" else "client")
    if fin is None or fin < ack or evidence != "acked":
        return False
    first = first_of(events, FIRST_FINS, sender)
    return events[fin][0] == "FIN_AGAIN_NEW_ACK" or (first is not None and first >= ack)


def first_of(events: Events, codes: frozenset[str], end: End) -> int | None:
    """Where one of the codes happened to ``end`` first."""
    for i, (code, who) in enumerate(events):
        if who == end and code in codes:
            return i
    return None


def last_before(events: Events, codes: frozenset[str], end: End, limit: int | None) -> int | None:
    """Where one of the codes happened to ``end`` last, before event ``limit`` (if any)."""
    found = None
    for i, (code, who) in enumerate(events):
        if limit is not None and i >= limit:
            break
        if who == end and code in codes:
            found = i
    return found
