"""Rows that fall asleep, wake, are let go, or closed early: only the last shows in a record."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from pcapflow import api
from pcapflow.engine import layout
from pcapflow.engine.pump import Pump
from pcapflow.engine.segments import Decoder
from pcapflow.engine.track import Tracker
from pcapflow.fold import Report
from pcapflow.model import Connection
from pcapflow.report.records import record
from pcapflow.tcp.timers import Settings
from tests.engine.observed import report
from tests.wire import Wire, in_time_order, pcap, transcript

SAMPLES = sorted(Path("samples").glob("*.pcap"))
FEW = 3
"""Packets in a piece: rows are looked at after each."""


@pytest.fixture
def tired(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows fall asleep whenever they may: none is awake but those just spoken on."""

    def tracker(*arguments: int) -> Tracker:
        fresh = Tracker(*arguments)
        fresh.rows.awake = 0
        return fresh

    monkeypatch.setattr(api, "Tracker", tracker)
    monkeypatch.setattr("tests.engine.observed.Tracker", tracker)
    monkeypatch.setattr(api, "_SHORT_BATCH", 1)
    monkeypatch.setattr(api, "_BATCH", 1)


def talks(many: int, every: float, packets: int) -> Iterator[Wire]:
    """Connections that speak in turn, each with long silences, and then close."""
    for number in range(many):
        wire = Wire(f"10.0.{number >> 8}.{number & 255}:{2000 + number}", client_isn=number * 9_999)
        wire.at_since_start(number * 0.01)
        wire.handshake()
        for turn in range(packets):
            wire.at_since_start(turn * every + number * 0.01 + 1)
            wire.c("PSH ACK", data=10 + number)
            wire.s("ACK")
        wire.s("FIN ACK")
        wire.c("ACK")
        if number % 2:
            wire.c("FIN ACK")
            wire.s("ACK")
        yield wire


def records(found: Report) -> list[object]:
    return [record(each) for each in found.connections()]


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.stem)
def test_samples_read_by_rows_that_sleep(sample: Path, request: pytest.FixtureRequest) -> None:
    expected = records(api.analyze([str(sample)]))
    request.getfixturevalue("tired")
    assert records(api.analyze([str(sample)])) == expected


def test_many_rows_sleep_and_wake(request: pytest.FixtureRequest) -> None:
    octets = pcap(in_time_order(*talks(60, 7.0, 5)), nano=True)
    expected = records(report(octets))
    request.getfixturevalue("tired")
    assert records(report(octets, [FEW * 70] * 500)) == expected
    folded = report(octets, [FEW * 70] * 500, keep=False)
    assert sum(folded.endings.values()) == len(expected)


def test_a_packet_captured_twice_is_known_though_its_row_slept(
    request: pytest.FixtureRequest,
) -> None:
    packets = in_time_order(*talks(30, 2.0, 3))
    later = [replace(p, time=p.time + 400_000_000) for p in packets]
    twice = pcap(sorted([*packets, *later], key=lambda p: p.time), nano=True)
    assert report(twice).info.duplicates == len(packets)
    request.getfixturevalue("tired")
    assert report(twice, [FEW * 70] * 500).info.duplicates == len(packets)


def test_rows_of_very_long_connections_sleep_too(request: pytest.FixtureRequest) -> None:
    """Of their events the first and the last are kept; the last ones in turn."""
    wires = list(talks(6, 3.0, 2))
    for wire, many in zip(wires, (40, 92, 93, 95, 130, 141), strict=True):
        for turn in range(many):
            wire.at_since_start(20 + 0.5 * turn)
            wire.s("FIN ACK")
            wire.c("ACK")
    octets = pcap(in_time_order(*wires), nano=True)
    expected = records(report(octets))
    request.getfixturevalue("tired")
    assert records(report(octets, [FEW * 70] * 900)) == expected


