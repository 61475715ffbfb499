"""What happened, told from the kernel's words and the wire's log, and from nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from . import LabError
from .kernel import Event
from .recording import Recording
from .segment import ROLES, Ports, Role, Segment, peer_of
from .sockdiag import Sighting
from .wire import Passage

FIN_RESENT_IN = {"FIN_WAIT_1", "CLOSING", "LAST_ACK"}

Source = Literal["tracepoint", "sock_diag", "wire"]
FinalAck = Literal["seen", "lost", "missing"]


@dataclass(frozen=True, slots=True)
class Step:
    """An end entered `state`: told, at `at` exactly; looked up, from `not_before` to `at`."""

    state: str
    at: int
    source: Source
    not_before: int


@dataclass(frozen=True, slots=True)
class Fins:
    """Transmissions of an end's FIN: by its kernel, and of these how many reached the point."""

    sent: int
    captured: int
    retransmit_events: int


class Truth:
    """One connection of a recording: the client's SYN_SENT at `start` began it."""

    def __init__(self, recording: Recording, ports: Ports, start: int, end: int) -> None:
        self.ports = ports
        self._recording = recording
        self._start = start
        self._end = end
        self._log = [
            passage
            for passage in recording.log
            if passage.segment and passage.segment.ports == ports and start <= passage.at < end
        ]
        self._events = {role: self._events_of(role) for role in ROLES}
        self.timelines = {role: self._timeline(role) for role in ROLES}
        self.states = {role: _last_state(self.timelines[role]) for role in ROLES}
        self.fins = {role: self._fins(role) for role in ROLES}
        self.resets = {role: self._resets(role) for role in ROLES}
        self._confirm_states()

    @property
    def inodes(self) -> dict[Role, int | None]:
        return {role: self._recording.inodes.get((role, self.ports)) for role in ROLES}

    @property
    def first_closer(self) -> Role | Literal["both"] | None:
        """Who sent the first FIN; "both" where they crossed and each was acknowledged."""
        closed_at = {role: self._time_of(role, "FIN_WAIT_1") for role in ROLES}
        closers = [role for role in ROLES if closed_at[role] is not None and self.fins[role].sent]
        if len(closers) == 2 and all(self._was_acknowledged(role) for role in ROLES):
            return "both"
        return min(closers, key=lambda role: closed_at[role] or 0, default=None)

    @property
    def final_ack(self) -> FinalAck | None:
        """The acknowledgement of the later closer's FIN, of both where they crossed."""
        if not all(self.fins[role].sent for role in ROLES):
            return None
        first = self.first_closer
        later = ROLES if first == "both" or first is None else (peer_of(first),)
        verdicts = [self._ack_of_fin(role) for role in later]
        worst: tuple[FinalAck, ...] = ("missing", "lost", "seen")
        return min(verdicts, key=worst.index)

    def _events_of(self, role: Role) -> list[Event]:
        address = self._recording.addresses
        local = (address[role], self.ports.of(role))
        remote = (address[peer_of(role)], self.ports.of(peer_of(role)))
        return [
            event
            for event in self._recording.events
            if event.local == local
            and event.remote == remote
            and self._start <= event.at < self._end
        ]

    def _timeline(self, role: Role) -> list[Step]:
        steps = self._syn_received(role)
        for event in self._events[role]:
            if event.name != "inet_sock_set_state" or event.new in (None, "SYN_RECEIVED"):
                continue
            if event.new == "CLOSED":
                steps += self._after_close(role, event.at, _last_state(steps))
            else:
                steps.append(Step(event.new, event.at, "tracepoint", event.at))
        return steps

    def _syn_received(self, role: Role) -> list[Step]:
        """A request socket has no tracepoint: its SYN-ACK on the wire is when it was there."""
        for passage in self._log:
            segment = _segment(passage)
            if passage.sender == role and segment.has("SYN") and segment.has("ACK"):
                return [Step("SYN_RECEIVED", passage.at, "wire", passage.at)]
        return []

    def _after_close(self, role: Role, closed_at: int, before: str) -> list[Step]:
        """The full socket is gone: is there a stand-in (tcp_time_wait), and what becomes of it?"""
        seen = [sighting for sighting in self._sightings(role) if sighting.last > closed_at]
        if not seen:
            raise LabError(f"nobody looked after the {role}'s socket closed")
        steps = []
        if seen[0].state == "CLOSED":
            steps.append(Step("CLOSED", closed_at, "tracepoint", closed_at))
        elif before == "CLOSING":
            # tcp_rcv_state_process() has only TIME_WAIT for a socket that leaves CLOSING.
            steps.append(Step(seen[0].state, closed_at, "sock_diag", closed_at))
        elif seen[0].state != before:
            # The stand-in may have been in FIN_WAIT_2 first, until the look that found it.
            steps.append(Step(seen[0].state, seen[0].first, "sock_diag", closed_at))
        for earlier, later in pairwise(seen):
            steps.append(Step(later.state, later.first, "sock_diag", earlier.last))
        return steps

    def _sightings(self, role: Role) -> list[Sighting]:
        seen = self._recording.sightings[role, self.ports]
        return [sighting for sighting in seen if self._start <= sighting.first < self._end]

    def _confirm_states(self) -> None:
        for role in ROLES:
            looked_up = self._sightings(role)[-1].state
            if looked_up != self.states[role]:
                raise LabError(
                    f"the {role} ended in {self.states[role]} by its events,"
                    f" in {looked_up} by sock_diag"
                )

    def _time_of(self, role: Role, state: str) -> int | None:
        return next((step.at for step in self.timelines[role] if step.state == state), None)

    def _was_acknowledged(self, role: Role) -> bool:
        return any(step.state in ("FIN_WAIT_2", "TIME_WAIT") for step in self.timelines[role])

    def _fins(self, role: Role) -> Fins:
        passages = [it for it in self._log if it.sender == role and _segment(it).has("FIN")]
        again = sum(
            event.name == "tcp_retransmit_skb" and event.old in FIN_RESENT_IN
            for event in self._events[role]
        )
        if len(passages) - 1 > again:
            raise LabError(
                f"the wire saw {len(passages)} FINs of the {role}, its kernel sent {again} again"
            )
        captured = sum(self._was_captured(passage) for passage in passages)
        return Fins(len(passages), captured, again)

    def _resets(self, role: Role) -> list[Event]:
        sent = [event for event in self._events[role] if event.name == "tcp_send_reset"]
        on_wire = sum(it.sender == role and _segment(it).has("RST") for it in self._log)
        if len(sent) != on_wire:
            raise LabError(
                f"the wire saw {on_wire} RSTs of the {role}, its kernel tells of {len(sent)}"
            )
        return sent

    def _was_captured(self, passage: Passage) -> bool:
        point = self._recording.scenario.point
        return passage.delivered or point in (passage.sender, "wire")

    def _ack_of_fin(self, role: Role) -> FinalAck:
        """Of that end's FIN: `lost` if its first captured ACK never arrived and it came again."""
        fins = [it for it in self._log if it.sender == role and _segment(it).has("FIN")]
        mark = _segment(fins[0]).fin_mark
        for passage in self._log:
            covers = passage.sender != role and _segment(passage).covers(mark)
            if covers and self._was_captured(passage):
                came_again = fins[-1].at > passage.at
                return "lost" if came_again and not passage.delivered else "seen"
        return "missing"


def truths(recording: Recording) -> list[Truth]:
    """The connections of a recording, by their first event; LabError if the records disagree."""
    client, server = recording.addresses["client"], recording.addresses["server"]
    opened = [
        (event.at, Ports(event.local[1], event.remote[1]))
        for event in recording.events
        if event.new == "SYN_SENT" and (event.local[0], event.remote[0]) == (client, server)
    ]
    return [
        Truth(recording, ports, start, _reopened(opened, ports, start, recording.until))
        for start, ports in opened
    ]


def _reopened(opened: list[tuple[int, Ports]], ports: Ports, start: int, until: int) -> int:
    later = (at for at, other in opened if other == ports and at > start)
    return min(later, default=until)


def _segment(passage: Passage) -> Segment:
    assert passage.segment is not None
    return passage.segment


def _last_state(steps: list[Step]) -> str:
    return steps[-1].state if steps else "CLOSED"
