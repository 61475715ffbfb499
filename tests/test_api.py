"""The one way through the house: files in, a report out, and the segments of one connection."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from pcapflow import api
from pcapflow.api import analyze, trace
from pcapflow.errands import Errands
from pcapflow.errors import CaptureError, UsageError
from pcapflow.model import SEVERITIES
from pcapflow.tcp.timers import SECOND, Settings
from tests.wire import (
    Wire,
    corrupt_length,
    cut,
    gzipped,
    in_time_order,
    pcap,
    pcapng,
    record_offsets,
    transcript,
)

SAMPLES = Path(__file__).parents[1] / "samples"
Write = Callable[[str, bytes], str]

OPEN = """
    0.000  C > S  SYN
    0.005  S > C  SYN ACK
    0.010  C > S  ACK
"""
ORDERLY = f"""{OPEN}
    0.011  C > S  PSH ACK  len=100
    0.016  S > C  ACK
    0.100  C > S  FIN ACK
    0.105  S > C  FIN ACK
    0.110  C > S  ACK
"""


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a capture's octets; returns the path as users type it."""

    def to_file(name: str, octets: bytes) -> str:
        path = tmp_path / name
        path.write_bytes(octets)
        return str(path)

    return to_file


def wires(count: int) -> list[Wire]:
    return [
        transcript(ORDERLY, f"10.0.0.{n}:40000", start=f"2026-01-01T00:00:{n:02d}Z")
        for n in range(1, count + 1)
    ]


def test_a_file(write: Write) -> None:
    octets = transcript(ORDERLY).pcap()
    path = write("a.pcap", octets)
    report = analyze([path])
    (connection,) = report.connections()
    assert connection.ending == "orderly"
    assert report.fault is None
    assert (report.total, report.healthy) == (1, 1)
    assert report.engine in ("compiled", "interpreted")
    info = report.info
    assert (info.files, info.formats) == ((path,), ("pcap (little-endian, µs)",))
    assert (info.link_types, info.sha256) == (("ETHERNET",), (None,))
    assert (info.packets, info.tcp_packets, info.skipped, info.duplicates) == (8, 8, {}, 0)
    assert (info.truncated, info.octets) == (None, len(octets))
    assert (info.first, info.last) == (connection.first, connection.last)


def test_hashing(write: Write) -> None:
    octets = pcapng(transcript(ORDERLY).packets)
    report = analyze([write("a.pcapng", octets)], hashing=True)
    assert report.info.sha256 == (hashlib.sha256(octets).hexdigest(),)


def test_frames_run_on_through_several_files(write: Write) -> None:
    one, two = wires(2)
    report = analyze([write("1.pcap", one.pcap()), write("2.pcapng", pcapng(two.packets))])
    first, second = report.connections()
    assert [t.frame for t in first.transitions if t.end == "client"] == [1, 2, 6, 7, 7]
    assert [t.frame for t in second.transitions if t.end == "client"] == [9, 10, 14, 15, 15]
    assert report.info.formats == ("pcap (little-endian, µs)", "pcapng")


def test_a_connection_goes_on_in_the_next_file(write: Write) -> None:
    wire = transcript(ORDERLY)
    names = [
        write("1.pcap", pcap(wire.packets[:5])),
        write("2.pcap", pcap(wire.packets[5:7], order=">")),
        write("3.pcap.gz", gzipped(pcap(wire.packets[7:]))),
    ]
    (connection,) = analyze(names).connections()
    assert (connection.ending, connection.final_ack) == ("orderly", "seen")


def test_a_cut_file_is_a_note_and_what_is_behind_it_is_read(write: Write) -> None:
    one, two = wires(2)
    names = [write("1.pcap", cut(one.pcap(), 5)), write("2.pcap", two.pcap())]
    report = analyze(names)
    assert report.fault is None
    assert report.info.truncated is not None
    assert "packet 8" in report.info.truncated
    assert report.total == 2


