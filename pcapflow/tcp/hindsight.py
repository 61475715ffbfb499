"""Hindsight: what each end sent, and what of the peer's segments it must have received.

An observer sees what was sent, not what arrived.  Everything captured later tells: a FIN that was
acknowledged arrived; an ACK of a FIN that came again a round trip later did not; a RST in place of
an answer read nothing.
"""

from __future__ import annotations

from pcapflow.hints import TYPE_CHECKING
from pcapflow.model import End, Evidence, other
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
from pcapflow.tcp.course import Course

if TYPE_CHECKING:
    from typing import TypeAlias

_TAKEN_RSTS = ACCEPTED_RSTS | {"RST_REFUSED"}
_SYNCHRONIZED = FINS | ACKS_OF_FIN | {"ACK", "HANDSHAKE_ACK", "DATA", "DATA_AGAIN", "KEEP_ALIVE"}
_OPENING_SYNS = frozenset({"SYN", "SYN_DATA", "CROSSED_SYN"})
_SYN_ACKS = frozenset({"SYN_ACK", "SYN_ACK_AGAIN"})
_FAST_OPEN = frozenset({"SYN_DATA"})
_HINT = frozenset({"FIN_HINT"})
_LATE = frozenset({"FIN_AGAIN_LATE"})
_FIN_REPEATED = FIN_REPEATS | {"DATA_AGAIN"}
_FIN_BROUGHT = FINS | {"HOLE_FILLED", "DATA_AGAIN"}


_SHOWN = (
    dict.fromkeys(_OPENING_SYNS, "snd_syn")
    | {"SYN_ACK": "snd_syn_ack"}
    | dict.fromkeys(RSTS - {"RST_REFUSED"}, "snd_rst")
    | dict.fromkeys(_SYNCHRONIZED, "snd_synchronized")
)
"""What an end's own segment shows that it did."""

Stimulus: TypeAlias = tuple[float, int, str, Evidence]
"""One thing in an end's own order: its place, which sorts, the story's event, name, evidence."""


def sent(events: Course, end: End, marks: frozenset[str]) -> list[Stimulus]:
    """What the end's own segments show that it did."""
    found: list[Stimulus] = []
    fast = events.has(_FAST_OPEN, other(end))
    # Without its peer's segments nobody knows whether it was the first or the second to close.
    fin_shows: Evidence = "presumed" if "one-sided" in marks else "sent"
    for i, code in events.of(end):
        shown = _SHOWN.get(code)
        if shown is None:
            if code == "FIN_HINT" and "one-sided" in marks:
                found.append((i - 0.5, i, "snd_fin", "presumed"))
        elif shown == "snd_rst":
            if not outcome.lives_on(events, end, i) and not outcome.foreign(events, i):
                found.append((i, i, shown, "sent"))
        elif not (fast and shown == "snd_synchronized" and _fast_open(events, end, i)):
            found.append((i, i, shown, "sent"))
        if code in FIRST_FINS:
            found.append(_fin_sent(events, end, i, fin_shows))
    return found


def _fin_sent(events: Course, end: End, fin: int, evidence: Evidence) -> Stimulus:
    """The end's FIN, captured as event ``fin``; its first transmission may not have been.

    Where the end acknowledged the peer's FIN before, with a number that lies behind its own FIN,
    it had sent that; and in the absence of repeats without having read the peer's (they crossed).
    """
    peer = other(end)
    hint = events.first(_HINT, end)
    told, theirs = events.ack_of_fin[peer], events.fin[peer]
    if hint is None or told is None or theirs is None or not (theirs < told < fin and hint < fin):
        return (fin + 0.25, fin, "snd_fin", evidence)
    if events.has(FIN_REPEATS, peer, before=told):
        return (told - 0.25, hint, "snd_fin", "presumed")
    return (theirs - 0.25, hint, "snd_fin", "presumed")


def _silent(events: Course, prober: End, place: int) -> bool:
    """Whether the prober's repeats and probes had gone unanswered: nothing gets through."""
    asked = events.last({"UNANSWERED"}, prober, before=place)
    peer = other(prober)
    return asked is not None and not events.has({"ANSWERED"}, peer, after=asked, before=place)


def _fast_open(events: Course, end: End, place: int) -> bool:
    """Whether the end may send from SYN_RECEIVED: TCP Fast Open, RFC 7413 §4.2.2."""
    peer = other(end)
    return events.has(_FAST_OPEN, peer, before=place) and not events.has(
        _SYNCHRONIZED, peer, before=place
    )


