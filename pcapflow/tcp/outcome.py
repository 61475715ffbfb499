"""How a connection opened and ended, who closed first, and what became of the last ACK.

All of it is read from the events alone, by the definitions of docs/contract.md, first match
first.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from pcapflow.model import End, Ending, Ends, Event, FinalAck, Opening, Record
from pcapflow.tcp.codes import ACCEPTED_RSTS, ACKS_OF_FIN, CROSSING_FINS, FIN_REPEATS, FIRST_FINS

Events = Sequence[tuple[str, End]]


class Outcome(Record, frozen=True):
    """The summary of a story."""

    opening: Opening
    ending: Ending
    ended_by: Literal["client", "server", "path"] | None
    first_closer: Ends | None
    final_ack: FinalAck | None


def outcome(events: Events) -> Outcome:
    """Summarize the events (repeats in a row folded) of one connection."""
    opening = _opening(events)
    closer = first_closer(events)
    ending = _ending(events, opening)
    return Outcome(opening, ending, _ended_by(events, ending, closer), closer, final_ack(events))


def has(events: Events, codes: frozenset[str], end: End | None = None) -> bool:
    """Whether one of the codes happened (sent by ``end``, if given)."""
    return any(code in codes and end in (None, who) for code, who in events)


def lives_on(events: Events, end: End, reset: int) -> bool:
    """Whether the end went on speaking after the RST that is event number ``reset``."""
    return has(events[reset + 1 :], frozenset({"LIVES_ON"}), end)


def foreign(events: Events, reset: int) -> bool:
    """Whether the RST that is event number ``reset`` was not sent by the end it names.

    Two odd marks of it, or that end's new octets later on, say so; one mark proves nothing.
    """
    end = events[reset][1]
    return has(events[reset + 1 :], frozenset({"RST_FOREIGN", "RST_DISOWNED"}), end)


def resets(events: Events) -> tuple[int, ...]:
    """The acceptable RSTs after which their receivers did not speak on.

    Numbers predict, life proves: an end that sends an ordinary segment more than a round trip
    after a RST did not take it.
    """
    return tuple(
        i
        for i, (code, end) in enumerate(events)
        if code in ACCEPTED_RSTS
        and not lives_on(events, "server" if end == "client" else "client", i)
    )


def acknowledged(events: Events, end: End) -> bool:
    """Whether an acknowledgement of this end's FIN was captured."""
    return has(events, ACKS_OF_FIN, "server" if end == "client" else "client")


def closers(events: Events) -> tuple[End, ...]:
    """The ends that sent a FIN, in the order of capture."""
    found: list[End] = []
    for code, end in events:
        if code in FIRST_FINS and end not in found:
            found.append(end)
    return tuple(found)


def first_closer(events: Events) -> Ends | None:
    """Who closed first; ``both`` where the FINs crossed and each was acknowledged later."""
    ends = closers(events)
    if not ends:
        return None
    crossed = len(ends) == 2 and has(events, CROSSING_FINS)
    if crossed and all(acknowledged(events, end) for end in ends):
        return "both"
    if crossed and not has(events, frozenset({"FIN_UNREAD"}), ends[1]):
        return None  # within a round trip, and one was lost: their order cannot be known
    return ends[0]


def final_ack(events: Events) -> FinalAck | None:
    """The fate of the acknowledgement of the last FIN (of both, where they crossed)."""
    ends = closers(events)
    if len(ends) < 2:
        return None
    last = ends if first_closer(events) == "both" else ends[1:]
    fates = [_fate(events, end) for end in last]
    for fate in ("missing", "lost"):
        if fate in fates:
            return fate
    return "seen"


def _fate(events: Events, end: End) -> FinalAck:
    if not acknowledged(events, end):
        return "missing"
    return "lost" if has(events, frozenset({"FIN_AGAIN_LATE"}), end) else "seen"


def _opening(events: Events) -> Opening:
    answered = has(events, frozenset({"SYN_ACK", "SYN_ACK_AGAIN"}))
    goes_on = has(events, frozenset({"HANDSHAKE_ACK", "ACK"}))
    if has(events, frozenset({"CROSSED_SYN"})):
        return "simultaneous"
    if has(events, frozenset({"RST_REFUSED"})):
        return "refused"
    if has(events, frozenset({"SYN_DATA"})):
        return "fast-open" if answered or goes_on else "syn-only"
    if has(events, frozenset({"SYN", "SYN_AGAIN"})):
        if goes_on:
            return "handshake"
        return "syn-ack" if answered else "syn-only"
    if answered:
        return "handshake" if has(events, frozenset({"HANDSHAKE_ACK", "ACK"})) else "syn-ack"
    return "mid-stream"


def _ending(events: Events, opening: Opening) -> Ending:
    ends = closers(events)
    acked = [acknowledged(events, end) for end in ends]
    if opening == "refused":
        return "refused"
    if opening == "syn-only":
        return "unanswered"
    if len(ends) == 2 and all(acked):
        return "orderly"
    if resets(events):
        return "reset"
    if has(events, frozenset({"REUSE"})):
        return "replaced"
    for end, known in zip(ends, acked, strict=True):
        if not known and has(events, FIN_REPEATS, end):
            return "unacknowledged"
    if not all(acked):
        return "closing"
    if ends:
        return "half-closed"
    if _stands(events, "ZERO_WINDOW", "WINDOW_OPENED"):
        return "stalled"
    if _stands(events, "UNANSWERED", "ANSWERED"):
        return "vanished"
    return "open"


def window_closed(events: Sequence[Event], end: End) -> bool:
    """Whether the last that ``end`` said of its receive window is that it is closed."""
    return _stands(
        [(e.code, e.end) for e in events if e.end == end], "ZERO_WINDOW", "WINDOW_OPENED"
    )


def _stands(events: Events, begun: str, over: str) -> bool:
    """Whether the last of the two events says that it has begun."""
    for code, _ in reversed(events):
        if code in (begun, over):
            return code == begun
    return False


def _ended_by(
    events: Events, ending: Ending, closer: Ends | None
) -> Literal["client", "server", "path"] | None:
    if ending == "orderly":
        return None if closer == "both" else closer
    if ending == "refused":
        return "server"
    if ending == "reset":
        first = resets(events)[0]
        return "path" if foreign(events, first) else events[first][1]
    if ending == "replaced":
        return next(end for code, end in events if code == "REUSE")
    return None
