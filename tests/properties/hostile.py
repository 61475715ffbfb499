"""Captures that nobody meant well: random segments, mutated files, random octets."""

from __future__ import annotations

import random

from tests.wire import ETHERNET, RAW, Frame, Packet, Pcapng, Wire, pcap

EDGES = (0, 1, 2**31 - 1, 2**31, 2**31 + 1, 2**32 - 1)
FLAGS = ("", "SYN", "SYN ACK", "ACK", "PSH ACK", "FIN ACK", "FIN", "RST", "RST ACK", "SYN FIN ACK")


def segments(chance: random.Random, count: int) -> list[Packet]:
    """Random segments on a handful of four-tuples, near enough to each other to matter."""
    ends = [f"10.0.0.{n}:{port}" for n in (1, 2) for port in (80, 5000)] + ["[::1]:80", "[::2]:80"]
    wires = []
    for _ in range(3):
        version = chance.choice((4, 4, 6))
        pool = [end for end in ends if (version == 6) == end.startswith("[")]
        client, server = chance.sample(pool, 2)
        isn = chance.choice((*EDGES, 1000))
        wires.append(Wire(client, server, client_isn=isn, server_isn=chance.choice(EDGES)))
    packets = []
    for _ in range(count):
        wire = chance.choice(wires)
        wire.at(chance.choice((1e-6, 0.001, 0.3, 2.0, 100.0, 400.0, -0.5)))
        how = _numbers(chance)
        packets.append(wire.send(chance.choice("CS"), chance.choice(FLAGS), **how))  # type: ignore[arg-type]
        if chance.random() < 0.1:
            packets.append(packets[-1])
    return packets


def _numbers(chance: random.Random) -> dict[str, object]:
    how: dict[str, object] = {"data": chance.choice((0, 0, 0, 1, 100))}
    if chance.random() < 0.3:
        how["seq"] = chance.choice((0, 1, 2, 100, 101, 2**31, 65_000))
    if chance.random() < 0.3:
        how["ack"] = chance.choice((0, 1, 2, 100, 101, 2**31, 65_000))
    if chance.random() < 0.1:
        how["raw_seq"] = chance.choice(EDGES)
    if chance.random() < 0.2:
        how["window"] = chance.choice((0, 1, 65535))
    if chance.random() < 0.1:
        how["ipid"] = chance.choice((0, 7))
    return how


def mutated(chance: random.Random, octets: bytes) -> bytes:
    """The octets with a few of them changed, lost, repeated or inserted."""
    spoiled = bytearray(octets)
    for _ in range(chance.randint(1, 8)):
        at = chance.randrange(len(spoiled))
        kind = chance.random()
        if kind < 0.6:
            spoiled[at] = chance.choice((0, 1, 0x7F, 0x80, 0xFF, chance.randrange(256)))
        elif kind < 0.75:
            del spoiled[at : at + chance.randint(1, 40)]
        elif kind < 0.9:
            spoiled[at:at] = spoiled[at : at + chance.randint(1, 60)]
        else:
            spoiled[at:at] = chance.randbytes(chance.randint(1, 12))
        if not spoiled:
            spoiled = bytearray(b"\0")
    return bytes(spoiled)


def capture(seed: int) -> bytes:
    """One hostile capture; the same seed makes the same octets."""
    chance = random.Random(seed)
    packets = segments(chance, chance.randint(1, 60))
    kind = seed % 5
    if kind == 0:
        return pcap(packets, nano=True)
    if kind == 1:
        return mutated(chance, pcap(packets, order=chance.choice("<>")))
    if kind == 2:
        return mutated(chance, _pcapng(packets, chance.choice("<>")))
    if kind == 3:
        junk = [
            Frame(n, data, len(data))
            for n, data in enumerate(chance.randbytes(chance.randint(0, 90)) for _ in range(40))
        ]
        return pcap([*junk, *packets], chance.choice((ETHERNET, RAW, 0, 104, 113, 239, 276)))
    return chance.choice((b"\xd4\xc3\xb2\xa1", b"\x0a\x0d\x0d\x0a", b"")) + chance.randbytes(300)


def _pcapng(packets: list[Packet], order: str) -> bytes:
    file = Pcapng()
    file.section(order)
    file.interface(ETHERNET, tsresol=9)
    file.packets(packets)
    return file.data
