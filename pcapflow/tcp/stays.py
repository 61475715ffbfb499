"""How long an end stayed in each state: what ``ss`` would have shown of it, and when."""

from __future__ import annotations

from pcapflow.model import ENDS, Confidence, Connection, Evidence, State, Transition
from pcapflow.values import Record

NO_SOCKET = frozenset({"CLOSED", "LISTEN"})
"""The states in which an end has no socket of this connection."""
WORST_FIRST: tuple[State, ...] = (
    "CLOSE_WAIT",
    "TIME_WAIT",
    "LAST_ACK",
    "FIN_WAIT_2",
    "FIN_WAIT_1",
    "CLOSING",
    "SYN_RECEIVED",
    "SYN_SENT",
    "ESTABLISHED",
    "UNKNOWN",
)
"""The states of sockets in the order in which people look for them."""
_LEFT_UNSEEN = frozenset({"SYN_RECEIVED", "ESTABLISHED", "CLOSE_WAIT", "FIN_WAIT_2"})
"""An end may leave these before a segment shows it: its FIN waits behind data or was lost before
the capture point, as the first copy of its peer's may have been."""
_STRONG = frozenset({"sent", "acked"})


class Stay(Record):
    """An end is in ``state`` from ``begin`` up to, but not including, ``stop`` (ns)."""

    state: State
    begin: int
    stop: int
    evidence: Evidence | None
    confidence: Confidence


def stays(connection: Connection, began: int) -> tuple[tuple[Stay, ...], tuple[Stay, ...]]:
    """The sockets of both ends over time, in a capture that ``began`` then (ns).

    What holds when the capture ends holds at that moment, too; of what came later nothing is known.
    An end of a connection that was under way when the capture began is UNKNOWN from there until it
    shows its state.  A FIN that crossed another is read after it was captured, so an end's times
    never run backwards.
    """
    client, server = (_stays(connection, i, began) for i in range(2))
    return client, server


def _stays(connection: Connection, i: int, began: int) -> tuple[Stay, ...]:
    path = [t for t in connection.transitions if t.end == ENDS[i]]
    over = connection.capture_end + 1
    first = path[0].before if path else connection.states[i]
    state, begin = first, began if connection.opening == "mid-stream" else connection.first
    evidence: Evidence | None = None
    confidence: Confidence = "possible"
    found: list[Stay] = []
    for transition in path:
        at = max(begin, transition.at)
        if state not in NO_SOCKET and at > begin:
            found.append(Stay(state, begin, at, evidence, confidence))
        state, begin, evidence = transition.after, at, transition.evidence
        confidence = _confidence(connection, path, transition)
    if state not in NO_SOCKET and over > begin:
        if path:
            confidence = connection.state_evidence[i].confidence
        found.append(Stay(state, begin, over, evidence, confidence))
    return tuple(found)


def _confidence(connection: Connection, path: list[Transition], entered: Transition) -> Confidence:
    """How sure a state is that the end has left since."""
    if entered.after == "UNKNOWN":
        return "possible"
    if entered.after == "TIME_WAIT" and any(connection.rst_total):
        return "possible"  # RFC 1337: some kernels let a reset end it
    if (
        entered.after in _LEFT_UNSEEN
        or connection.opening == "mid-stream"
        or 0 in connection.packets
    ):
        return "likely"
    way = path[: path.index(entered) + 1]
    doubt = way if entered.after == "TIME_WAIT" else way[-1:]
    return "certain" if all(t.evidence in _STRONG for t in doubt) else "likely"
