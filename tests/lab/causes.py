"""Why an end entered a state: the segment it sent, the one that arrived, a timer, or nothing seen.

The kernel tells when; the wire's log tells what had been sent or had arrived just then.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from . import LabError
from .points import Sight
from .segment import Role, Segment
from .truth import LATENCY_NS, Step, Truth, segment_of
from .wire import Passage

Kind = Literal["sent", "arrived", "timer", "silence"]


@dataclass(frozen=True, slots=True)
class Cause:
    """`passage`: what the end sent; `arrival`: what came to it; `again`: the same, sent later."""

    kind: Kind
    passage: Passage | None = None
    arrival: Sight | None = None
    again: tuple[Passage, ...] = ()


SILENCE = Cause("silence")
OWN: dict[str, str] = {"SYN_SENT": "SYN", "FIN_WAIT_1": "FIN", "LAST_ACK": "FIN"}


def cause(truth: Truth, role: Role, number: int) -> Cause:
    """Why that end entered the state of its step of that number."""
    step = truth.timelines[role][number]
    before = truth.timelines[role][number - 1] if number else None
    if step.state in OWN:
        return _sent(truth, role, step.at, OWN[step.state])
    if step.state == "SYN_RECEIVED":
        return _sent(truth, role, step.at, "SYN")
    new = truth.replaced_by
    if step.state == "CLOSED" and new and step.at >= new.start:
        return _sent(new, role, step.at, "SYN")
    if step.state == "CLOSED":
        return _closed(truth, role, step, before)
    return _arrived(truth, role, step, _fits(truth, role, step.state, before))


def _fits(truth: Truth, role: Role, state: str, before: Step | None) -> Callable[[Segment], bool]:
    """What kind of segment lets an end enter that state."""
    covers = _covers_fin(truth, role)
    if state == "FIN_WAIT_2" or (before and before.state == "CLOSING"):
        return covers
    if state == "ESTABLISHED":
        return lambda it: it.has("ACK") and not it.has("RST")
    # A FIN, or the octets that were missing before it.
    return lambda it: it.has("FIN") or it.length > 0


def _covers_fin(truth: Truth, role: Role) -> Callable[[Segment], bool]:
    fins = truth.fins(role)
    if not fins:
        return lambda _: False
    mark = segment_of(fins[0]).fin_mark
    return lambda it: it.covers(mark) and not it.has("RST")


def _sent(truth: Truth, role: Role, at: int, flag: str) -> Cause:
    """The end's first segment with that flag from then on; it may have had to wait."""
    sent = [
        it
        for it in truth.sent
        if it.sender == role and it.at >= at - LATENCY_NS and segment_of(it).has(flag)
    ]
    return Cause("sent", passage=sent[0], again=tuple(sent[1:])) if sent else SILENCE


def _arrived(truth: Truth, role: Role, step: Step, fits: Callable[[Segment], bool]) -> Cause:
    """The latest fitting arrival before an exact time; in a span the first, a FIN before others."""
    came = _within(truth, role, step, fits)
    if step.at != step.not_before:
        came = [it for it in came if segment_of(it).has("FIN")][:1] or came
    if not came:
        raise LabError(f"nothing arrived by which the {role} could enter {step.state}")
    return Cause("arrived", passage=came[-1].passage, arrival=came[-1])


def _closed(truth: Truth, role: Role, step: Step, before: Step | None) -> Cause:
    """A RST that came or was sent, the last ACK, TIME_WAIT's end; or nothing that was to see."""
    came = _within(truth, role, step, lambda it: it.has("RST"))
    taken = [it for it in truth.resets_taken[role] if abs(it.at - step.at) <= LATENCY_NS]
    looked_up = step.source == "sock_diag"
    if came and (taken or looked_up):
        return Cause("arrived", passage=came[-1].passage, arrival=came[-1])
    acks = _within(truth, role, step, _covers_fin(truth, role))
    if acks and before and before.state == "LAST_ACK":
        return Cause("arrived", passage=acks[-1].passage, arrival=acks[-1])
    sent = _sent(truth, role, step.not_before, "RST")
    if sent.passage and sent.passage.at <= step.at + LATENCY_NS:
        return sent
    return Cause("timer") if before and before.state == "TIME_WAIT" else SILENCE


def _within(truth: Truth, role: Role, step: Step, fits: Callable[[Segment], bool]) -> list[Sight]:
    """What fits and arrived in the span in which the end can have entered the state."""
    return [
        it
        for it in truth.arrived
        if it.cable == role
        and step.not_before - LATENCY_NS <= it.at <= step.at
        and fits(segment_of(it))
    ]
