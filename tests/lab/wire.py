"""The wire between the two hosts: a user-space relay that can lose, delay, repeat and forge."""

from __future__ import annotations

import heapq
import itertools
import os
import select
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from . import LabError
from .capture import SOL_PACKET, Packet, open_packet_socket, receive, refuse_losses
from .namespaces import Network
from .segment import ROLES, Ports, Role, Segment, parse, peer_of

LOOK_UP_S = 0.05
FIRST_IN_TURN = -20

# From <linux/if_packet.h> and <linux/virtio_net.h>: each frame on a cable is preceded by a header
# that tells how much of the segment's cutting and checksum is still to be done (offload).
PACKET_VNET_HDR = 15
OFFLOAD_OCTETS = 10
NO_OFFLOAD = bytes(OFFLOAD_OCTETS)


@dataclass(frozen=True, slots=True)
class Delivery:
    """A frame to be handed to one end, so many milliseconds later than the wire's own delay."""

    towards: Role
    frame: bytes
    after_ms: float = 0.0


@dataclass(frozen=True, slots=True)
class Handover:
    """A frame that the wire handed to an end, at `at` (ns since the epoch)."""

    at: int
    towards: Role
    frame: bytes


Matches = Callable[[Segment], bool]
Forge = Callable[[Segment], Delivery]


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
        """Whether the frame itself reaches the other end, sooner or later."""
        return any(each.frame == self.frame for each in self.deliveries)


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

    def inject(self, matches: Matches, *forge: Forge, times: int | None = 1) -> None:
        """Pass the segment on and deliver what each `forge` makes of it as well."""
        self._add(
            "inject", matches, times, lambda it: [_passed_on(it), *(each(it) for each in forge)]
        )

    def answer(self, matches: Matches, *forge: Forge, times: int | None = None) -> None:
        """Deliver what each `forge` makes of the segment in its place."""
        self._add("answer", matches, times, lambda it: [each(it) for each in forge])

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
        self.handed: list[Handover] = []
        self._fin_marks: dict[tuple[Role, Ports], int] = {}
        self._waiting: list[tuple[float, int, Delivery, bytes]] = []
        self._order = itertools.count()
        self._failure: BaseException | None = None
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="wire", daemon=True)
        self.cables = self._plugged_in(net)

    def _plugged_in(self, net: Network) -> dict[Role, socket.socket]:
        with net.wire.entered():
            return {
                role: open_packet_socket(net.wire_interface(role), outgoing=False) for role in ROLES
            }

    def start(self) -> None:
        for cable in self.cables.values():
            cable.setsockopt(SOL_PACKET, PACKET_VNET_HDR, 1)
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

    def everything(self) -> Iterator[Segment]:
        """The segments that the hosts have sent up to now, in order."""
        return (passage.segment for passage in list(self.log) if passage.segment)

    def acknowledges_fin(self, segment: Segment) -> bool:
        """Whether the segment covers a FIN that its receiver has sent before."""
        mark = self._fin_marks.get((segment.receiver, segment.ports))
        return mark is not None and segment.covers(mark)

    def _run(self) -> None:
        try:
            # On a machine that plays many scenarios a wire that waits for its turn is a slow one.
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), FIRST_IN_TURN)
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
        offload, frame = packet.frame[:OFFLOAD_OCTETS], packet.frame[OFFLOAD_OCTETS:]
        segment = parse(frame, sender)
        if segment is None:
            name, deliveries = None, [Delivery(peer_of(sender), frame)]
        else:
            name, deliveries = self.judge(segment)
            self._remember_fin(segment)
        for delivery in deliveries:
            due = time.monotonic() + (self.delay_ms + delivery.after_ms) / 1e3
            left_to_do = offload if delivery.frame is frame else NO_OFFLOAD
            heapq.heappush(self._waiting, (due, next(self._order), delivery, left_to_do))
        self.log.append(Passage(packet.at, sender, frame, segment, name, tuple(deliveries)))

    def _remember_fin(self, segment: Segment) -> None:
        if segment.has("FIN"):
            self._fin_marks[segment.sender, segment.ports] = segment.fin_mark

    def _hand_over(self) -> None:
        while self._waiting and self._waiting[0][0] <= time.monotonic():
            _, _, delivery, left_to_do = self._waiting[0]
            self.handed.append(Handover(time.time_ns(), delivery.towards, delivery.frame))
            self.cables[delivery.towards].send(left_to_do + delivery.frame)
            heapq.heappop(self._waiting)


class Tap(Wire):
    """In place of the wire where both ends are on one host: it sees all and decides nothing."""

    def _plugged_in(self, net: Network) -> dict[Role, socket.socket]:
        with net.hosts["client"].entered():
            cable = open_packet_socket("lo", outgoing=False)
        return {"client": cable, "server": cable}

    def _accept(self, _: Role, packet: Packet) -> None:
        frame = packet.frame[OFFLOAD_OCTETS:]
        # The last octet of the source address tells the end: 1 the client, 2 the server.
        sender: Role = "client" if frame[29] == 1 else "server"
        segment = parse(frame, sender)
        if segment is not None:
            self._remember_fin(segment)
        delivery = Delivery(peer_of(sender), frame)
        self.log.append(Passage(packet.at, sender, frame, segment, None, (delivery,)))
        self.handed.append(Handover(packet.at, delivery.towards, frame))
