"""The last packets of a watch: what comes out is what tshark saw go in."""

from __future__ import annotations

import subprocess
import tracemalloc
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from pcapflow.engine.pump import Pump
from pcapflow.engine.segments import Decoder
from pcapflow.engine.track import Tracker
from pcapflow.live.ring import Ring, capture
from tests.cli.program import REPOSITORY
from tests.conftest import need_tool
from tests.wire import record_offsets

POOL = REPOSITORY / "samples" / "leaking_pool.pcap"
SECOND = 10**9


def fed(ring: Ring, octets: bytes, piece: int = 1000) -> None:
    """The capture through the engine, in pieces that cut its records."""
    pump = Pump(Tracker(), Decoder(), on_batch=ring.tracked)
    for start in range(0, len(octets), piece):
        ring.octets(octets[start : start + piece])
        pump.feed(memoryview(octets)[start : start + piece])


def again_and_again(ring: Ring, octets: bytes) -> Iterator[None]:
    """The capture, a packet at a time, each time anew when asked; offsets and frames run on."""
    pump = Pump(Tracker(), Decoder(), on_batch=ring.tracked)
    head, *records = [
        octets[start:stop] for start, stop in pairwise([0, *record_offsets(octets), len(octets)])
    ]
    ring.octets(head)
    pump.feed(memoryview(head))
    while True:
        for record in records:
            ring.octets(record)
            pump.feed(memoryview(record))
        yield


def tshark(file: Path, fields: str, only: str = "") -> list[str]:
    names = [word for field in fields.split() for word in ("-e", field)]
    command = ["tshark", "-n", "-r", str(file), "-T", "fields", *names, "-Y", only or "tcp"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()


@pytest.mark.parametrize("piece", [100, 1000, 10**6])
def test_a_connection_comes_out_as_it_went_in(tmp_path: Path, piece: int) -> None:
    need_tool("tshark")
    ring = Ring(10**12, 1 << 26)
    fed(ring, POOL.read_bytes(), piece)
    out = tmp_path / "flow.pcapng"
    out.write_bytes(capture(ring.packets({4}), {14: "the SYN"}))
    seen = "frame.time_epoch tcp.seq_raw tcp.flags tcp.len tcp.payload frame.len"
    stream = tshark(POOL, "tcp.stream", "frame.number == 14")[0]
    assert tshark(out, seen) == tshark(POOL, seen, f"tcp.stream == {stream}")
    assert tshark(out, "frame.comment", "frame.number == 1") == ["the SYN"]


def test_holds_no_more_than_it_may() -> None:
    whole, small = Ring(10**12, 1 << 26), Ring(10**12, 20_000)
    for ring in (whole, small):
        fed(ring, POOL.read_bytes())
    every = range(1, 100)
    kept, all_of_them = list(small.packets(every)), list(whole.packets(every))
    octets, index = sum(len(packet.octets) for packet in kept), 64 * len(kept)
    assert 15_000 < octets + index <= 20_000
    assert kept == all_of_them[-len(kept) :]


def test_forgets_what_is_too_long_ago() -> None:
    whole, brief = Ring(10**12, 1 << 26), Ring(SECOND // 10, 1 << 26)
    for ring in (whole, brief):
        fed(ring, POOL.read_bytes())
    every = range(1, 100)
    kept, all_of_them = list(brief.packets(every)), list(whole.packets(every))
    assert kept == all_of_them[-len(kept) :]
    assert 0 < len(kept) < len(all_of_them)


def test_a_quiet_link_costs_no_more_memory_than_a_busy_one() -> None:
    """Packets come one by one there, and each alone would be some objects of Python's."""
    ring = Ring(10**15, 1 << 20)
    rounds = again_and_again(ring, POOL.read_bytes())
    next(rounds)
    tracemalloc.start()
    for _ in range(150):
        next(rounds)
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    kept = list(ring.packets(range(1, 100_000)))
    assert held < 1.5 * (1 << 20)
    assert sum(64 + 16 + len(packet.octets) for packet in kept) > 0.9 * (1 << 20)


def test_time_that_passes_without_packets_makes_it_forget() -> None:
    ring = Ring(SECOND, 1 << 26)
    fed(ring, POOL.read_bytes())
    last = max(packet.at for packet in ring.packets(range(1, 100)))
    ring.passed(last + SECOND)
    assert list(ring.packets(range(1, 100)))
    ring.passed(last + SECOND + 1)
    assert list(ring.packets(range(1, 100))) == []


def test_nothing_is_no_capture() -> None:
    assert capture(Ring(SECOND, 1000).packets({1})) == b""