def test_damage_is_a_fault_and_what_is_before_it_is_reported(write: Write) -> None:
    octets = transcript(ORDERLY).pcap()
    path = write("a.pcap", corrupt_length(octets, 5))
    report = analyze([path])
    assert report.fault is not None
    assert report.fault.frame == 6
    assert report.fault.offset == record_offsets(octets)[5]
    assert f"{0xFFFF_FFF0:,}" in str(report.fault)
    assert sum(sum(c.packets) for c in report.connections()) == 5


@pytest.mark.parametrize("octets", [b"", b"GIF89a" + bytes(30), b"\xd4\xc3", b"\n\r\r\n"])
def test_what_is_no_capture_is_raised(write: Write, octets: bytes) -> None:
    with pytest.raises(CaptureError) as caught:
        analyze([write("a.pcap", octets)])
    assert caught.value.exit_code == 2
    assert "a.pcap" in str(caught.value)


def test_a_file_that_is_not_there() -> None:
    with pytest.raises(CaptureError):
        analyze(["/nonexistent/a.pcap"])


@pytest.mark.parametrize("octets", [pcap([]), pcapng([])])
def test_a_capture_without_packets(write: Write, octets: bytes) -> None:
    report = analyze([write("a.pcap", octets)])
    assert (report.total, list(report.connections()), report.groups) == (0, [], [])
    assert (report.info.first, report.info.last) == (None, None)


def test_without_keeping_there_are_groups_and_examples(write: Write) -> None:
    octets = pcap([p for wire in wires(30) for p in wire.packets])
    report = analyze([write("a.pcap", octets)], keep=False)
    assert report.total == 30
    (group,) = report.groups
    assert (group.connections, len(group.examples)) == (30, 3)
    assert {report.examples[flow].ending for flow in group.examples} == {"orderly"}
    with pytest.raises(RuntimeError):
        next(report.connections())


def test_progress_is_told_and_only_grows(write: Write) -> None:
    told: list[tuple[int, int]] = []
    octets = transcript(ORDERLY).pcap()
    analyze([write("a.pcap", octets)], progress=lambda *how: told.append(how))
    assert told == sorted(told)
    assert told[-1] == (len(octets), 8)


def test_settings_reach_the_timers(write: Write) -> None:
    wire = transcript(ORDERLY)
    other = transcript("100.0 C > S SYN", "10.0.0.77:1")
    path = write("a.pcap", pcap([*wire.packets, *other.packets]))
    assert next(analyze([path]).connections()).states[0] == "CLOSED"
    long = Settings(time_wait=240 * SECOND)
    assert next(analyze([path], long).connections()).states[0] == "TIME_WAIT"


def test_more_than_one_buffer_is_read_by_a_thread_and_says_the_same(write: Write) -> None:
    """Over a MiB: the reader works ahead."""
    packets = [p for wire in wires(50) for p in wire.packets]
    late = transcript(ORDERLY, "10.9.9.9:1", start="2026-01-01T00:10:00Z")
    big = Wire("10.0.1.1:1")
    big.handshake()
    for _ in range(1200):
        big.c("PSH ACK", data=1400)
    everything = [*packets, *big.packets, *late.packets]
    octets = pcap(everything)
    assert len(octets) > 1 << 20
    report = analyze([write("a.pcap", octets)])
    assert (report.total, report.info.packets) == (52, len(everything))
    zipped = analyze([write("a.pcap.gz", gzipped(octets))])
    assert zipped.info.formats == ("pcap (little-endian, µs), gzip",)
    assert list(zipped.connections()) == list(report.connections())


