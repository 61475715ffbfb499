"""What rules ask of a story: who closed, what was acknowledged, who spoke last.

Positions are indexes into ``story.events``.
"""

from __future__ import annotations

from pcapflow.model import Confidence, End, State, other
from pcapflow.tcp.codes import ACCEPTED_RSTS, REPLIES
from pcapflow.tcp.outcome import foreign
from pcapflow.tcp.story import Story
from pcapflow.values import Record

_WINDOWS = frozenset({"ZERO_WINDOW", "WINDOW_OPENED"})
_SIGNS_OF_LIFE = _WINDOWS | {"KEEP_ALIVE"}


class Closed(Record):
    """``closer``'s FIN and the first acknowledgement of it."""

    closer: End
    fin: int
    ack: int


class Met(Record):
    """New octets of the other end met ``closer`` behind its FIN and drew a RST of it.

    ``data`` is None where they were under way already when the FIN was captured; ``acked`` is the
    other end's acknowledgement of the FIN, where that came before the octets or with them.
    ``last_words``: its own FIN follows them, so it expected no answer to them.
    """

    closer: End
    fin: int
    acked: int | None
    data: int | None
    rst: int
    last_words: bool


def number(end: End) -> int:
    """The place of an end in the pairs of a story or connection."""
    return 0 if end == "client" else 1


def fin(story: Story, end: End) -> int | None:
    """Where ``end`` first sent its FIN, if it was captured."""
    return story.events.fin[end]


def ack_of_fin(story: Story, end: End) -> int | None:
    """Where the FIN of ``end`` was first acknowledged by the other end."""
    return story.events.ack_of_fin[end]


def closed(story: Story, end: End) -> Closed | None:
    """The FIN of ``end`` with its acknowledgement; None unless both were captured."""
    sent, acked = story.events.fin[end], story.events.ack_of_fin[end]
    return None if sent is None or acked is None else Closed(end, sent, acked)


def met_closed_end(story: Story, closer: End) -> Met | None:
    """The octets that met ``closer`` behind its FIN, if there were any that drew a RST."""
    sender = other(closer)
    sent = fin(story, closer)
    if sent is None:
        return None
    for rst in story.events.indexes(REPLIES, closer, after=sent):
        if foreign(story.events, rst):
            continue
        data = story.events.last({"DATA"}, sender, before=rst)
        acked = ack_of_fin(story, closer)
        closed_too = fin(story, sender)
        if data is not None and data > sent:
            before = acked if acked is not None and acked < data else None
            last = closed_too is not None and data < closed_too < rst
            return Met(closer, sent, before, data, rst, last)
        crossed = closed_too is not None and closed_too < sent
        if not crossed and _under_way(story, closer, acked, rst):
            return Met(closer, sent, None, None, rst, False)
    return None


def _under_way(story: Story, closer: End, acked: int | None, rst: int) -> bool:
    """Whether the RST of a server answers a request that was captured before the server's FIN.

    So it looks at the client's side of the path: the request bears an older acknowledgement than
    the client has sent since, and the RST the number of that.
    """
    if closer == "client" or last_speaker(story) != "client":
        return False
    return story.events[rst][0] == "RST_AT_FIN" or acked is None or acked > rst


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


def silent_since(story: Story, end: End) -> int | None:
    """The event from which on what an end repeats, probes or its FIN, is not answered any more."""
    asked = story.events.last({"UNANSWERED"}, end)
    if asked is not None:
        answered = story.events.has({"ANSWERED"}, other(end), after=asked)
        return None if answered else asked
    if ack_of_fin(story, end) is not None:
        return None
    asked = story.events.last({"FIN_AGAIN"}, end)
    if asked is None or any(who != end for _, who in story.events[asked + 1 :]):
        return None
    return asked


def unacknowledged(story: Story, end: End) -> bool:
    """Whether octets of ``end`` were never acknowledged, as far as both directions were captured.

    One number more may be that of a FIN which was not captured.
    """
    waits = f"{end}-unacked" in story.marks and "one-sided" not in story.marks
    return waits and not story.events.has({"FIN_HINT"}, end)


def window_shut(story: Story, receiver: End, after: int, before: int) -> bool:
    """Whether the window of ``receiver`` was closed at any time between two events."""
    last = story.events.last(_WINDOWS, receiver, before=after)
    shut = last is not None and story.events[last][0] == "ZERO_WINDOW"
    return shut or story.events.has({"ZERO_WINDOW"}, receiver, after=after, before=before)


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