def test_rows_of_a_capture_that_begins_at_the_epoch(request: pytest.FixtureRequest) -> None:
    """Simulators begin at 0: the first row that falls asleep may have begun then."""
    wires = []
    for number in range(8):
        wire = Wire(f"10.0.0.{number}:2000", start="1970-01-01T00:00:00Z")
        for second in range(number, 400, 40):
            wire.at_since_start(second)
            wire.c("SYN") if second == number else wire.c("PSH ACK", data=1)
        wires.append(wire)
    octets = pcap(in_time_order(*wires), nano=True)
    sizes = [24] + [80] * 90
    awake = records(report(octets, sizes))
    request.getfixturevalue("tired")
    assert records(report(octets, sizes)) == awake


def test_every_field_is_packed() -> None:
    """A field that is added to the layout must not be forgotten here."""
    room = Path(layout.__file__).parent
    files = ("asleep.py", "packing.py", "sides.py")
    code = "".join((room / file).read_text(encoding="utf-8") for file in files)
    functions = re.split(r"\n *def ", code)
    written = "".join(f for f in functions if f.startswith(("_put_", "put_side(", "pack(")))
    read = "".join(f for f in functions if f.startswith(("_get_", "get_side(", "unpack(")))
    others = {"used", "older", "side", "head", "tail"}  # of rows that are awake; events are apart
    others.add("order")  # comes of the addresses
    for name in set(layout.Row.__slots__) - others:
        for part in (written, read):
            assert re.search(rf"row\.{name}\b", part), name
    for name in layout.Side.__slots__:
        for part in (written, read):
            assert re.search(rf"side\.{name}\b", part), name


# ── no room ─────────────────────────────────────────────────────────────────────────────────────


def at_most(number: int, *wires: Wire, keep: bool = True) -> Report:
    settings = Settings(max_connections=number)
    return report(pcap(in_time_order(*wires), nano=True), settings=settings, keep=keep)


def an_open(client: str, *, at: float, spoke: float) -> Wire:
    """A connection that is opened, and on which the client speaks once more."""
    wire = Wire(f"{client}:40000")
    wire.at_since_start(at)
    wire.handshake()
    wire.at_since_start(spoke)
    wire.c("PSH ACK", data=5)
    return wire


def early(found: Report) -> list[str]:
    return [each.client.ip for each in found.connections() if each.closed_early]


def test_the_quietest_is_closed_early() -> None:
    found = at_most(
        3,
        an_open("10.0.0.1", at=1, spoke=9),
        an_open("10.0.0.2", at=2, spoke=5),
        an_open("10.0.0.3", at=3, spoke=7),
        an_open("10.0.0.4", at=10, spoke=11),
        an_open("10.0.0.5", at=12, spoke=13),
    )
    assert early(found) == ["10.0.0.2", "10.0.0.3"]
    assert found.info.closed_early == 2


@pytest.mark.parametrize("number", [1, 2])
def test_one_whose_ports_are_taken_again_is_replaced_and_makes_no_room(number: int) -> None:
    """It is the quietest when the new SYN comes, and was once closed early and then replaced."""
    again = Wire("10.0.0.1:40000", client_isn=900_000, server_isn=500_000)
    again.at_since_start(20)
    again.handshake()
    others = [an_open(f"10.0.0.{n}", at=10, spoke=11) for n in range(2, number + 1)]
    found = at_most(number, an_open("10.0.0.1", at=1, spoke=2), *others, again)
    told = [(each.client.ip, each.ending, each.closed_early) for each in found.connections()]
    assert told[0] == ("10.0.0.1", "replaced", False)
    assert told[-1] == ("10.0.0.1", "open", False)
    assert len(told) == found.total == number + 1


def test_its_record_says_so_and_tells_what_was_known_then() -> None:
    silent = an_open("10.0.0.1", at=1, spoke=2)
    silent.s("FIN ACK")
    silent.c("ACK")
    found = at_most(
        1,
        silent,
        transcript("90.000  C > S  SYN", "10.0.0.2:1"),
    )
    first, second = found.connections()
    assert record(first)["closed_early"] is True
    assert first.states == ("CLOSE_WAIT", "FIN_WAIT_2")
    assert 87 < first.dwell[0]["CLOSE_WAIT"] / 1e9 < 89, "until it was closed, not to the end"
    assert "close-wait-leak" in {finding.code for finding in first.findings}
    assert "closed_early" not in record(second)


