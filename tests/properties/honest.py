"""Two honest endpoints and the wire between them, with a tap: what is true, and what is seen.

A small TCP of its own (RFC 9293 §3.10, without windows and options), written for these tests and
knowing nothing of pcapflow.  Times are ns; numbers do not wrap here.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import count

from tests.wire import Packet
from tests.wire.tcp import FLAGS

MS = 1_000_000
RTO = 200 * MS
TRIES = 4
LATE = 30 * MS
START = 1_767_225_600_000_000_000

FATES = {
    "-": "passes",
    "b": "lost before the tap",
    "a": "lost behind the tap",
    "2": "delivered twice",
    "j": "delayed behind the tap",
    "J": "delayed before the tap",
}


@dataclass(frozen=True)
class Segment:
    seq: int
    flags: frozenset[str]
    length: int = 0
    ack: int | None = None

    @property
    def after(self) -> int:
        return self.seq + self.length + ("SYN" in self.flags) + ("FIN" in self.flags)


@dataclass
class Host:
    """One endpoint; ``send`` puts a segment on the wire, ``later`` calls back after so many ns."""

    name: str
    isn: int
    send: Callable[[Host, Segment], None]
    later: Callable[[int, Callable[[], None]], None]
    now: Callable[[], int]
    state: str = "CLOSED"
    snd_una: int = 0
    snd_nxt: int = 0
    rcv_nxt: int | None = None
    fin_mark: int | None = None
    unacked: list[Segment] = field(default_factory=list)
    early: list[Segment] = field(default_factory=list)
    wanted: list[int] = field(default_factory=list)
    closing: bool = False
    tries: int = 0
    armed: int = 0
    history: list[tuple[int, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.snd_una = self.snd_nxt = self.isn
        self.history.append((0, self.state))

    def enter(self, state: str) -> None:
        self.state = state
        self.history.append((self.now(), state))

    # What the application asks for.

    def listen(self) -> None:
        self.enter("LISTEN")

    def connect(self) -> None:
        self.enter("SYN_SENT")
        self.emit("SYN")

    def write(self, octets: int) -> None:
        self.wanted.append(octets)
        self.work()

    def close(self) -> None:
        self.closing = True
        self.work()

    def work(self) -> None:
        """Send what was asked for, where the state allows it."""
        if self.state not in ("ESTABLISHED", "CLOSE_WAIT"):
            return
        while self.wanted:
            self.emit("PSH", self.wanted.pop(0))
        if self.closing:
            self.fin_mark = self.snd_nxt
            self.enter("FIN_WAIT_1" if self.state == "ESTABLISHED" else "LAST_ACK")
            self.emit("FIN")

    # What goes out.

    def emit(self, flag: str, length: int = 0) -> None:
        flags = {flag} | ({"ACK"} if self.rcv_nxt is not None else set())
        segment = Segment(self.snd_nxt, frozenset(flags), length)
        self.snd_nxt = segment.after
        self.unacked.append(segment)
        self.transmit(segment)
        if len(self.unacked) == 1:
            self.arm()

    def transmit(self, segment: Segment) -> None:
        self.send(self, replace(segment, ack=self.rcv_nxt if "ACK" in segment.flags else None))

    def acknowledge(self) -> None:
        self.transmit(Segment(self.snd_nxt, frozenset({"ACK"})))

    def arm(self) -> None:
        self.armed += 1
        mine = self.armed

        def fire() -> None:
            if mine == self.armed and self.unacked and self.state != "CLOSED":
                self.tries += 1
                if self.tries > TRIES:  # a kernel gives up without a word
                    self.unacked.clear()
                    self.enter("CLOSED")
                    return
                self.transmit(self.unacked[0])
                self.arm()

        self.later(RTO << self.tries, fire)

    # What comes in: RFC 9293 §3.10.7, in its order.

    def receive(self, segment: Segment) -> None:
        if self.state == "CLOSED":
            self.reply_reset(segment)
        elif self.state == "LISTEN":
            if segment.flags == {"SYN"}:
                self.rcv_nxt = segment.after
                self.enter("SYN_RECEIVED")
                self.emit("SYN")
            elif "RST" not in segment.flags:
                self.reply_reset(segment)
        elif self.state == "SYN_SENT":
            self.answered(segment)
        else:
            self.synchronized(segment)

    def reply_reset(self, segment: Segment) -> None:
        if "RST" in segment.flags:
            return
        if segment.ack is not None:
            self.send(self, Segment(segment.ack, frozenset({"RST"})))
        else:
            self.send(self, Segment(0, frozenset({"RST", "ACK"}), ack=segment.after))

    def answered(self, segment: Segment) -> None:
        if segment.ack != self.snd_nxt:
            return
        if "RST" in segment.flags:
            self.enter("CLOSED")
        elif "SYN" in segment.flags:
            self.rcv_nxt = segment.after
            self.acked(segment.ack)
            self.enter("ESTABLISHED")
            self.acknowledge()
            self.work()

    def synchronized(self, segment: Segment) -> None:
        assert self.rcv_nxt is not None
        if "RST" in segment.flags:
            if segment.seq == self.rcv_nxt and self.state != "TIME_WAIT":
                self.unacked.clear()
                self.enter("CLOSED")
            return
        if "SYN" in segment.flags:
            if self.state != "SYN_RECEIVED":
                self.acknowledge()
            return
        assert segment.ack is not None
        self.acked(segment.ack)
        if self.state == "CLOSED":
            return
        if segment.after != segment.seq:
            self.early.append(segment)
            self.deliver()
            if self.state != "CLOSED":
                self.acknowledge()
        self.work()

    def acked(self, ack: int) -> None:
        if not self.snd_una < ack <= self.snd_nxt:
            return
        self.snd_una = ack
        self.unacked = [s for s in self.unacked if s.after > ack]
        self.tries = 0
        self.arm()
        if self.state == "SYN_RECEIVED":
            self.enter("ESTABLISHED")
        if self.fin_mark is not None and ack > self.fin_mark:
            after = {"FIN_WAIT_1": "FIN_WAIT_2", "CLOSING": "TIME_WAIT", "LAST_ACK": "CLOSED"}
            if self.state in after:
                self.enter(after[self.state])

    def deliver(self) -> None:
        """Take in what is in order; a FIN is read when all before it was."""
        assert self.rcv_nxt is not None
        while fits := [s for s in self.early if s.seq <= self.rcv_nxt < s.after]:
            self.rcv_nxt = fits[0].after
            if "FIN" in fits[0].flags:
                after = {
                    "SYN_RECEIVED": "CLOSE_WAIT",
                    "ESTABLISHED": "CLOSE_WAIT",
                    "FIN_WAIT_1": "CLOSING",
                    "FIN_WAIT_2": "TIME_WAIT",
                }
                if self.state in after:
                    self.enter(after[self.state])
        self.early = [s for s in self.early if s.after > self.rcv_nxt]


@dataclass(frozen=True)
class Scene:
    """What happens: one-way times to the tap (ms), each packet's fate in turn, what both do.

    ``does`` are (ms, "C" or "S", octets to write, or None to close).
    """

    to_client: int
    to_server: int
    fates: str
    does: Sequence[tuple[int, str, int | None]]
    until: int


class Play:
    """Plays a scene: ``captured`` is what the tap saw, hosts keep their true history."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._time = 0
        self._events: list[tuple[int, int, Callable[[], None]]] = []
        self._order = count()
        self._fates: Iterator[str] = iter(scene.fates)
        self.captured: list[Packet] = []
        self.client = self._host("C", 1000)
        self.server = self._host("S", 5000)
        self._ids = {"C": 100, "S": 50_000}
        self.server.listen()
        self.client.connect()
        for at, who, octets in scene.does:
            host = self.client if who == "C" else self.server
            if octets is None:
                self._later(at * MS, host.close)
            else:
                self._later(at * MS, _writing(host, octets))
        self._run(scene.until * MS)
        self.captured = sorted(
            (p for p in self.captured if p.time <= START + scene.until * MS),
            key=lambda packet: packet.time,
        )

    @property
    def delay(self) -> int:
        """The longest that a packet is between an end and the tap, ns."""
        return max(self._scene.to_client, self._scene.to_server) * MS + LATE + MS

    def true_states(self, host: Host, at: int) -> set[str]:
        """The states that the host was in while light travels between it and the tap."""
        first, last = at - START - self.delay, at - START + self.delay
        states = set()
        for i, (entered, state) in enumerate(host.history):
            left = host.history[i + 1][0] if i + 1 < len(host.history) else last + 1
            if entered <= last and left >= first:
                states.add(state)
        return states

    def _host(self, name: str, isn: int) -> Host:
        return Host(name, isn, self._send, self._later, lambda: self._time)

    def _later(self, after: int, do: Callable[[], None]) -> None:
        heapq.heappush(self._events, (self._time + after, next(self._order), do))

    def _run(self, until: int) -> None:
        while self._events and self._events[0][0] <= until + self.delay:
            self._time, _, do = heapq.heappop(self._events)
            do()

    def _send(self, host: Host, segment: Segment) -> None:
        fate = next(self._fates, "-")
        near, far = self._scene.to_client, self._scene.to_server
        peer = self.server
        if host is self.server:
            near, far, peer = far, near, self.client
        if near == 0:  # the tap is on the host itself, and sees all that it sends as it leaves
            fate = {"b": "a", "J": "j"}.get(fate, fate)
        if fate == "b":
            return
        to_tap = near * MS + (LATE if fate == "J" else 0)
        on = far * MS + (LATE if fate == "j" else 0)
        seen = START + self._time + to_tap + len(self.captured)  # no two at one time
        self.captured.append(self._packet(host, segment, seen))
        if fate != "a":
            self._later(to_tap + on, lambda: peer.receive(segment))
        if fate == "2":
            self._later(to_tap + on + LATE, lambda: peer.receive(segment))

    def _packet(self, host: Host, segment: Segment, seen: int) -> Packet:
        ends = (("10.0.0.5", 51234), ("10.0.0.9", 8080))
        (source, port), (target, to_port) = ends if host is self.client else ends[::-1]
        self._ids[host.name] += 1
        return Packet(
            time=seen,
            end=host.name,
            source=source,
            destination=target,
            ports=(port, to_port),
            seq=segment.seq,
            ack=segment.ack or 0,
            flags=sum(FLAGS[flag] for flag in segment.flags),
            window=0 if "RST" in segment.flags else 502,
            payload=b"x" * segment.length,
            options=b"",
            tsval=None,
            ttl=64,
            ipid=self._ids[host.name],
        )


def _writing(host: Host, octets: int) -> Callable[[], None]:
    return lambda: host.write(octets)
