"""Records filled into templates are, octet for octet, those that are made the long way."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from operator import attrgetter
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pcapflow import lines
from pcapflow.api import analyze
from pcapflow.fold import Report
from pcapflow.lines import Lines
from pcapflow.model import Connection
from pcapflow.report.records import encoded, record
from pcapflow.tcp.timers import SECOND, Settings
from tests.engine.observed import report
from tests.lab.fixtures import captures, fixture_names
from tests.properties import hostile
from tests.wire import Frame, Packet, in_time_order, pcap, transcript
from tests.wire.tunnel import IPIP, tunnelled

SAMPLES = sorted((Path(__file__).parents[1] / "samples").glob("*.pcap"))
OPENING = """
    0.000  C > S  SYN
    0.005  S > C  SYN ACK
    0.010  C > S  ACK
    0.011  C > S  PSH ACK  len=100
    0.016  S > C  ACK
"""
ORDERLY = f"""{OPENING}
    0.100  C > S  FIN ACK
    0.105  S > C  ACK
    0.200  S > C  FIN ACK
    0.205  C > S  ACK
"""
NEAR = OPENING.replace("0.010 ", "0.0051")
STORIES = {
    "open": OPENING,
    "open, captured at the client": NEAR,
    "open, octets on their way": f"{NEAR}\n 0.1  C > S  PSH ACK  len=100",
    "orderly": ORDERLY,
    "the last ACK lost": f"{ORDERLY}\n 0.500  S > C  again=8\n 0.505  C > S  ACK",
    "repeats": f"{OPENING}\n 0.1  C > S  FIN ACK\n 0.3  C > S  again=6\n 0.7  C > S  again=6",
    "half closed": f"{OPENING}\n 0.1  S > C  FIN ACK\n 0.105  C > S  ACK",
    "crossed FINs": f"""{OPENING}
        0.100  C > S  FIN ACK
        0.101  S > C  FIN ACK  ack=101
        0.106  C > S  ACK
        0.107  S > C  ACK
    """,
    "aborted": f"{OPENING}\n 0.1  S > C  RST ACK",
    "refused": "0.000  C > S  SYN\n 0.001  S > C  RST ACK",
    "unanswered": "0.000  C > S  SYN\n 1.000  C > S  again=1\n 3.000  C > S  again=1",
    "reset in TIME_WAIT": f"{ORDERLY}\n 0.300  S > C  RST",
    "picked up in the middle": "0.0  C > S  PSH ACK  seq=1 ack=1 len=9\n 0.1  S > C  ACK",
}


LATER = "2026-01-01T00:00:09Z"


def refilled(found: Report) -> list[tuple[bytes, bytes]]:
    """Each record from its template, which is cut out when its kind is met again; the long way."""
    files = [("one.pcap", 1), ("two.pcap", 7)]
    writer = Lines(found._tracker, found._shapes, found.settings, files, found.flow)
    for _ in range(3):
        told = [writer.of(index) for index in found._held]
    return list(zip(told, encoded(found.connections(), files), strict=True))


def recordings() -> Iterator[Path]:
    yield from SAMPLES
    for name in fixture_names():
        yield from (path for _, path in captures(name))


def test_every_recording() -> None:
    for path in recordings():
        for filled, made in refilled(analyze([str(path)])):
            assert filled == made, path


def test_hostile_captures() -> None:
    for seed in range(150):
        for filled, made in refilled(report(hostile.capture(seed))):
            assert filled == made, seed


class Told(NamedTuple):
    """One connection of a capture: which story, when it begins, how long its gaps are (1: as told).

    From its sixth packet on the clock stands ``back`` ns.
    """

    story: str
    begin: int
    stretch: float
    back: int
    ipv6: bool


def packets_of(connections: list[Told]) -> list[Packet]:
    """All of them as one capture sees them, however its clock runs."""
    packets = []
    for n, told in enumerate(connections):
        client = f"[fd00::{n % 3}]:{n + 1}" if told.ipv6 else f"10.0.0.{n % 3}:{n + 1}"
        server = "[fd00::9]:443" if told.ipv6 else "10.0.0.9:8080"
        wire = transcript(STORIES[told.story], client, server)
        for k, packet in enumerate(wire.packets):
            gap = int((packet.time - wire.start) * told.stretch)
            seen = wire.start + told.begin + gap
            packets.append((seen, replace(packet, time=seen - (told.back if k > 4 else 0))))
    packets.sort(key=lambda each: each[0])
    return [packet for _, packet in packets]


many = st.lists(
    st.builds(
        Told,
        story=st.sampled_from(sorted(STORIES)),
        begin=st.integers(0, 10**11),
        stretch=st.sampled_from((0.0, 1e-6, 0.1, 1.0, 7.3, 400.0)),
        back=st.sampled_from((0, 0, 0, 10_000_000, 10**11)),
        ipv6=st.booleans(),
    ),
    min_size=3,
    max_size=24,
)


@given(many, st.sampled_from((0, SECOND, 60 * SECOND)))
@settings(max_examples=200, deadline=None)
def test_connections_of_a_kind_differ_in_numbers_only(told: list[Told], time_wait: int) -> None:
    found = report(pcap(packets_of(told), nano=True), settings=Settings(time_wait=time_wait))
    for filled, made in refilled(found):
        assert filled == made


def test_what_decides_a_kind_beside_its_events() -> None:
    """Where it was captured, what is on its way, whether 2MSL have gone by, and a tunnel."""
    when = (
        (0, 1.0),
        (1, 0.1),
        (2, 1.0),
        (3, 0.1),
        (4, 400.0),
        (5, 400.0),
        (1190, 1.0),
        (1191, 0.1),
    )
    told = [Told(story, at * SECOND, by, 0, ipv6=False) for at, by in when for story in STORIES]
    packets = packets_of(told)
    inside = [packet for packet in packets if sum(packet.ports) % 2]
    bare = [packet for packet in packets if packet not in inside]
    seen: list[Packet | Frame] = [*bare, *tunnelled(inside, IPIP)]
    for filled, made in refilled(report(pcap(sorted(seen, key=attrgetter("time")), nano=True))):
        assert filled == made


def test_long_lists_of_frames_are_shortened_as_ever() -> None:
    again = "".join(f"\n {1 + n}  C > S  again=6" for n in range(70))
    wires = [transcript(STORIES["repeats"] + again, f"10.0.0.1:{n}") for n in (1, 2)]
    few = [transcript(STORIES["repeats"], f"10.0.0.1:{n}") for n in (3, 4)]

    told = refilled(report(pcap(in_time_order(*few, *wires), nano=True)))
    assert all(filled == made for filled, made in told)
    assert sum(b'"frames_total":73' in filled for filled, _ in told) == 2


def test_a_kind_is_made_the_long_way_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[int] = []

    def counted(connection: Connection, files: Sequence[tuple[str, int]]) -> dict[str, Any]:
        made.append(connection.id)
        return record(connection, files)

    monkeypatch.setattr(lines, "record", counted)
    wires = [transcript(STORIES["orderly"], f"10.0.0.1:{n}") for n in range(4)]
    wires += [transcript(STORIES["refused"], f"10.0.0.2:{n}", start=LATER) for n in range(4)]
    found = report(pcap(in_time_order(*wires), nano=True))

    assert [json.loads(line)["id"] for line in found.records()] == list(range(1, 9))
    assert made == [1, 2, 5, 6]
