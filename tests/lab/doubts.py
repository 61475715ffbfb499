"""Why a point cannot tell when a state was entered although the cause passed it.

Of several alike segments only one did it. An observer tells which by what follows; where that was
lost before the point, two stories fit the packets.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .causes import Cause, cause
from .segment import Role, peer_of
from .truth import LATENCY_NS, Step, segment_of
from .wire import Passage

if TYPE_CHECKING:
    from .seen import Seen

WHICH_FIN = "which of several FINs arrived is not told: the answer was lost before"
OWN_FIN = ("FIN_WAIT_1", "LAST_ACK")
CLOSED_FIRST = ("FIN_WAIT_2", "CLOSING", "TIME_WAIT")


def doubt(seen: Seen, role: Role, number: int, why: Cause) -> str | None:
    """The reason, or None where the time can be known."""
    step = seen.truth.timelines[role][number]
    if why.passage is None:
        return None
    if why.kind == "sent":
        # A FIN may wait behind data or a closed window.
        if why.passage.at - step.at > seen.round_trip + LATENCY_NS:
            return "its segment was sent later"
        passed = [it for it in why.again if it in seen.passages]
        if any(seen.first(it) < seen.first(why.passage) for it in passed):
            return "its segment passed after its repetition"
        return None
    if _sent_again_unanswered(seen, role, why.passage):
        return "which of several like segments arrived is not told: the answer was lost before"
    if number and _closing_untold(seen, role, number - 1):
        return WHICH_FIN
    if _one_was_lost(seen, role, step, why.passage):
        return "which of several ACKs arrived is not told"
    return None


def untold(seen: Seen, role: Role, number: int, why: Cause) -> str | None:
    """Why the packets do not show the state itself although its cause passed."""
    step = seen.truth.timelines[role][number]
    before = seen.truth.timelines[role][number - 1] if number else None
    if _closing_untold(seen, role, number):
        return WHICH_FIN
    if why.kind == "arrived" and step.state == "CLOSED" and before and before.state == "TIME_WAIT":
        return "whether TIME_WAIT takes a RST is its host's choice (RFC 1337)"
    closed = step.state in CLOSED_FIRST or (before is not None and before.state == "LAST_ACK")
    if closed and why.kind == "arrived" and not seen.fins(role):
        return "its own FIN never passed"
    if step.state in OWN_FIN and seen.truth.fins(peer_of(role)) and not seen.fins(peer_of(role)):
        return "the other end's FIN never passed: which came first is not told"
    return _unanswered(seen, role, why)


def _closing_untold(seen: Seen, role: Role, number: int) -> bool:
    """CLOSING, or FIN_WAIT_2 if the first FIN was lost: both fit, since its answer never passed."""
    took = cause(seen.truth, role, number).passage
    closing = seen.truth.timelines[role][number].state == "CLOSING"
    return closing and took is not None and _sent_again_unanswered(seen, role, took)


def _unanswered(seen: Seen, role: Role, why: Cause) -> str | None:
    """Its FIN passed again and again, and no answer did."""
    took = why.passage
    if why.kind != "arrived" or took is None or not segment_of(took).has("FIN"):
        return None
    if seen.acks_of_fin(peer_of(role)) or len(seen.fins(peer_of(role))) < 2:
        return None
    return "whether a FIN arrived is not told: the answers were lost before"


def _sent_again_unanswered(seen: Seen, role: Role, took: Passage) -> bool:
    """The FIN or SYN that the end took passed again before anything that shows its receipt."""
    taken = segment_of(took)
    if not (taken.has("FIN") or taken.has("SYN")):
        return False
    answers = (
        it
        for it in seen.passages
        if it.sender == role
        and segment_of(it).covers(taken.fin_mark)
        and seen.first(it) > seen.first(took)
    )
    answered = next(map(seen.first, answers), seen.end)
    return any(
        seen.first(took) < seen.first(it) < answered
        for it in seen.passages
        if it.sender == took.sender and segment_of(it).fin_mark == taken.fin_mark
    )


def _one_was_lost(seen: Seen, role: Role, step: Step, took: Passage) -> bool:
    """An ACK of the end's FIN (or SYN) passed before, was lost, and that did not come again."""
    flag = "SYN" if step.state == "ESTABLISHED" else "FIN"
    asked = [it for it in seen.passages if it.sender == role and segment_of(it).has(flag)]
    if not asked:
        return False
    mark = segment_of(asked[0]).fin_mark
    for ack in seen.passages:
        if ack is took:
            return False
        if ack.sender != role and segment_of(ack).covers(mark) and not seen.reached(ack):
            span = (seen.first(ack), seen.first(took))
            return not any(span[0] < seen.first(it) < span[1] for it in asked)
    return False
