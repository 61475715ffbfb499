"""When findings become news: once a connection and level, and not before things have settled."""

from __future__ import annotations

from pcapflow.engine.pump import Pump
from pcapflow.engine.segments import Decoder
from pcapflow.engine.track import Tracker
from pcapflow.fold import Report
from pcapflow.live.news import SETTLE, Desk
from pcapflow.shapes import Shapes
from pcapflow.tcp.timers import DEFAULTS, MS, SECOND
from tests.wire import Packet, Wire, pcap

START = 1_767_225_600 * SECOND  # 2026-01-01
Line = tuple[int, tuple[tuple[str, str], ...], bool]


class Link:
    """Packets that arrive one after the other at a desk, and a clock that moves on."""

    def __init__(self) -> None:
        self.tracker = Tracker()
        self.desk = Desk(self.tracker, Shapes(self.tracker, DEFAULTS))
        self._report = Report(self.tracker, DEFAULTS, keep=False)
        self._pump = Pump(self.tracker, Decoder(), on_batch=self.desk.collect)
        self._pump.feed(memoryview(pcap([])))

    def receive(self, *packets: Packet) -> None:
        """They are captured; the clock is at the last of them."""
        self._pump.feed(memoryview(pcap(packets)[24:]))

    def at(self, seconds: float) -> list[Line]:
        """The news so many seconds after the start: (id, (code, severity) ..., ended)."""
        self.tracker.clock.now = START + round(seconds * SECOND)
        return self.news()

    def end(self) -> list[Line]:
        self.tracker.close()
        return self.news()

    def news(self) -> list[Line]:
        told: list[Line] = [
            (news.connection.id, tuple((f.code, f.severity) for f in news.findings), news.ended)
            for news in self.desk.news()
        ]
        self._report.fold()
        return told


def leaking() -> list[Packet]:
    """The server closes after 40 ms, and the client acknowledges."""
    wire = Wire()
    wire.handshake()
    wire.c("PSH ACK", data=100)
    wire.s("PSH ACK", data=200)
    wire.s("FIN ACK")
    wire.c("ACK")
    return wire.packets


def test_a_leak_is_told_when_it_is_noticed_and_when_it_is_serious() -> None:
    link = Link()
    link.receive(*leaking())

    assert link.at(1) == []
    assert link.at(9.9) == []
    assert link.at(11) == [(1, (("close-wait-leak", "info"),), False)]
    assert link.at(12) == []
    assert link.at(59) == []
    serious = (("close-wait-leak", "warning"), ("fin-wait-2-timeout", "info"))
    assert link.at(61) == [(1, serious, False)]
    assert link.at(3600) == []
    assert link.end() == [(1, (), True)]


def test_the_desk_knows_when_to_look_again() -> None:
    link = Link()
    packets = leaking()
    link.receive(*packets)

    settled = link.desk.next_due
    assert settled is not None
    assert settled <= packets[-1].time + SETTLE
    link.at(1)
    assert link.desk.next_due == packets[-1].time + 10 * SECOND
    link.at(11)
    assert link.desk.next_due == packets[-1].time + 60 * SECOND
    link.at(61)
    assert link.desk.next_due is None


def test_what_a_close_passes_through_is_no_news() -> None:
    wire = Wire()
    wire.handshake()
    wire.c("PSH ACK", data=100)
    wire.c("FIN ACK")
    wire.s("ACK")
    early = list(wire.packets)
    wire.s("PSH ACK", data=200)
    wire.s("FIN ACK")
    wire.c("ACK")
    link = Link()

    link.receive(*early)
    assert link.news() == []  # half closed, a reply owed: for some milliseconds
    link.receive(*wire.packets[len(early) :])
    link.at(5)
    assert link.end() == []  # told when it had settled


def test_a_reply_that_is_owed_is_no_leak() -> None:
    """Who spoke last is known of an open connection too."""
    wire = Wire()
    wire.handshake()
    wire.s("PSH ACK", data=10)
    wire.c("PSH ACK", data=100)
    wire.c("FIN ACK")
    wire.s("ACK")
    link = Link()
    link.receive(*wire.packets)

    assert link.at(1) == [(1, (("half-close", "info"),), False)]
    assert link.at(3600) == []


def test_one_direction_alone_is_seen_as_such() -> None:
    wire = Wire()
    wire.handshake()
    wire.c("PSH ACK", data=100)
    wire.c("FIN ACK")
    link = Link()
    link.receive(*(packet for packet in wire.packets if packet.end == "C"))

    assert link.at(60) == []  # no "never acknowledged": the ACKs' direction is not captured


def test_an_end_is_told_once_and_what_comes_after_it_too() -> None:
    wire = Wire()
    wire.handshake()
    wire.c("FIN ACK")
    wire.s("FIN ACK")
    wire.c("ACK")
    ended = list(wire.packets)
    wire.at(1)
    wire.s("FIN ACK", again=ended[-2])
    wire.c("ACK")
    link = Link()

    link.receive(*ended)
    assert link.at(0.9) == [(1, (), True)]
    link.receive(*wire.packets[len(ended) :])
    ((number, findings, over),) = link.at(3)
    assert (number, over) == (1, True)
    assert ("lost-final-ack", "info") in findings
    assert link.end() == []


def test_connections_are_told_by_first_packet() -> None:
    link = Link()
    for port in (3, 1, 2):
        wire = Wire(client=f"10.0.0.5:{port}")
        wire.handshake()
        wire.c("RST ACK")
        link.receive(*wire.packets)

    assert [number for number, _, _ in link.at(1)] == [1, 2, 3]


def test_a_syn_that_opened_nothing_is_no_connection() -> None:
    wire = Wire()
    wire.handshake()
    again = Wire(client_isn=900_000, start="2026-01-01T00:00:01Z")
    again.c("SYN")
    link = Link()
    link.receive(*wire.packets)
    link.at(0.9)
    link.receive(*again.packets)
    wire.at_since_start(1.01)
    link.receive(wire.s("ACK"))  # the challenge: the old connection stands
    link.at(2)

    assert [number for number, _, _ in link.end()] == [1]


def test_many_changes_are_one_look() -> None:
    wire = Wire()
    wire.handshake()
    wire.s("FIN ACK")
    wire.c("ACK")
    for _ in range(50):
        wire.c("PSH ACK", data=1)
    link = Link()
    link.receive(*wire.packets)

    assert link.desk.next_due == wire.start + SETTLE
    assert len(link.at(0.6)) == 1
    assert MS < SETTLE


def test_that_a_connection_was_there_before_is_told_with_what_happens_to_it() -> None:
    wire = Wire()
    wire.handshake()
    began = len(wire.packets)
    wire.c("PSH ACK", data=100)
    wire.s("PSH ACK", data=100)
    wire.c("ACK")
    open_already = len(wire.packets)
    wire.c("RST ACK")
    link = Link()
    link.receive(*wire.packets[began:open_already])
    assert link.at(60) == []
    link.receive(*wire.packets[open_already:])
    ((_, findings, _),) = link.at(61)

    assert findings == (("reset-abort", "info"), ("mid-stream", "info"))
