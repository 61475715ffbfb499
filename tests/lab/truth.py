"""What happened, told from the kernel's words and the wire's log, and from nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from . import LabError
from .kernel import RESOLUTION_NS, Event
from .points import Sight, Traffic
from .recording import Recording
from .segment import ROLES, Ports, Role, Segment, peer_of
from .sockdiag import Sighting
from .wire import Passage

FIN_RESENT_IN = {"FIN_WAIT_1", "CLOSING", "LAST_ACK"}
# Between an arrival and the kernel's event, or an event and the segment that it sends, on a busy
# machine. Two causes of one state are never nearer: the shortest round trip is longer.
LATENCY_NS = 5_000_000
ACTIVE = {"SYN_SENT", "SYN_RECEIVED"}

Source = Literal["tracepoint", "sock_diag", "wire"]


@dataclass(frozen=True, slots=True)
class Step:
    """An end entered `state`: told, at `at` exactly; looked up, from `not_before` to `at`."""

    state: str
    at: int
    source: Source
    not_before: int


class Truth:
    """One connection of a recording: the client's SYN_SENT at `start` began it.

    `sent` is what the hosts sent, `arrived` what the wire handed to them, forged frames too.
    """

    def __init__(
        self, recording: Recording, traffic: Traffic, ports: Ports, start: int, end: int
    ) -> None:
        self.ports = ports
        self._recording = recording
        self.start = start
        self._end = end
        self.replaced_by: Truth | None = None
        self.sent = [it for it in recording.log if it.segment and self.owns(it.segment, it.at)]
        self.arrived = [it for it in traffic.arrived if it.segment and self.owns(it.segment, it.at)]
        self._events = {role: self._events_of(role) for role in ROLES}
        self.timelines = {role: self._timeline(role) for role in ROLES}
        self.resets = {role: self._resets(role) for role in ROLES}
        self.resets_taken = {role: self._named(role, "tcp_receive_reset") for role in ROLES}
        self._confirm_states()
        self._confirm_fins()

    def owns(self, segment: Segment, at: int) -> bool:
        """Whether a segment that passed then belongs to this connection."""
        return segment.ports == self.ports and self.start <= at < self._end

    @property
    def inodes(self) -> dict[Role, int | None]:
        return {role: self._recording.inodes.get((role, self.ports)) for role in ROLES}

    @property
    def states(self) -> dict[Role, str]:
        """The state of each end when the recording ended."""
        return {role: self.state_at(role, self._recording.until) for role in ROLES}

    def state_at(self, role: Role, at: int) -> str:
        """The last state that the end had entered by then, as far as anybody looked."""
        return next((it.state for it in reversed(self.timelines[role]) if it.at <= at), "CLOSED")

    def entered(self, role: Role, state: str) -> Step | None:
        return next((step for step in self.timelines[role] if step.state == state), None)

    def retransmissions(self, role: Role) -> dict[str, int]:
        """How often that kernel sent a segment again, by the state it was in."""
        counts: dict[str, int] = {}
        for event in self._named(role, "tcp_retransmit_skb"):
            state = event.old or "CLOSED"
            counts[state] = counts.get(state, 0) + 1
        return counts

    def fins(self, role: Role) -> list[Passage]:
        return [it for it in self.sent if it.sender == role and segment_of(it).has("FIN")]

    def give_way(self, new: Truth) -> None:
        """A new connection took the four-tuple over: what was left of this one is gone.

        The client's stand-in goes with its SYN; the server's when it answers that (it may refuse).
        """
        self.replaced_by = new
        answer = new.entered("server", "SYN_RECEIVED")
        ends: dict[Role, Step | None] = {
            "client": new.entered("client", "SYN_SENT"),
            "server": answer,
        }
        for role, step in ends.items():
            if step and self.timelines[role] and self.timelines[role][-1].state != "CLOSED":
                self.timelines[role].append(Step("CLOSED", step.at, step.source, step.at))

    # ------------------------------------------------------------------ the path of states

    def _events_of(self, role: Role) -> list[Event]:
        address = self._recording.addresses
        local = (address[role], self.ports.of(role))
        remote = (address[peer_of(role)], self.ports.of(peer_of(role)))
        return [
            event
            for event in self._recording.events
            if event.local == local
            and event.remote == remote
            and self.start <= event.at < self._end
        ]

    def _named(self, role: Role, name: str) -> list[Event]:
        return [event for event in self._events[role] if event.name == name]

    def _timeline(self, role: Role) -> list[Step]:
        steps: list[Step] = []
        for event in self._named(role, "inet_sock_set_state"):
            if event.new in (None, event.old, "LISTEN"):
                continue
            if event.new == "SYN_RECEIVED" and not steps:
                continue  # the socket that takes over from a request socket
            if event.new == "CLOSED":
                steps += self._after_close(role, event.at, steps[-1].state if steps else "CLOSED")
            else:
                steps.append(Step(event.new, event.at, "tracepoint", event.at))
        if not any(step.state in ACTIVE for step in steps):
            steps = [*self._request_socket(role, bool(steps)), *steps]
        return steps

    def _request_socket(self, role: Role, accepted: bool) -> list[Step]:
        """A request socket has no tracepoint: its SYN-ACK on the wire is when it was there."""
        answers = [
            it.at
            for it in self.sent
            if it.sender == role and segment_of(it).has("SYN") and segment_of(it).has("ACK")
        ]
        if not answers:
            return []
        steps = [Step("SYN_RECEIVED", answers[0], "wire", answers[0])]
        seen = self._sightings(role)
        if not accepted and seen and seen[-1].state == "CLOSED":
            known = [it.last for it in seen[:-1] if it.state == "SYN_RECEIVED"]
            not_before = max([answers[0], *known])
            # A SYN cookie has no socket at all.
            at = max(seen[-1].first, not_before) if known else answers[0]
            steps.append(Step("CLOSED", at, "sock_diag", not_before))
        return steps

    def _after_close(self, role: Role, closed_at: int, before: str) -> list[Step]:
        """The full socket is gone: is there a stand-in (tcp_time_wait), and what becomes of it?"""
        seen = [sighting for sighting in self._sightings(role) if sighting.last > closed_at]
        if not seen:
            raise LabError(f"nobody looked after the {role}'s socket closed")
        steps = []
        if seen[0].state == "CLOSED" and self._waits_from(role, closed_at, before):
            # The stand-in was gone again before anybody looked.
            steps.append(Step("TIME_WAIT", closed_at, "tracepoint", closed_at))
            steps.append(Step("CLOSED", seen[0].first, "sock_diag", closed_at))
        elif seen[0].state == "CLOSED":
            steps.append(Step("CLOSED", closed_at, "tracepoint", closed_at))
        elif before == "CLOSING":
            # tcp_rcv_state_process() has only TIME_WAIT for a socket that leaves CLOSING.
            steps.append(Step(seen[0].state, closed_at, "sock_diag", closed_at))
        elif seen[0].state != before:
            # The stand-in may have been in FIN_WAIT_2 first, until the look that found it.
            steps.append(Step(seen[0].state, seen[0].first, "sock_diag", closed_at))
        for earlier, later in pairwise(seen):
            waits = self._fins_taken(role, earlier.last, later.first)
            if (earlier.state, later.state) == ("FIN_WAIT_2", "CLOSED") and waits:
                # tcp_timewait_state_process() made it TIME_WAIT, and nobody looked in time.
                steps.append(Step("TIME_WAIT", waits[0] + RESOLUTION_NS, "sock_diag", waits[0]))
            steps.append(Step(later.state, later.first, "sock_diag", earlier.last))
        return steps

    def _waits_from(self, role: Role, closed_at: int, before: str) -> bool:
        """Whether the socket closed because a FIN came: its stand-in is in TIME_WAIT then."""
        reset = any(
            abs(event.at - closed_at) <= LATENCY_NS
            for event in self._named(role, "tcp_receive_reset")
        )
        came = self._fins_taken(role, closed_at - LATENCY_NS, closed_at)
        return before == "FIN_WAIT_2" and bool(came) and not reset

    def _fins_taken(self, role: Role, start: int, end: int) -> list[int]:
        """When a FIN, or what was missing before one, arrived then and drew no RST."""
        resets = self._named(role, "tcp_send_reset") + self._of_listener(role)
        refused = [event.at for event in resets]
        return [
            it.at
            for it in self.arrived
            if it.cable == role
            and start <= it.at <= end
            and (segment_of(it).has("FIN") or segment_of(it).length > 0)
            and not any(0 <= at - it.at <= LATENCY_NS for at in refused)
        ]

    def _sightings(self, role: Role) -> list[Sighting]:
        """What was looked up during this connection: a four-tuple may have had others."""
        seen = self._recording.sightings[role, self.ports]
        return [
            Sighting(it.state, max(it.first, self.start), min(it.last, self._end))
            for it in seen
            if it.first < self._end and it.last >= self.start
        ]

    # ------------------------------------------------------------------ do the records agree?

    def _confirm_states(self) -> None:
        for role in ROLES:
            if not self.timelines[role]:
                continue  # what is looked up then is of an earlier connection on the four-tuple
            looked_up = self._sightings(role)[-1].state
            if looked_up != self.state_at(role, self._end):
                raise LabError(
                    f"the {role} ended in {self.state_at(role, self._end)} by its events,"
                    f" in {looked_up} by sock_diag"
                )

    def _confirm_fins(self) -> None:
        for role in ROLES:
            sent, again = len(self.fins(role)), self.retransmissions(role)
            known = sum(count for state, count in again.items() if state in FIN_RESENT_IN)
            if sent - 1 > known:
                raise LabError(
                    f"the wire saw {sent} FINs of the {role}, its kernel sent {known} again"
                )

    def _resets(self, role: Role) -> list[Event]:
        """That kernel's event of each RST that the wire saw of it."""
        told = self._named(role, "tcp_send_reset")
        told += self._of_listener(role)
        on_wire = [it for it in self.sent if it.sender == role and segment_of(it).has("RST")]
        found = []
        for passage in on_wire:
            near = [it for it in told if abs(passage.at - it.at) <= LATENCY_NS]
            if not near:
                raise LabError(f"the wire saw a RST of the {role}, its kernel does not tell of it")
            found.append(min(near, key=lambda it: abs(passage.at - it.at)))
            told.remove(found[-1])
        if any(event.remote[1] for event in told):
            raise LabError(f"the {role}'s kernel tells of a RST that the wire did not see")
        return found

    def _of_listener(self, role: Role) -> list[Event]:
        """A segment that no connection takes meets the listening socket, which has no remote."""
        local = (self._recording.addresses[role], self.ports.of(role))
        return [
            event
            for event in self._recording.events
            if event.name == "tcp_send_reset" and event.local == local and event.remote[1] == 0
        ]


def truths(recording: Recording, traffic: Traffic) -> list[Truth]:
    """The connections of a recording, by their first event; LabError if the records disagree."""
    client, server = recording.addresses["client"], recording.addresses["server"]
    opened = [
        (event.at, Ports(event.local[1], event.remote[1]))
        for event in recording.events
        if event.new == "SYN_SENT" and (event.local[0], event.remote[0]) == (client, server)
    ]
    found = [
        Truth(recording, traffic, ports, start, _reopened(opened, ports, start, recording.until))
        for start, ports in opened
    ]
    for old, new in pairwise(sorted(found, key=lambda it: (it.ports.client, it.start))):
        if old.ports == new.ports:
            old.give_way(new)
    return found


def _reopened(opened: list[tuple[int, Ports]], ports: Ports, start: int, until: int) -> int:
    later = (at for at, other in opened if other == ports and at > start)
    return min(later, default=until)


def segment_of(passage: Passage | Sight) -> Segment:
    assert passage.segment is not None
    return passage.segment
