"""One connection at one capture point: what passed it, and what can be known from that.

The rules, all over the kernel's record and the wire's log:

- a state is known by the segment that caused it, or one like it that its end sent later; where
  none passed the point (lost before it, or outside the captured part) nobody there can know it;
- its time is known where the very segment passed, and left its end when the state was entered;
- a state that no segment caused (an orphan gives up) is not known; TIME_WAIT's end is, by the
  clock, if the capture runs that long;
- who closed first is known where the first FIN passed the point before anything that shows the
  other's; FINs that crossed and were not both acknowledged have no order;
- an ending or closer that changes when the capture's cut is undone is not known.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from .causes import Cause, cause
from .doubts import doubt, untold
from .points import Sight
from .segment import ROLES, Role, peer_of
from .truth import LATENCY_NS, Step, Truth, segment_of
from .wire import Passage

FinalAck = Literal["seen", "lost", "missing"]
Closer = Literal["client", "server", "both"]


IN_THE_DARK = "what was sent to it last was lost behind the point, and it said nothing since"


@dataclass(frozen=True, slots=True)
class SeenStep:
    """A step of an end; `passed`: when its cause passed the point. The reasons: why not known."""

    step: Step
    passed: tuple[int, ...]
    unknowable: str | None
    time_unknowable: str | None


class Seen:
    """A connection as `sights` of a point show it; `end` is when the capture ends."""

    def __init__(self, truth: Truth, sights: list[Sight], end: int, round_trip: int) -> None:
        self.truth = truth
        self.end = end
        self.round_trip = round_trip
        self._everything = sights
        self.sights = [
            it
            for it in sights
            if it.segment and truth.owns(it.segment, it.passage.at if it.passage else it.at)
        ]
        self.passages = _distinct(self.sights)

    # ------------------------------------------------------------------ FINs and their ACKs

    def fins(self, role: Role) -> list[Passage]:
        """The distinct transmissions of that end's FIN which passed."""
        return [it for it in self.passages if it.sender == role and segment_of(it).has("FIN")]

    def first(self, passage: Passage) -> int:
        """When the transmission passed first."""
        return next(it.at for it in self.sights if it.passage is passage)

    def acks_of_fin(self, role: Role) -> list[Passage]:
        """What passed and acknowledged that end's FIN: not RSTs, which acknowledge nothing."""
        fins = self.truth.fins(role)
        if not fins:
            return []
        mark = segment_of(fins[0]).fin_mark
        return [
            it
            for it in self.passages
            if it.sender != role and segment_of(it).covers(mark) and not segment_of(it).has("RST")
        ]

    @property
    def final_ack(self) -> FinalAck | None:
        """The acknowledgement of the later closer's FIN, of both where they crossed."""
        if not all(self.fins(role) for role in ROLES):
            return None
        closer = self.first_closer
        later = (peer_of(closer),) if closer in ROLES else ROLES
        fates = [self._fate(role) for role in later]
        order: tuple[FinalAck, ...] = ("missing", "lost", "seen")
        return min(fates, key=order.index)

    def _fate(self, role: Role) -> FinalAck:
        """`lost`: an ACK passed and did not reach that end, whose FIN passed again later."""
        acks, fins = self.acks_of_fin(role), self.fins(role)
        if not acks:
            return "missing"
        lost = [it for it in acks if not self.reached(it)]
        again = self.first(fins[-1])
        return "lost" if any(self.first(it) < again for it in lost) else "seen"

    def reached(self, passage: Passage) -> bool:
        return any(it.passage is passage for it in self.truth.arrived)

    @property
    def final_ack_unknowable(self) -> str | None:
        if self.final_ack is None:
            return None
        if self.first_closer_unknowable:
            return "which FIN was the last: " + self.first_closer_unknowable
        late = [it for role in ROLES for it in self.acks_of_fin(role) if self._came_late(it)]
        return "a very late ACK looks like a lost one" if late else None

    def _came_late(self, ack: Passage) -> bool:
        """The FIN passed again after the ACK, which arrived only then."""
        arrival = next((it.at for it in self.truth.arrived if it.passage is ack), None)
        again = [self.first(fin) for fin in self.fins(peer_of(ack.sender))[1:]]
        return arrival is not None and any(self.first(ack) < at < arrival for at in again)

    # ------------------------------------------------------------------ who closed first

    @cached_property
    def first_closer(self) -> Closer | None:
        """Who sent the first FIN; `both` where they crossed and each was acknowledged."""
        closers = [role for role in ROLES if self.fins(role)]
        if len(closers) == 2 and self._crossed() and all(self.acks_of_fin(it) for it in ROLES):
            return "both"
        return min(closers, key=lambda role: self.truth.fins(role)[0].at, default=None)

    def _crossed(self) -> bool:
        """Neither kernel had received the other's FIN when it sent its own."""
        return all(self.truth.entered(role, "FIN_WAIT_1") for role in ROLES)

    @property
    def first_closer_unknowable(self) -> str | None:
        first = [fins[0] for role in ROLES if (fins := self.truth.fins(role))]
        if not any(self.fins(role) for role in ROLES):
            return "the FIN never passed" if first else None
        for passage in first:
            if passage not in self.passages:
                return f"the {passage.sender}'s first FIN never passed"
        if self._crossed() and self.first_closer != "both":
            apart = abs(first[0].at - first[1].at)
            if apart <= self.round_trip:
                return "the FINs crossed and were not both acknowledged: they have no order"
        return None

    # ------------------------------------------------------------------ the path of states

    def path(self, role: Role) -> list[SeenStep]:
        steps = self.truth.timelines[role]
        return [self._judge(role, number, step) for number, step in enumerate(steps)]

    def _judge(self, role: Role, number: int, step: Step) -> SeenStep:
        why = cause(self.truth, role, number)
        if why.kind == "timer":
            early = step.not_before > self.end
            reason = "the capture had ended before TIME_WAIT did" if early else None
            return SeenStep(step, (), reason, reason)
        if why.kind == "silence":
            reason = "no segment shows it"
            return SeenStep(step, (), reason, reason)
        # The SYN of a new connection, which ends an old one, is not among this one's sights.
        passed = tuple(it.at for it in self._everything if _is(it, why))
        if reason := untold(self, role, number, why):
            return SeenStep(step, passed, reason, reason)
        if passed:
            return SeenStep(step, passed, None, doubt(self, role, number, why))
        if any(it in self.passages for it in why.again):
            return SeenStep(step, (), None, "the segment that came first never passed")
        reason = (
            "its segment never passed" if self._all_after(step) else "it was before the capture"
        )
        return SeenStep(step, (), reason, reason)

    def _all_after(self, step: Step) -> bool:
        return bool(self.sights) and self.sights[0].at <= step.at

    def dark(self, role: Role) -> int | None:
        """Since when nobody knows: a segment to that end was lost behind the point, and of that
        end nothing passed since."""
        told = max((self.first(it) for it in self.passages if it.sender == role), default=0)
        return next(
            (
                at
                for it in self.passages
                if it.sender != role and (at := self.first(it)) > told and not self.reached(it)
            ),
            None,
        )

    def last(self, role: Role) -> tuple[list[str], str | None]:
        """The states of that end within a round trip of the capture's end: any is right.

        And why none of them can be known, if that is so.
        """
        span = self.round_trip + LATENCY_NS
        entered = [it for it in self.path(role) if it.step.not_before <= self.end + span]
        before = [it for it in entered if it.step.at <= self.end - span][-1:]
        near = [it for it in entered if it.step.at > self.end - span]
        held = before + near
        reasons = [it.unknowable for it in held if it.unknowable]
        if self.dark(role) is not None:
            return [it.step.state for it in held], IN_THE_DARK
        states = ([] if before else ["CLOSED"]) + [it.step.state for it in held]
        return states, reasons[-1] if reasons and len(reasons) == len(held) else None


def _distinct(sights: list[Sight]) -> list[Passage]:
    """The transmissions by hosts that passed, in the order in which each passed first."""
    passages: dict[int, Passage] = {}
    for sight in sights:
        if sight.passage:
            passages.setdefault(id(sight.passage), sight.passage)
    return list(passages.values())


def _is(sight: Sight, why: Cause) -> bool:
    """Whether that is the causing segment; a forged one is known by its octets."""
    if why.passage:
        return sight.passage is why.passage
    return why.arrival is not None and sight.frame == why.arrival.frame
