"""The wire between the two hosts: a user-space relay that can lose, delay, repeat and forge."""

from __future__ import annotations

import heapq
import itertools
import select
import socket
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from . import LabError
from .capture import Packet, open_packet_socket, receive, refuse_losses
from .namespaces import Network
from .segment import ROLES, Ports, Role, Segment, parse, peer_of

LOOK_UP_S = 0.05


@dataclass(frozen=True, slots=True)
class Delivery:
    """A frame to be handed to one end, so many milliseconds later than the wire's own delay."""

    towards: Role
    frame: bytes
    after_ms: float = 0.0


Matches = Callable[[Segment], bool]


@dataclass
class Rule:
    """What happens to segments that match, for the first `times` of them (None: all)."""

    name: str
    matches: Matches
    deliver: Callable[[Segment], list[Delivery]]
    times: int | None


@dataclass(frozen=True, slots=True)
class Passage:
    """One frame that a host sent, and what the wire did with it (`rule` None: passed on)."""

    at: int
    sender: Role
    frame: bytes
    segment: Segment | None
    rule: str | None
    deliveries: tuple[Delivery, ...]

    @property
    def delivered(self) -> bool:
        return any(each.towards == peer_of(self.sender) for each in self.deliveries)


@dataclass
class Rules:
    """The rules of a wire; scenarios add to them, the first that matches a segment decides."""

    rules: list[Rule] = field(default_factory=list)

    def drop(self, matches: Matches, times: int | None = 1) -> None:
        self.rules.append(Rule("drop", matches, lambda _: [], times))

    def delay(self, matches: Matches, after_ms: float, times: int | None = 1) -> None:
        self._add("delay", matches, times, lambda it: [_passed_on(it, after_ms)])

    def duplicate(self, matches: Matches, after_ms: float = 0.0, times: int | None = 1) -> None:
        """Deliver a second copy, `after_ms` after the first."""
        self._add(
            "duplicate", matches, times, lambda it: [_passed_on(it), _passed_on(it, after_ms)]
        )

    def inject(
        self, matches: Matches, forge: Callable[[Segment], Delivery], times: int | None = 1
    ) -> None:
        """Pass the segment on and deliver the frame that `forge` makes of it as well."""
        self._add("inject", matches, times, lambda it: [_passed_on(it), forge(it)])

    def _add(
        self,
        name: str,
        matches: Matches,
        times: int | None,
        deliver: Callable[[Segment], list[Delivery]],
    ) -> None:
        self.rules.append(Rule(name, matches, deliver, times))

    def judge(self, segment: Segment) -> tuple[str | None, list[Delivery]]:
        """The name of the rule that applies (None: no rule) and the deliveries that follow."""
        for rule in self.rules:
            if rule.times != 0 and rule.matches(segment):
                if rule.times is not None:
                    rule.times -= 1
                return rule.name, rule.deliver(segment)
        return None, [_passed_on(segment)]


def _passed_on(segment: Segment, after_ms: float = 0.0) -> Delivery:
    return Delivery(segment.receiver, segment.frame, after_ms)


class Wire(Rules):
    """Relays frames between the hosts in a thread of its own and logs each one that was sent."""

    def __init__(self, net: Network, delay_ms: float) -> None:
        super().__init__()
        self.delay_ms = delay_ms
        self.log: list[Passage] = []
        self._fin_marks: dict[tuple[Role, Ports], int] = {}
        self._waiting: list[tuple[float, int, Delivery]] = []
        self._order = itertools.count()
        self._failure: BaseException | None = None
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="wire", daemon=True)
        with net.wire.entered():
            self.cables: dict[Role, socket.socket] = {
                role: open_packet_socket(net.wire_interface(role), outgoing=False) for role in ROLES
            }

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """End the relay; raises what went wrong in it. Frames still under way are not delivered."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()
        for role, cable in self.cables.items():
            refuse_losses(cable, f"the wire, towards the {role}")
        if self._failure is not None:
            raise LabError("the wire broke") from self._failure

    def close(self) -> None:
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()
        for cable in self.cables.values():
            cable.close()

    def is_quiet(self, for_s: float) -> bool:
        """Whether nothing is under way and no host has sent anything for that long."""
        last = self.log[-1].at if self.log else 0
        return not self._waiting and time.time_ns() - last > for_s * 1e9

    def segments(self, sender: Role, ports: Ports | None = None) -> Iterable[Segment]:
        """What that host has sent up to now, in order; of one connection if asked."""
        for passage in list(self.log):
            segment = passage.segment
            if segment and segment.sender == sender and ports in (None, segment.ports):
                yield segment

    def acknowledges_fin(self, segment: Segment) -> bool:
        """Whether the segment covers a FIN that its receiver has sent before."""
        mark = self._fin_marks.get((segment.receiver, segment.ports))
        return mark is not None and segment.covers(mark)

    def _run(self) -> None:
        try:
            while not self._stopping.is_set():
                self._wait()
                for role, cable in self.cables.items():
                    while packet := receive(cable):
                        self._accept(role, packet)
                self._hand_over()
        except BaseException as failure:
            self._failure = failure

    def _wait(self) -> None:
        until_due = self._waiting[0][0] - time.monotonic() if self._waiting else LOOK_UP_S
        select.select(list(self.cables.values()), [], [], min(max(until_due, 0), LOOK_UP_S))

    def _accept(self, sender: Role, packet: Packet) -> None:
        segment = parse(packet.frame, sender)
        if segment is None:
            name, deliveries = None, [Delivery(peer_of(sender), packet.frame)]
        else:
            name, deliveries = self.judge(segment)
            if segment.has("FIN"):
                self._fin_marks[sender, segment.ports] = segment.fin_mark
        for delivery in deliveries:
            due = time.monotonic() + (self.delay_ms + delivery.after_ms) / 1e3
            heapq.heappush(self._waiting, (due, next(self._order), delivery))
        self.log.append(Passage(packet.at, sender, packet.frame, segment, name, tuple(deliveries)))

    def _hand_over(self) -> None:
        while self._waiting and self._waiting[0][0] <= time.monotonic():
            delivery = self._waiting[0][2]
            self.cables[delivery.towards].send(delivery.frame)
            heapq.heappop(self._waiting)
