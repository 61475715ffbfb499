"""What rules ask of a story: who closed, what was acknowledged, who spoke last.

Positions are indexes into ``story.events``.
"""

from __future__ import annotations

from typing import NamedTuple

from pcapflow.model import Confidence, End, State
from pcapflow.tcp.codes import ACCEPTED_RSTS, ACKS_OF_FIN, FIRST_FINS
from pcapflow.tcp.story import Story

_SIGNS_OF_LIFE = frozenset({"KEEP_ALIVE", "ZERO_WINDOW", "WINDOW_OPENED"})


class Closed(NamedTuple):
    """``closer``'s FIN and the first acknowledgement of it."""

    closer: End
    fin: int
    ack: int


def other(end: End) -> End:
    """The peer."""
    return "server" if end == "client" else "client"


def number(end: End) -> int:
    """The place of an end in the pairs of a story or connection."""
    return 0 if end == "client" else 1


def fin(story: Story, end: End) -> int | None:
    """Where ``end`` first sent its FIN, if it was captured."""
    return story.events.first(FIRST_FINS, end)


def ack_of_fin(story: Story, end: End) -> int | None:
    """Where the FIN of ``end`` was first acknowledged by the other end."""
    return story.events.first(ACKS_OF_FIN, other(end))


def closed(story: Story, end: End) -> Closed | None:
    """The FIN of ``end`` with its acknowledgement; None unless both were captured."""
    sent, acked = fin(story, end), ack_of_fin(story, end)
    return None if sent is None or acked is None else Closed(end, sent, acked)


def last_speaker(story: Story) -> End | None:
    """The end that sent the last new octet of the connection; None where there was none."""
    if "busy" not in story.marks:
        return None
    return "client" if "client-last" in story.marks else "server"


def reply_owed(story: Story, closer: End) -> bool:
    """Whether the other end owes ``closer`` a reply.

    A client that closes its direction behind a request waits for the answer; a server that closes
    has nothing to expect from its client.
    """
    return closer == "client" and last_speaker(story) == "client"


def proved_open(story: Story, case: Closed) -> bool:
    """Whether the segments prove that the other end's own FIN does not precede the capture.

    With the opening captured nothing precedes it.  Picked up in mid-stream, only what an end never
    does behind its FIN proves that it had not sent one: new octets, or keep-alives and window
    updates after it had acknowledged the closer's.
    """
    if "mid-stream" not in story.marks:
        return True
    end = other(case.closer)
    if last_speaker(story) == end or story.events.has({"DATA"}, end):
        return True
    return story.events.has(_SIGNS_OF_LIFE, end, after=case.ack)


def reset_after(story: Story, index: int) -> bool:
    """Whether a RST that its receiver accepts follows an event."""
    return story.events.has(ACCEPTED_RSTS, after=index)


def weakened(story: Story, confidence: Confidence) -> Confidence:
    """The confidence that remains where the capture itself lacks segments."""
    return "possible" if story.marks & {"gap", "one-sided"} else confidence


def state_before(story: Story, end: End, index: int) -> State | None:
    """The state in which event number ``index`` found an end; None where nothing had shown it."""
    steps = [step for step in story.steps if step.end == end]
    met = [step for step in steps if step.event < index]
    if met:
        return met[-1].after
    return steps[0].before if steps else None


def time_wait_since(story: Story, end: End, index: int) -> tuple[int, ...] | None:
    """What began or restarted the TIME_WAIT that event ``index`` met at an end; None where none.

    Any acceptable segment of the peer restarts it (RFC 9293 §3.10.7.4): all between count.
    """
    if state_before(story, end, index) != "TIME_WAIT":
        return None
    entered = max(s.event for s in story.steps if s.end == end and s.event < index)
    return tuple(range(entered, index))
