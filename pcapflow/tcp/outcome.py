"""How a connection opened and ended, who closed first, and what became of the last ACK.

All of it is read from the events alone, by the definitions of docs/contract.md, first match
first.
"""

from __future__ import annotations

from pcapflow.hints import Literal
from pcapflow.model import End, Ending, Ends, FinalAck, Opening, other
from pcapflow.tcp.codes import ACCEPTED_RSTS, CROSSING_FINS, FIN_REPEATS
from pcapflow.tcp.course import Course
from pcapflow.values import Record


class Outcome(Record):
    """The summary of a story."""

    opening: Opening
    ending: Ending
    ended_by: Literal["client", "server", "path"] | None
    first_closer: Ends | None
    final_ack: FinalAck | None


def outcome(events: Course) -> Outcome:
    """Summarize the events (repeats in a row folded) of one connection."""
    opening = _opening(events)
    ends = closers(events)
    closer = _first_closer(events, ends)
    ending = _ending(events, opening, ends)
    ended_by = _ended_by(events, ending, closer)
    return Outcome(opening, ending, ended_by, closer, _final_ack(events, ends, closer))


def lives_on(events: Course, end: End, reset: int) -> bool:
    """Whether the end went on speaking after the RST that is event number ``reset``."""
    return events.has({"LIVES_ON"}, end, after=reset)


def foreign(events: Course, reset: int) -> bool:
    """Whether the RST that is event number ``reset`` was not sent by the end it names.

    Two odd marks of it, or that end's new octets later on, say so; one mark proves nothing.
    """
    end = events[reset][1]
    return events.has({"RST_FOREIGN", "RST_DISOWNED"}, end, after=reset)


def resets(events: Course) -> tuple[int, ...]:
    """The acceptable RSTs after which their receivers did not speak on.

    Numbers predict, life proves: an end that sends an ordinary segment more than a round trip
    after a RST did not take it.
    """
    return tuple(
        i for i in events.indexes(ACCEPTED_RSTS) if not lives_on(events, other(events[i][1]), i)
    )


def acknowledged(events: Course, end: End) -> bool:
    """Whether an acknowledgement of this end's FIN was captured."""
    return events.ack_of_fin[end] is not None


def closers(events: Course) -> tuple[End, ...]:
    """The ends that sent a FIN, in the order of capture."""
    client, server = events.fin["client"], events.fin["server"]
    if client is None:
        return () if server is None else ("server",)
    if server is None:
        return ("client",)
    return ("client", "server") if client < server else ("server", "client")


def _first_closer(events: Course, ends: tuple[End, ...]) -> Ends | None:
    """Who closed first; ``both`` where the FINs crossed and each was acknowledged later."""
    if not ends:
        return None
    crossed = len(ends) == 2 and events.has(CROSSING_FINS)
    if crossed and all(acknowledged(events, end) for end in ends):
        return "both"
    if crossed and not events.has({"FIN_UNREAD"}, ends[1]):
        return None  # within a round trip, and one was lost: their order cannot be known
    return ends[0]


def _final_ack(events: Course, ends: tuple[End, ...], closer: Ends | None) -> FinalAck | None:
    """The fate of the acknowledgement of the last FIN (of both, where they crossed)."""
    if len(ends) < 2:
        return None
    last = ends if closer == "both" else ends[1:]
    fates = [_fate(events, end) for end in last]
    for fate in ("missing", "lost"):
        if fate in fates:
            return fate
    return "seen"


def _fate(events: Course, end: End) -> FinalAck:
    if not acknowledged(events, end):
        return "missing"
    return "lost" if events.has({"FIN_AGAIN_LATE"}, end) else "seen"


def _opening(events: Course) -> Opening:
    answered = events.has({"SYN_ACK", "SYN_ACK_AGAIN"})
    goes_on = events.has({"HANDSHAKE_ACK", "ACK"})
    if events.has({"CROSSED_SYN"}):
        return "simultaneous"
    if events.has({"RST_REFUSED"}):
        return "refused"
    if events.has({"SYN_DATA"}):
        return "fast-open" if answered or goes_on else "syn-only"
    if events.has({"SYN", "SYN_AGAIN"}):
        if goes_on:
            return "handshake"
        return "syn-ack" if answered else "syn-only"
    if answered:
        return "handshake" if goes_on else "syn-ack"
    return "mid-stream"


def _ending(events: Course, opening: Opening, ends: tuple[End, ...]) -> Ending:
    acked = [acknowledged(events, end) for end in ends]
    if opening == "refused":
        return "refused"
    if opening == "syn-only":
        return "unanswered"
    if len(ends) == 2 and all(acked):
        return "orderly"
    if resets(events):
        return "reset"
    if events.has({"REUSE"}):
        return "replaced"
    for end, known in zip(ends, acked, strict=True):
        if not known and events.has(FIN_REPEATS, end):
            return "unacknowledged"
    if not all(acked):
        return "closing"
    if ends:
        return "half-closed"
    if window_closed(events):
        return "stalled"
    if _unanswered(events):
        return "vanished"
    return "open"


def window_closed(events: Course, end: End | None = None) -> bool:
    """Whether the last that was said of a receive window (that of ``end``) is that it is closed."""
    last = events.last({"ZERO_WINDOW", "WINDOW_OPENED"}, end)
    return last is not None and events[last][0] == "ZERO_WINDOW"


def _unanswered(events: Course) -> bool:
    """Whether the last repeats and probes drew no answer."""
    last = events.last({"UNANSWERED", "ANSWERED"})
    return last is not None and events[last][0] == "UNANSWERED"


def _ended_by(
    events: Course, ending: Ending, closer: Ends | None
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
