"""Hostile captures with a memory: mostly plausible segments, and everything odd among them.

`hostile` draws each segment for itself, so nothing there goes on for long.  Here connections open,
go on and acknowledge as honest ones do, until something odd comes, and then go on again: what the
engine takes for plain is met in every state that something odd can leave behind.
"""

from __future__ import annotations

import random
from dataclasses import replace

from tests.wire import (
    ETHERNET,
    Frame,
    Packet,
    Pcapng,
    Wire,
    frames,
    hop_by_hop,
    icmp_error,
    nop,
    sack,
)
from tests.wire.connection import Name
from tests.wire.end import End
from tests.wire.fields import SegmentFields
from tests.wire.tunnel import IPIP, SIX, tunnelled

STARTS = ("1970-01-01T00:00:00Z", "2026-01-01T00:00:00Z", "2039-01-01T00:00:00Z")
ISNS = (0, 1, 1000, 2**20, 2**31 - 1, 2**31, 2**31 + 1, 2**32 - 50, 2**32 - 1)
USUAL_GAPS = (1e-6, 1e-6, 1e-4, 0.001, 0.001, 0.02, 0.3, 1.1, 3.0)
ODD_GAPS = (6.0, 70.0, 250.0, 310.0, -0.001, -0.5, -400.0)
LENGTHS = (0, 0, 0, 0, 0, 1, 1, 5, 100, 1000, 1448)
BACK = (1, 1, 1, 2, 100, 5000, 2**30)
AHEAD = (1, 1, 2, 100, 5000, 2**26, 68 << 20, 2**31)
"""2**26 is what an end may have sent unseen; behind half of all numbers it lies before others."""
FLAGS = ("", "PSH", "PSH", "FIN", "SYN", "SYN ACK", "SYN FIN", "SYN RST", "FIN SYN RST PSH ACK URG")
NAMES: tuple[Name, ...] = ("C", "S")
OPENING: tuple[tuple[Name, str], ...] = (("C", "SYN"), ("S", "SYN ACK"), ("C", "ACK"))


class Talk:
    """Two ends that open, and reopen, connections with each other."""

    def __init__(self, chance: random.Random, start: str) -> None:
        hosts = chance.choice((("10.0.0.1", "10.0.0.2"),) * 3 + (("[::1]", "[::2]"),))
        self._chance = chance
        self._client = f"{chance.choice(hosts)}:{chance.choice((80, 5000, 5001))}"
        self._server = f"{chance.choice(hosts)}:{chance.choice((80, 5000))}"
        self._start = start
        self.open()

    def open(self) -> None:
        """Begin a connection, with new numbers."""
        chance = self._chance
        self.opened = 0
        self.numbers_datagrams = chance.random() < 0.8
        self.wire = Wire(
            self._client,
            self._server,
            start=self._start,
            client_isn=chance.choice(ISNS),
            server_isn=chance.choice(ISNS),
            client_ttl=chance.choice((64, 128, 255)),
            server_ttl=chance.choice((64, 128, 1)),
            timestamps=chance.random() < 0.5,
            window=chance.choice((501, 65_535)),
        )

    def goes_on(self) -> Packet:
        """The next segment of the opening, or one as most are."""
        chance = self._chance
        if self.opened < len(OPENING) and chance.random() < 0.9:
            name, flags = OPENING[self.opened]
            self.opened = len(OPENING) if chance.random() < 0.07 else self.opened + 1
            return self._send(name, flags, {"data": 10 if chance.random() < 0.02 else 0})
        self.opened = len(OPENING)
        lost = chance.random() < 0.01
        return self._send(
            chance.choice(NAMES), "ACK", {"data": chance.choice(LENGTHS), "captured": not lost}
        )

    def is_odd(self) -> Packet:
        """One odd segment; most often the connection goes on as if it had not been sent."""
        name = self._chance.choice(NAMES)
        me, peer = self._ends(name)
        before = me.snd_nxt
        flags, how = self._chance.choice(odd_segments(self._chance, me, peer))
        stray = self._chance.random() < 0.7
        packet = self._send(name, flags, {**how, "lost": stray})
        if stray:
            me.snd_nxt = before
        return packet

    def changes(self) -> list[Packet]:
        """Something happens that only later segments show, of which some follow at once."""
        chance = self._chance
        name = chance.choice(NAMES)
        me, _ = self._ends(name)
        match chance.choice(("way", "way", "numbers", "unseen", "unseen", "open")):
            case "way":  # a reset is compared with the way that its sender's segments came by
                me.ttl = chance.choice((me.ttl ^ 1, chance.randrange(256)))
                flags = chance.choice((("ACK",), ("ACK", "RST ACK")))
                return [self._send(name, each, {"data": 100 * (each == "ACK")}) for each in flags]
            case "numbers":
                me.ipid = (me.ipid - chance.choice((1, 5, 200))) % 2**16
            case "unseen":
                much = chance.choice((1, 100, 3000))
                return [self._send(name, "ACK", {"data": much, "captured": False})]
            case "open":
                self.open()
        return []

    def _ends(self, name: Name) -> tuple[End, End]:
        ends = self.wire.client, self.wire.server
        return ends if name == "C" else ends[::-1]

    def _send(self, name: Name, flags: str, how: SegmentFields) -> Packet:
        if name == "S" and not self.numbers_datagrams:
            how = {"ipid": 0, **how}
        return self.wire.send(name, flags, **how)


