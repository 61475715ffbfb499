"""What passed each capture point: which transmission of which host, and when it passed."""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from dataclasses import dataclass
from typing import Literal

from . import LabError
from .capture import Packet
from .recording import Recording
from .segment import Role, Segment, parse, peer_of
from .wire import Handover, Passage

Point = Literal["client", "server", "middle"]

POINTS: tuple[Point, ...] = ("client", "server", "middle")


@dataclass(frozen=True, slots=True)
class Sight:
    """A frame that passed a point; `passage` is its sending by a host, None: the wire forged it.

    `cable` is the end whose cable it was on, `sender` the end that seems to have sent it.
    """

    at: int
    frame: bytes
    sender: Role
    cable: Role
    segment: Segment | None
    passage: Passage | None

    @property
    def outgoing(self) -> bool:
        """Whether the wire, between the hosts, sent it (and did not receive it)."""
        return self.cable != self.sender


class Traffic:
    """The sights of a recording: `arrived` is what the wire handed to the ends."""

    def __init__(self, recording: Recording) -> None:
        self._recording = recording
        self._sent: dict[tuple[Role, bytes], list[Passage]] = defaultdict(list)
        for passage in recording.log:
            self._sent[passage.sender, passage.frame].append(passage)
        self.arrived = [self._arrival(handover) for handover in recording.handed]
        self._at = self._seen_everywhere()

    @property
    def points(self) -> tuple[Point, ...]:
        """Where captures were made: on `lo` both hosts are one, and nothing lies between."""
        return tuple(point for point in POINTS if point in self._at)

    def at(self, point: Point, *, whole: bool = False) -> list[Sight]:
        """What a capture at the point holds, in its order; `whole`: before it was cut at the front
        or to one direction."""
        cut, sees = self._recording.captured, self._recording.scenario.sees
        return [
            sight
            for sight in self._at[point]
            if sight.at < cut.stop
            and (whole or (cut.start <= sight.at and sees in (None, sight.sender)))
        ]

    def _arrival(self, handover: Handover) -> Sight:
        sender = peer_of(handover.towards)
        passage = self._sending(sender, handover)
        segment = passage.segment if passage else parse(handover.frame, sender)
        return Sight(handover.at, handover.frame, sender, handover.towards, segment, passage)

    def _sending(self, sender: Role, handover: Handover) -> Passage | None:
        """The latest sending of that frame: alike ones (IPv6 has no id) are told apart by time."""
        sent = self._sent.get((sender, handover.frame), [])
        return next((it for it in reversed(sent) if it.at <= handover.at), None)

    def _seen_everywhere(self) -> dict[Point, list[Sight]]:
        if self._recording.scenario.network == "loopback":
            return {"client": [_received(passage) for passage in self._recording.log]}
        return {
            "client": self._at_host("client"),
            "server": self._at_host("server"),
            "middle": self._in_the_middle(),
        }

    def _in_the_middle(self) -> list[Sight]:
        received = [_received(passage) for passage in self._recording.log]
        return sorted(received + self.arrived, key=lambda sight: sight.at)

    def _at_host(self, role: Role) -> list[Sight]:
        """The recorder's packets, each with what the wire knows of it: frame by frame, in order."""
        known: dict[bytes, deque[Sight]] = defaultdict(deque)
        for sight in self._in_the_middle():
            if role == sight.cable:
                known[sight.frame].append(sight)
        return [
            _stamped(known[packet.frame].popleft(), packet)
            for packet in self._recording.packets[role]
        ]


def _received(passage: Passage) -> Sight:
    sender = passage.sender
    return Sight(passage.at, passage.frame, sender, sender, passage.segment, passage)


def _stamped(sight: Sight, packet: Packet) -> Sight:
    """The same sight with the recorder's own time."""
    return Sight(packet.at, sight.frame, sight.sender, sight.cable, sight.segment, sight.passage)


def refuse_gaps(recording: Recording, role: Role) -> None:
    """The recorder there must have exactly what the wire saw leave that host and handed to it."""
    passed = [it.frame for it in recording.log if it.sender == role]
    passed += [it.frame for it in recording.handed if it.towards == role]
    seen = Counter(packet.frame for packet in recording.packets[role])
    if seen != Counter(passed):
        raise LabError(
            f"the recorder at the {role} has {seen.total()} frames, the wire tells of {len(passed)}"
        )
