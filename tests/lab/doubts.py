"""Why a point cannot tell when a state was entered although the cause passed it.

Of several alike segments only one did it. An observer tells which by what follows; where that was
lost before the point, two stories fit the packets.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .causes import LATENCY_NS, Cause
from .segment import Role
from .truth import Step, segment_of
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
    if _one_was_lost(seen, role, why.passage):
        return "which of several ACKs arrived is not told"
    return None


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


def _one_was_lost(seen: Seen, role: Role, took: Passage) -> bool:
    """An ACK of the end's FIN passed before and got lost, and no FIN came again in between."""
    for ack in seen.acks_of_fin(role):
        if ack is took:
            return False
        if not seen.reached(ack):
            span = (seen.first(ack), seen.first(took))
            return not any(span[0] < seen.first(fin) < span[1] for fin in seen.fins(role))
    return False