def received(events: Course, end: End, marks: frozenset[str]) -> list[Stimulus]:
    """What of the peer's segments must have reached the end."""
    peer = other(end)
    found = _received_opening(events, end, peer)
    crossing = events.has(CROSSING_FINS)
    unclear = crossing and events.has(FIN_REPEATS, peer)  # which of its FINs arrived when
    read = fin, evidence = received_fin(events, end)
    if fin is not None:
        place: float = fin
        if crossing:
            own = events.first(CROSSING_FINS, end)
            place = own + 0.5 if own is not None and own > fin else fin
            told, asked = events.ack_of_fin[peer], events.ack_of_fin[end]
            if unclear or (told is not None and asked is not None and fin < asked < told):
                evidence = "presumed"  # it arrived, but perhaps behind the ACK sent after it
        if events.has(_HINT, end):
            evidence = "presumed"  # its own FIN was sent before that was captured: when?
        found.append((place, fin, "rcv_fin", evidence))
    ack = received_ack_of_fin(events, end, read)
    if ack is not None:
        proved: Evidence = "acked" if _bore(events, peer, ack, read) and not unclear else "presumed"
        # The peer's FIN may bear it: then the ACK is read first.
        found.append((ack - (ack == fin) / 4, ack, "rcv_ack_of_fin", proved))
    for i in events.indexes(_TAKEN_RSTS, peer):
        if not outcome.lives_on(events, end, i) and not _silent(events, peer, i):
            name = "rcv_rst_at_fin" if events[i][0] == "RST_AT_FIN" else "rcv_rst"
            found.append((i, i, name, "presumed"))
    for i in events.indexes({"REUSE"}):
        sender = events[i][1]
        found.append((i, i, "replaced", "sent" if sender == end else "presumed"))
    if "one-sided" in marks:
        for i in events.indexes(_HINT, peer):
            # Its own FIN was not sent again, so it had been acknowledged by then.
            if ack is None and not events.has(FIN_REPEATS, end):
                found.append((i - 0.25, i, "rcv_ack_of_fin", "presumed"))
            found.append((i, i, "rcv_fin", "presumed"))
        for i in events.indexes(_HINT, end):
            found.append((i, i, "rcv_ack_of_fin", "presumed"))
    return found


def _received_opening(events: Course, end: End, peer: End) -> list[Stimulus]:
    found: list[Stimulus] = []
    answered = events.first(_SYN_ACKS, end)
    own = events.first({"CROSSED_SYN"}, end)
    for i in events.indexes(_OPENING_SYNS, peer):
        if answered is not None and answered > i:
            place = own + 0.5 if own is not None and own > i else float(i)
            found.append((place, i, "rcv_syn", "acked"))
    goes_on = events.first(_SYNCHRONIZED, end)
    syn_ack = events.last(_SYN_ACKS, peer, before=goes_on)
    answer = events.first(RSTS, end)
    if syn_ack is not None and (goes_on is not None or answer is None or answer < syn_ack):
        proved: Evidence = "acked" if goes_on is not None else "presumed"
        found.append((syn_ack, syn_ack, "rcv_syn_ack", proved))
    ack = events.first(_SYNCHRONIZED, peer)
    repeated = events.last({"SYN_ACK_AGAIN"}, end)
    if goes_on is None and events.has({"RST_REPLY"}, end):
        ack = None  # it answers as one that knows of no such connection
    if ack is not None and not (repeated is not None and repeated > ack):
        # Linux re-sends the SYN-ACK when it did not take the ACK: lost, or accept queue full.
        # With Fast Open it may go on before that ACK arrives.
        open_already = _fast_open(events, end, ack)
        later = goes_on is not None and goes_on > ack and not open_already
        proved = "acked" if later else "presumed"
        found.append((ack, ack, "rcv_ack_of_syn", proved))
    return found


Read = tuple[int | None, Evidence]
"""What ``received_fin`` says of an end."""


def received_fin(events: Course, end: End) -> Read:
    """The event by which the peer's FIN reached ``end``, and how that is known.

    With an acknowledgement: the last transmission before it, of the FIN or of octets that were
    missing before it.  Without: the only transmission, if nothing was missing and the end does
    not speak as one that has not read it; a FIN that had to be repeated and was never
    acknowledged is not presumed to have arrived at all.
    """
    peer = other(end)
    acked = events.ack_of_fin[peer]
    fin = events.first(FINS, peer)
    if acked is not None:
        arrived = events.last(_FIN_BROUGHT, peer, before=acked)
        if events[acked][0] == "ACK_OF_FIN_EARLIER":
            arrived = fin
        return (arrived if fin is not None and arrived is not None else None), "acked"
    if events.has(_FIN_REPEATED, peer):
        return None, "presumed"
    if events.has({"RST_REPLY"}, end, after=-1 if fin is None else fin):
        return None, "presumed"  # a RST in place of the ACK: nobody was there to read it
    if events.has({"FIN_UNREAD"}, end):
        return None, "presumed"
    if events.has(EARLY_FINS, peer):
        return events.first({"HOLE_FILLED"}, peer), "presumed"
    return events.fin[peer], "presumed"


def received_ack_of_fin(events: Course, end: End, read: Read) -> int | None:
    """The event by which the peer's acknowledgement of this end's FIN reached it.

    The FIN coming again more than a round trip after an acknowledgement shows that one lost.
    ``read`` is how the peer's own FIN was received.
    """
    peer = other(end)
    first = events.ack_of_fin[end]
    if first is None:
        return None
    # With the peer's FIN, where that bore it too, it was there: repeats after that are old copies.
    borne = read[0] if _bore(events, peer, first, read) else None
    late = events.last(_LATE, end, before=borne)
    if late is None:
        return first
    again = events.first(ACKS_OF_FIN, peer, after=late)
    return borne if again is None or (borne is not None and again >= borne) else again


def _bore(events: Course, sender: End, ack: int, read: Read) -> bool:
    """Whether the sender's own FIN bore the acknowledgement ``ack`` too, and was acknowledged.

    Then the other end, which received that FIN as ``read`` says, has read both.
    """
    fin, evidence = read
    if fin is None or fin < ack or evidence != "acked":
        return False
    first = events.fin[sender]
    return events[fin][0] == "FIN_AGAIN_NEW_ACK" or (first is not None and first >= ack)