def test_what_comes_later_on_it_is_a_connection_of_its_own() -> None:
    first = an_open("10.0.0.1", at=1, spoke=2)
    other = an_open("10.0.0.2", at=3, spoke=4)
    first.at_since_start(20)
    first.c("PSH ACK", data=5)
    found = at_most(1, first, other)
    assert [(c.client.ip, c.roles, c.closed_early) for c in found.connections()] == [
        ("10.0.0.1", "handshake", True),
        ("10.0.0.2", "handshake", True),
        ("10.0.0.1", "guessed", False),
    ]


@pytest.mark.parametrize("keep", [True, False])
@pytest.mark.parametrize("sleeping", [True, False])
def test_a_scan_of_many_addresses_is_counted_whole(
    keep: bool, sleeping: bool, request: pytest.FixtureRequest
) -> None:
    if sleeping:
        request.getfixturevalue("tired")
    wires = [
        transcript(f"{n / 1000}  C > S  SYN", f"10.1.{n >> 8}.{n & 255}:7") for n in range(500)
    ]
    found = at_most(20, *wires, keep=keep)
    assert found.total == 500
    assert found.info.closed_early == 480


def test_a_syn_that_is_in_doubt_is_not_closed() -> None:
    """While it is not known whether a SYN began a connection, both rows are needed."""
    old = an_open("10.0.0.1", at=1, spoke=2)
    again = Wire("10.0.0.1:40000", client_isn=77_000_000)
    again.at_since_start(3)
    again.c("SYN")
    other = an_open("10.0.0.2", at=4, spoke=5)
    old.at_since_start(6)
    old.s("ACK")
    found = at_most(2, old, again, other)
    connections: list[Connection] = list(found.connections())
    assert [(c.client.ip, c.closed_early) for c in connections] == [
        ("10.0.0.1", False),
        ("10.0.0.2", False),
    ]


@pytest.mark.parametrize("awake", [0, 1 << 20])
def test_open_rows_are_found_by_their_connections_numbers(awake: int) -> None:
    tracker = Tracker()
    tracker.rows.awake = awake
    octets = pcap(in_time_order(*talks(40, 200, 3)))
    pump = Pump(tracker, Decoder())
    for start in range(0, len(octets), 1000):
        pump.feed(memoryview(octets)[start : start + 1000])
    rows = tracker.rows
    found = {rows.number(index): index for index in rows.open()}
    assert len(found) == 40
    assert any(index & layout.ASLEEP for index in found.values()) == (awake == 0)
    assert rows.find(range(1, 42)) == found
    assert rows.find({7, 41}) == {7: found[7]}
    tracker.close()
    assert rows.find({1}) == {}


def who_sleeps() -> list[tuple[int, bool]]:
    """Each connection's number, and whether it sleeps: they speak in turn, few rows are awake."""
    tracker = Tracker()
    tracker.rows.awake = 8
    pump = Pump(tracker, Decoder())
    octets = pcap(in_time_order(*talks(40, 7.0, 3)), nano=True)
    for start in range(0, len(octets), 210):
        pump.feed(memoryview(octets[start : start + 210]))
    return [(tracker.rows.number(i), bool(i & layout.ASLEEP)) for i in tracker.rows.open()]


ALL_COLLIDE = """
import pcapflow.engine.segments as segments
from tests.engine.test_rows import who_sleeps
apart = who_sleeps()
segments.tag = lambda segment: 7
assert who_sleeps() == apart, (who_sleeps(), apart)
print(len({asleep for _, asleep in apart}))
"""


def test_a_segment_wakes_no_row_that_has_but_its_hash() -> None:
    """Which hashes collide depends on a random seed; which rows sleep, and examples, must not.

    The compiled engine lets nobody choose hashes: the interpreted one is asked.
    """
    environment = {**os.environ, "PCAPFLOW_PURE": "1"}
    asking = [sys.executable, "-c", ALL_COLLIDE]
    done = subprocess.run(asking, env=environment, capture_output=True, text=True, check=False)
    assert done.stderr == ""
    assert done.stdout.strip() == "2"  # some sleep, and some do not
