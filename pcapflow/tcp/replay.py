"""From what was on the wire to what each end went through: hindsight, then the RFC's machine.

An observer sees what was sent, not what arrived.  So each end's own order of things is rebuilt
first (``hindsight``).  Then the plain state machine (``table``) runs over that, once an end.
Nothing is ever taken back, since nothing is claimed before the whole story is known.

Evidence: ``sent`` the end's own segment shows it; ``acked`` an acknowledgement proves that the
causing segment arrived; ``presumed`` it fits and nothing contradicts it.
"""

from __future__ import annotations

from collections.abc import Iterable

from pcapflow.model import ENDS, Confidence, End, Evidence, State
from pcapflow.tcp import outcome
from pcapflow.tcp.codes import FIN_REPEATS, RSTS, SYNS
from pcapflow.tcp.course import Course
from pcapflow.tcp.hindsight import received, sent
from pcapflow.tcp.story import Step, Story
from pcapflow.tcp.table import step

_CLOSING = frozenset({"FIN_WAIT_2", "CLOSING"})
_OCTETS = frozenset({"DATA", "DATA_AGAIN"})
DECIDING = frozenset({"mid-stream", "one-sided"})
"""The marks that a replay looks at; the others are for the rules alone."""
_OF_OTHERS = frozenset({"FIN_HINT", "UNREACHABLE"})
"""Events of an end that others tell of it."""
_SIGNS_OF_LIFE = frozenset({"KEEP_ALIVE", "ZERO_WINDOW", "WINDOW_OPENED"})


def replay(happened: Iterable[tuple[str, End]], marks: frozenset[str]) -> Story:
    """Tell the story of what happened (repeats in a row folded) to one connection."""
    events = Course(happened)
    steps: list[Step] = []
    states: list[State] = []
    evidence: list[Evidence | None] = []
    confidence: list[Confidence] = []
    unseen = _fin_unseen(events, marks)
    for end in ENDS:
        path, last, why = ([], "UNKNOWN", None) if unseen else _path(events, end, marks)
        steps += path
        states.append(last)
        evidence.append(why)
        confidence.append(_confidence(events, end, path, last, marks))
    told = outcome.outcome(events)
    return Story(
        events=events,
        steps=_merged(steps),
        states=(states[0], states[1]),
        evidence=(evidence[0], evidence[1]),
        confidence=(confidence[0], confidence[1]),
        opening=told.opening,
        ending=told.ending,
        ended_by=told.ended_by,
        first_closer=None if unseen else told.first_closer,
        final_ack=told.final_ack,
        marks=marks,
    )


def _fin_unseen(events: Course, marks: frozenset[str]) -> bool:
    """Whether the peer of the one end that sent a FIN may have sent its own before the capture.

    Picked up in mid-stream, nothing tells which of the two closed first, unless the other end does
    what it never does behind its FIN: sends octets, keep-alives or window updates.
    """
    if "mid-stream" not in marks:
        return False
    closers = outcome.closers(events)
    if len(closers) != 1 or outcome.resets(events):
        return False
    peer: End = "server" if closers[0] == "client" else "client"
    if events.has({"REUSE"}) or events.has(_OCTETS, peer):
        return False
    told = events.ack_of_fin[closers[0]]
    return told is None or not events.has(_SIGNS_OF_LIFE, peer, after=told)


def _merged(steps: list[Step]) -> tuple[Step, ...]:
    """Both ends' steps by event, each end's in its own order (crossed FINs are read late)."""
    latest: dict[End, int] = {}
    keyed = []
    for one in steps:
        latest[one.end] = max(one.event, latest.get(one.end, one.event))
        keyed.append((latest[one.end], one))
    return tuple(one for _, one in sorted(keyed, key=lambda item: item[0]))


def _path(
    events: Course, end: End, marks: frozenset[str]
) -> tuple[list[Step], State, Evidence | None]:
    """The end's steps, its last state, and the evidence for that."""
    state = _beginning(events, end)
    why: Evidence | None = None
    steps: list[Step] = []
    for _, event, name, evidence in sorted(sent(events, end, marks) + received(events, end, marks)):
        after = step(state, name)
        if after != state:
            steps.append(Step(event, end, state, after, evidence))
            state, why = after, evidence
    return steps, state, why


def _beginning(events: Course, end: End) -> State:
    """Where the end stood before the capture shows anything of it."""
    for _, code in events.of(end):
        if code not in _OF_OTHERS:
            if code in ("SYN", "SYN_DATA", "SYN_AGAIN", "CROSSED_SYN", "RST_REFUSED"):
                return "CLOSED"
            if code in ("SYN_ACK", "SYN_ACK_AGAIN"):
                return "LISTEN"
            return "LISTEN" if end == "server" and events.has(SYNS, "client") else "UNKNOWN"
    return "UNKNOWN"


def _confidence(
    events: Course, end: End, path: list[Step], state: State, marks: frozenset[str]
) -> Confidence:
    """How sure the last state is.  ``certain`` only where the end's own segments leave no doubt."""
    if state == "UNKNOWN" or (state == "TIME_WAIT" and events.has(RSTS)):
        return "possible"
    if not path or path[-1].evidence == "presumed":
        return "likely"
    if state == "TIME_WAIT" and any(s.evidence == "presumed" for s in path if s.after in _CLOSING):
        return "likely"  # one of the two steps that lead there may not have happened yet
    if state in ("FIN_WAIT_1", "LAST_ACK") and events.has(FIN_REPEATS, end):
        return "likely"  # a kernel gives up in silence
    if marks & DECIDING:
        return "likely"
    if events.has({"RST_FOREIGN"}):
        return "likely"  # odd marks are no proof of whose reset it was
    if events.has({"UNANSWERED", "FIN_HINT"}):
        return "likely"
    if events.has({"RST_IN_WINDOW", "RST_OUTSIDE"}, end):
        return "likely"
    return "certain"