def test_what_was_done_ahead_makes_no_difference(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Connections let go while a capture is read are folded then, even if that must wait.

    Else more of them could be held, and other examples shown.
    """
    slow = [
        transcript(
            f"""{OPEN}
            0.100        C > S  FIN ACK
            0.105        S > C  ACK
            {61 + n / 10:.3f}  S > C  FIN ACK
            {62 + n / 10:.3f}  C > S  ACK
            """,
            f"10.1.{n // 200}.{n % 200}:40000",
        )
        for n in range(1000)
    ]
    big = Wire("10.0.1.1:1", start="2026-01-01T00:09:00Z")
    big.handshake()
    for _ in range(20_000):
        big.c("PSH ACK", data=10)
    path = write("a.pcap", pcap([*in_time_order(*slow), *big.packets]))

    def told() -> list[tuple[object, ...]]:
        run = api.Run(Settings(), keep=False)
        run.read([path])
        assert run.tracker.connections.used < 20  # the others were let go
        return [(g.connections, g.findings, g.examples) for g in run.report().groups]

    def late(errands: Errands) -> bool:
        time.sleep(0.1)
        return step(errands)

    usual, step = told(), Errands.step
    monkeypatch.setattr(Errands, "step", late)
    assert told() == usual
    monkeypatch.setattr(Errands, "step", lambda errands: False)
    assert told() == usual


# ── trace ───────────────────────────────────────────────────────────────────────────────────────


def test_trace(write: Write) -> None:
    one, two = wires(2)
    octets = pcap([*one.packets, *two.packets])
    connection, segments, report = trace([write("a.pcap", octets)], 2)
    assert (connection.id, connection.client.ip, report.total) == (2, "10.0.0.2", 2)
    assert [s.frame for s in segments] == list(range(9, 17))
    assert [s.end for s in segments][:3] == ["client", "server", "client"]
    assert [(s.seq, s.ack, s.length) for s in segments[:4]] == [
        (0, None, 0), (0, 1, 0), (1, 1, 0), (1, 1, 100)
    ]  # fmt: skip
    assert [s.codes for s in segments[-3:]] == [
        ("FIN",), ("ACK_OF_FIN", "FIN"), ("ACK_OF_FIN",)
    ]  # fmt: skip
    assert segments[-1].flags == "ACK"
    assert segments[-2].flags == "FIN, ACK"
    offsets = record_offsets(octets)
    assert [s.offset for s in segments] == [at + 16 for at in offsets[8:]]


def test_several_connections_are_traced_in_one_reading(write: Write) -> None:
    one, two = wires(2)
    path = write("a.pcap", pcap([*one.packets, *two.packets]))
    report = analyze([path], keep=False)
    traced = api.segments([path], report, [2, 1])
    assert [s.frame for s in traced[1]] == list(range(1, 9))
    assert [s.frame for s in traced[2]] == list(range(9, 17))
    with pytest.raises(UsageError):
        api.segments([path], report, [1, 3])


def traced(write: Write, text: str) -> list[tuple[str, ...]]:
    """The codes of what follows a handshake and 100 octets of the client, acknowledged."""
    opened = """
        0.000  C > S  SYN
        0.005  S > C  SYN ACK
        0.010  C > S  ACK
        0.011  C > S  PSH ACK  len=100
        0.016  S > C  ACK      ack=101
    """
    _, segments, _ = trace([write("a.pcap", transcript(opened + text).pcap())], 1)
    return [segment.codes for segment in segments[5:]]


def test_trace_names_what_is_sent_again_in_mid_life(write: Write) -> None:
    assert traced(write, """
        1.000  C > S  PSH ACK  seq=101 len=50
        1.300  C > S  PSH ACK  seq=101 len=50
        1.900  C > S  PSH ACK  seq=101 len=70
    """) == [(), ("DATA_AGAIN",), ()]  # fmt: skip


def test_trace_does_not_call_octets_in_disorder_sent_again(write: Write) -> None:
    assert traced(write, """
        1.000  C > S  PSH ACK  seq=151 len=50
        1.001  C > S  PSH ACK  seq=101 len=50
        1.300  C > S  PSH ACK  seq=101 len=50
    """) == [(), (), ("DATA_AGAIN",)]  # fmt: skip


def test_trace_tells_a_keep_alive_from_a_lost_octet_and_a_window_probe(write: Write) -> None:
    assert traced(write, """
        60.000  C > S  ACK  seq=100          # RFC 9293 3.8.4: none, one before the next
        60.005  S > C  ACK  ack=101
        75.000  C > S  ACK  seq=100 len=1    # the last one again, which the server has
        75.005  S > C  ACK  ack=101
        80.000  C > S  PSH ACK  seq=101 len=1
        80.300  C > S  PSH ACK  seq=101 len=1
        80.305  S > C  ACK  ack=102 win=0
        81.000  C > S  ACK  seq=101
    """) == [
        ("KEEP_ALIVE",), (), ("KEEP_ALIVE",), (), (), ("DATA_AGAIN",), ("ZERO_WINDOW",), ()
    ]  # fmt: skip


def test_trace_marks_duplicates(write: Write) -> None:
    wire = transcript(ORDERLY)
    wire.duplicate(wire.packets[5])
    _, segments, _ = trace([write("a.pcap", wire.pcap())], 1)
    assert [s.frame for s in segments if s.duplicate] == [7]
    assert not next(s for s in segments if s.duplicate).codes


def test_trace_finds_the_parts_of_a_challenged_connection(write: Write) -> None:
    wire = transcript("""
        0.000  C > S  SYN
        0.005  S > C  SYN ACK
        0.010  C > S  ACK
        1.000  C > S  SYN  seq=900000
        1.005  S > C  ACK  ack=1
    """)
    connection, segments, _ = trace([write("a.pcap", wire.pcap())], 1)
    assert [s.frame for s in segments] == [1, 2, 3, 4, 5]
    assert connection.id == 1


@pytest.mark.parametrize("flow", [0, -1, 2, 99])
def test_trace_of_no_connection(write: Write, flow: int) -> None:
    with pytest.raises(UsageError):
        trace([write("a.pcap", transcript(ORDERLY).pcap())], flow)


# ── the samples ─────────────────────────────────────────────────────────────────────────────────


def test_the_report_of_the_samples_together() -> None:
    """All samples as one run: every connection is told once, by itself and in its group."""
    report = analyze([str(path) for path in sorted(SAMPLES.glob("*.pcap"))])
    connections = list(report.connections())
    told = [json.loads(path.read_text()) for path in SAMPLES.glob("*.expected.json")]
    number = sum(len(each["connections"]) for each in told)
    assert report.total == len(connections) == number
    assert sum(group.connections for group in report.groups) == number
    assert sum(report.endings.values()) == number
    assert {c.ending for c in connections} == set(report.endings)
    unwell = sum(1 for c in connections if c.findings)
    assert report.healthy == number - unwell
    for severity in SEVERITIES:
        found = sum(f.severity == severity for c in connections for f in c.findings)
        assert sum(n for (_, s), n in report.findings.items() if s == severity) == found


def test_importing_the_package_costs_nothing() -> None:
    code = (
        "import sys; before = set(sys.modules)\n"
        "import pcapflow; print(*sorted(set(sys.modules) - before))"
    )
    run = [sys.executable, "-c", code]
    done = subprocess.run(run, check=True, timeout=60, capture_output=True, text=True)
    ours = ["pcapflow", "pcapflow._version", "pcapflow.hints"]
    assert done.stdout.split() == ["__future__", *ours]


def test_public_names_are_what_they_say_however_much_is_loaded() -> None:
    """A module of the same name in the package would take a function's place once it is loaded."""
    code = """
import inspect, pcapflow
report = pcapflow.analyze([{path!r}])
report.diagram(1), report._repr_html_()
assert not [name for name in pcapflow.__all__ if inspect.ismodule(getattr(pcapflow, name))]
assert pcapflow.trace([{path!r}], 1)[0] == report.connection(1)
"""
    path = str(SAMPLES / "orderly.pcap")
    subprocess.run([sys.executable, "-c", code.format(path=path)], check=True, timeout=60)