def odd_segments(
    chance: random.Random, me: End, peer: End
) -> tuple[tuple[str, SegmentFields], ...]:
    """One of each kind of odd segment that an end might send now."""
    seq, ack = me.snd_nxt, peer.snd_nxt
    back, ahead = chance.choice(BACK), chance.choice(AHEAD)
    data = chance.choice((0, 1, 1, 100))
    return (
        ("FIN ACK", {"data": data}),
        ("RST", {}),
        ("RST ACK", {}),
        ("RST ACK", {"ttl": chance.randrange(256)}),
        ("SYN", {"raw_seq": (me.isn + chance.choice((0, 70_000, -10))) % 2**32}),
        (chance.choice(FLAGS), {"data": data}),
        (chance.choice(FLAGS), {"data": data, "raw_seq": (seq - back) % 2**32}),
        ("ACK", {"data": data, "raw_seq": (seq - back) % 2**32}),
        ("ACK", {"data": data, "raw_seq": (seq + ahead) % 2**32}),
        ("ACK", {"data": data, "raw_seq": chance.choice(ISNS)}),
        ("ACK", {"data": data, "raw_ack": (ack - back) % 2**32}),
        ("ACK", {"data": data, "raw_ack": (ack + ahead) % 2**32}),
        ("ACK", {"data": data, "raw_ack": chance.choice(ISNS)}),
        ("ACK", {"data": 65_000}),
        ("ACK", {"data": data, "window": 0}),
        ("ACK", {"data": data, "ttl": chance.randrange(256)}),
        ("ACK", {"data": data, "ipid": 0}),
        ("ACK", {"data": data, "vlan": (7,)}),
        ("ACK", {"data": data, "bad_checksum": True}),
        ("ACK", {"data": data, "fragment": 24}),
        ("ACK", {"data": data, "ip_options": b"\1\1\1\0", "extensions": (hop_by_hop(),)}),
        ("ACK", {"options": nop(2) + sack(_block(ack + 100))}),
        ("ACK", {"options": nop(2) + sack(_block(ack - 100))}),
        ("ACK", {"data": data, "options": b"\xff" * 4}),
        ("ACK URG ECE CWR", {"data": data, "urgent": 1}),
    )


def _block(left: int) -> tuple[int, int]:
    return left % 2**32, (left + 100) % 2**32


class Tap:
    """Where it is all captured: by one interface or several, which may see the same packet."""

    def __init__(self, chance: random.Random, often: float) -> None:
        self._chance = chance
        self._often = often
        self.interfaces = chance.choice((1, 1, 1, 2, 3))
        self.seen: list[Packet | Frame] = []

    def sees(self, packet: Packet) -> None:
        chance = self._chance
        if not packet.captured or chance.random() < self._often / 3:
            return
        one = replace(packet, interface=chance.randrange(self.interfaces))
        shown = self._spoiled(one) if chance.random() < self._often / 4 else [one]
        self.seen += shown
        if self.interfaces > 1 and chance.random() < 0.4:
            later = packet.time + chance.choice((1000, 1_000_000))
            other = (one.interface + 1) % self.interfaces
            self.seen += [replace(each, time=later, interface=other) for each in shown]

    def sees_again(self, time: int) -> None:
        """One of the last packets comes by once more."""
        again = self._chance.choice(self.seen[-self._chance.choice((1, 12, 60)) :])
        interface = self._chance.choice((again.interface, self._chance.randrange(self.interfaces)))
        self.seen.append(replace(again, time=time, interface=interface))

    def _spoiled(self, packet: Packet) -> list[Frame]:
        """The packet cut short, within a tunnel, or what an ICMP error says of it."""
        chance = self._chance
        whole = frames(packet)
        version = 4 if "." in packet.source else 6
        match chance.choice(("cut", "tunnel", "error")):
            case "cut":
                made = [
                    replace(f, data=f.data[: chance.randrange(40, len(f.data) + 1)]) for f in whole
                ]
            case "tunnel":
                made = tunnelled([packet], IPIP if version == 4 else SIX)
            case _:
                router = "10.0.0.254" if version == 4 else "::fe"
                about = replace(packet, fragment=0)
                made = [icmp_error(about, router, 1, after=0)]
        return [replace(frame, interface=packet.interface) for frame in made]

    def capture(self, snaplen: int) -> bytes:
        """All that was seen, as a pcapng file, in the order in which it came."""
        file = Pcapng()
        file.section()
        for _ in range(self.interfaces):
            file.interface(ETHERNET, snaplen, tsresol=9)
        file.packets(self.seen)
        return file.data


def capture(seed: int, count: int = 150) -> bytes:
    """One hostile capture of about ``count`` packets; the same seed makes the same octets."""
    chance = random.Random(seed)
    often = chance.choice((0.02, 0.08, 0.3))
    start = chance.choice(STARTS)
    talks = [Talk(chance, start) for _ in range(chance.randint(1, 5))]
    tap = Tap(chance, often)
    seconds = 0.0
    for _ in range(count):
        talk = chance.choice(talks) if chance.random() < 0.6 else talks[0]
        talk.wire.at_since_start(seconds)
        kind = chance.random()
        if kind < often / 2 and tap.seen:
            tap.sees_again(talk.wire.start + round(seconds * 1e9))
        elif kind < often:
            for packet in talk.changes():
                tap.sees(packet)
        else:
            tap.sees(talk.is_odd() if chance.random() < often else talk.goes_on())
        gap = chance.choice(ODD_GAPS if chance.random() < 0.05 else USUAL_GAPS)
        seconds = max(0.0, seconds + gap)
    return tap.capture(snaplen=chance.choice((0, 0, 110)))
