"""Why a point cannot tell when a state was entered although the cause passed it.

Of several alike segments only one did it. An observer tells which by what follows; where that was
lost before the point, two stories fit the packets.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .causes import Cause
from .segment import Role, peer_of
from .truth import LATENCY_NS, Step, segment_of
from .wire import Passage

if TYPE_CHECKING:
    from .seen import Seen


def doubt(seen: Seen, role: Role, step: Step, why: Cause) -> str | None:
    """The reason, or None where the time can be known."""
    if why.passage is None:
        return None
    if why.kind == "sent":
        # A FIN may wait behind data or a closed window.
        late = why.passage.at - step.at > seen.round_trip + LATENCY_NS
        return "its segment was sent later" if late else None
    if _sent_again_unanswered(seen, role, why.passage):
        return "which of several like segments arrived is not told: the answer was lost before"
    if _one_was_lost(seen, role, step, why.passage):
        return "which of several ACKs arrived is not told"
    return None


def unanswered(seen: Seen, role: Role, why: Cause) -> str | None:
    """Why the state itself is not told: its FIN passed again and again, and no answer did."""
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
