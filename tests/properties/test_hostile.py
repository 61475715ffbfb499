"""Hostile input raises nothing but pcapflow's own errors, in either form of the engine.

The same captures, read by the compiled and by the interpreted engine, give the same records.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections import Counter
from itertools import chain, pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pcapflow.engine import FORM
from pcapflow.errors import PcapflowError
from pcapflow.model import ENDS, Severity
from tests.engine.observed import report
from tests.properties import hostile
from tests.properties.records import records
from tests.wire import pcap

ROOT = Path(__file__).parents[2]
SAMPLES = sorted((ROOT / "samples").glob("*.pcap"))
SEEDS = 150


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    directory = tmp_path_factory.mktemp("hostile")
    paths = []
    for seed in range(SEEDS):
        path = directory / f"{seed}.pcap"
        path.write_bytes(hostile.capture(seed))
        paths.append(str(path))
    return paths + [str(path) for path in SAMPLES]


def other_form(files: list[str]) -> list[bytes]:
    """The records of the files by the engine's other form, in a process of its own."""
    env = {**os.environ, "PCAPFLOW_PURE": "1" if FORM == "compiled" else "0"}
    done = subprocess.run(
        [sys.executable, "-m", "tests.properties.records", *files],
        cwd=ROOT,
        env=env,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()[-2000:]
    return done.stdout.splitlines()


def test_both_forms_of_the_engine_say_the_same(files: list[str]) -> None:
    for path, theirs in zip(files, other_form(files), strict=True):
        assert records(path) == theirs, path


def test_hostile_captures_raise_only_our_errors(files: list[str]) -> None:
    for path in files:
        records(path)  # catches PcapflowError and no other


@given(st.binary(max_size=400), st.sampled_from([b"", b"\xd4\xc3\xb2\xa1\2\0\4\0", b"\n\r\r\n"]))
@settings(max_examples=100, deadline=None)
def test_random_octets(octets: bytes, magic: bytes) -> None:
    try:
        list(report(magic + octets).connections())
    except PcapflowError:
        pytest.fail("the engine raises nothing at all")


@given(st.integers(0, 2**32), st.integers(1, 90))
@settings(max_examples=80, deadline=None)
def test_random_segments_make_sound_records(seed: int, size: int) -> None:
    """Whatever was sent: paths hang together, counts add up, nothing is negative."""
    result = report(hostile.capture(seed * 5), [size] * 50)
    found = list(result.connections())
    assert sum(sum(c.packets) + c.duplicates for c in found) == result.info.tcp_packets
    assert [c.id for c in found] == list(range(1, len(found) + 1))
    assert result.total == len(found)
    for connection in found:
        for end, state in zip(ENDS, connection.states, strict=True):
            own = [t for t in connection.transitions if t.end == end]
            for earlier, later in pairwise(own):
                assert earlier.after == later.before
            assert not own or own[-1].after == state
        assert min(connection.bytes) >= 0
        assert min(connection.unacknowledged) >= 0
        assert all(span >= 0 for spans in connection.dwell for span in spans.values())
        assert connection.first <= connection.last <= connection.capture_end
        for fin in connection.fin:
            assert fin is None or 0 < len(fin.frames) <= fin.sent
        for frames, total in zip(connection.rst, connection.rst_total, strict=True):
            assert len(frames) <= total


@given(st.integers(0, 2**32), st.sampled_from([2, 20, 65_536]))
@settings(max_examples=60, deadline=None)
def test_groups_count_what_the_records_say(seed: int, node_limit: int) -> None:
    agree(hostile.capture(seed * 5), node_limit)


@given(st.integers(0, 2**32), st.integers(100, 1500))
@settings(max_examples=20, deadline=None)
def test_groups_count_connections_of_which_not_every_event_is_kept(seed: int, size: int) -> None:
    agree(pcap(hostile.segments(random.Random(seed), size), nano=True), 65_536)


def agree(octets: bytes, node_limit: int) -> None:
    """Groups and counts say what the records of all connections do."""
    result = report(octets, node_limit=node_limit)
    found = list(result.connections())
    assert sum(group.connections for group in result.groups) == len(found)
    for ending, number in result.endings.items():
        assert sum(c.ending == ending for c in found) == number
    for end in (0, 1):
        for state, number in result.states[end].items():
            assert sum(c.states[end] == state for c in found) == number, state
    told = [{(f.code, f.severity) for f in c.findings} for c in found]
    assert result.findings == Counter(chain.from_iterable(told))
    assert result.healthy == sum(not codes for codes in told)
    grouped: Counter[tuple[str, Severity]] = Counter()
    for group in result.groups:
        grouped.update({(code, severity): count for code, severity, count in group.findings})
    assert grouped == result.findings
