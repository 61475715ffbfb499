"""The lab itself: it stays apart from the program, its samples are complete, its truth agrees."""

from __future__ import annotations

import ast
import hashlib
import json
import os
import re
import struct
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from . import LabError
from .fixtures import load, write_fixture
from .kernel import INSTANCE_PREFIX, TRACEFS, parse_trace
from .play import play_all
from .recording import record, why_not
from .samples import README, SAMPLES, sample_names
from .scenarios import SCENARIOS
from .score.baseline import read_open_items
from .score.items import OPEN
from .score.run import judged
from .segment import Role, Segment, parse
from .stage import Stage
from .wire import Delivery, Rules

HERE = Path(__file__).parent
FIN, RST, ACK = 0x01, 0x04, 0x10


def a_frame(flags: int, *, seq: int = 1000, ack: int = 5000, payload: bytes = b"") -> bytes:
    ethernet = bytes(12) + b"\x08\x00"
    ip = struct.pack("!BBHHHBBH8x", 0x45, 0, 40 + len(payload), 0, 0, 64, 6, 0)
    tcp = struct.pack("!HHIIHHHH", 40000, 8080, seq, ack, 5 << 12 | flags, 1024, 0, 0)
    return ethernet + ip + tcp + payload


def a_segment(flags: int, sender: Role = "client", **fields: Any) -> Segment:
    segment = parse(a_frame(flags, **fields), sender)
    assert segment is not None
    return segment


def names_imported(tree: ast.AST) -> set[str]:
    imported = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            imported |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            imported.add(node.module or "")
    return imported


@pytest.fixture
def needs_kernel() -> None:
    reason = why_not()
    if reason and os.environ.get("CI"):
        pytest.fail(reason)
    if reason:
        pytest.skip(reason)


# ---------------------------------------------------------------- apart from the program


@pytest.mark.parametrize("module", sorted(HERE.glob("*.py")), ids=lambda path: path.name)
def test_no_module_imports_the_program(module: Path) -> None:
    roots = {name.partition(".")[0] for name in names_imported(ast.parse(module.read_text()))}
    assert "pcapflow" not in roots


def test_loading_the_lab_does_not_load_the_program() -> None:
    script = "import sys, tests.lab.__main__; sys.exit('pcapflow' in sys.modules)"
    subprocess.run([sys.executable, "-c", script], cwd=HERE.parents[1], check=True)


# ---------------------------------------------------------------- samples are complete


def test_every_sample_has_its_expected_file_and_line_and_nothing_is_left_over() -> None:
    listed = re.findall(r"^\| \[(\w+)\.pcap\]", README.read_text(), re.MULTILINE)
    assert listed == sample_names()
    assert {path.name for path in SAMPLES.glob("*.pcap")} == {f"{name}.pcap" for name in listed}
    assert {path.name for path in SAMPLES.glob("*.json")} == {
        f"{name}.expected.json" for name in listed
    }


@pytest.mark.parametrize("name", sample_names())
def test_expected_file_belongs_to_its_capture(name: str) -> None:
    told = json.loads((SAMPLES / f"{name}.expected.json").read_text())
    capture = (SAMPLES / told["capture"]["file"]).read_bytes()
    assert told["scenario"] == name
    assert told["capture"]["sha256"] == hashlib.sha256(capture).hexdigest()


# ---------------------------------------------------------------- wire and trace, by themselves


def test_a_rule_decides_as_often_as_it_says() -> None:
    rules = Rules()
    rules.drop(lambda it: it.has("FIN"), times=1)
    fin = a_segment(FIN | ACK)
    assert rules.judge(fin) == ("drop", [])
    assert rules.judge(fin) == (None, [Delivery("server", fin.frame)])


def test_rules_delay_repeat_and_forge() -> None:
    rules = Rules()
    ack, data, fin = a_segment(ACK), a_segment(ACK, payload=b"x"), a_segment(FIN | ACK)
    forged = a_frame(RST)
    rules.delay(lambda it: it.pure_ack, 20)
    rules.duplicate(lambda it: it.length > 0, 3)
    rules.inject(lambda it: it.has("FIN"), lambda _: Delivery("client", forged))
    assert rules.judge(ack) == ("delay", [Delivery("server", ack.frame, 20)])
    assert rules.judge(data) == (
        "duplicate",
        [Delivery("server", data.frame), Delivery("server", data.frame, 3)],
    )
    assert rules.judge(fin) == (
        "inject",
        [Delivery("server", fin.frame), Delivery("client", forged)],
    )


@pytest.mark.parametrize(("ack", "covers"), [(1001, False), (1002, True), (900, False)])
def test_an_ack_covers_a_fin_from_the_number_after_it(ack: int, covers: bool) -> None:
    fin = a_segment(FIN | ACK, seq=1000, payload=b"x")
    assert a_segment(ACK, "server", ack=ack).covers(fin.fin_mark) is covers


def test_a_fin_mark_wraps() -> None:
    fin = a_segment(FIN | ACK, seq=0xFFFFFFFF, payload=b"x")
    assert fin.fin_mark == 0
    assert a_segment(ACK, "server", ack=1).covers(0)
    assert not a_segment(ACK, "server", ack=0xFFFFFFFF).covers(0)


def test_trace_lines_are_read_whatever_the_task_is_called() -> None:
    text = """\
# tracer: nop
  my [task] 1: x-42      [001] b.s2.    12.000345: inet_sock_set_state: family=AF_INET \
protocol=IPPROTO_TCP sport=8080 dport=40000 saddr=10.77.1.2 daddr=10.77.1.1 saddrv6=::1 \
daddrv6=::1 oldstate=TCP_FIN_WAIT2 newstate=TCP_CLOSE
          <idle>-0       [000] ..s2.    11.000001: tcp_send_reset: skbaddr=0 skaddr=0 \
src=10.77.1.1:40000 dest=10.77.1.2:8080 state=UNKNOWN reason=NO_SOCKET
"""
    reset, closed = parse_trace(text, tai_ahead_s=1)
    assert (reset.at, reset.local, reset.remote) == (
        10_000_001_000,
        ("10.77.1.1", 40000),
        ("10.77.1.2", 8080),
    )
    assert (reset.old, reset.reason) == (None, "NO_SOCKET")
    assert (closed.at, closed.old, closed.new) == (11_000_345_000, "FIN_WAIT_2", "CLOSED")


def test_an_event_that_cannot_be_read_is_an_error() -> None:
    with pytest.raises(LabError):
        parse_trace("task-1 [000] ...: tcp_send_reset: garbled", 0)


# ---------------------------------------------------------------- fresh recordings

FRESH = (
    "orderly",
    "orderly_server_first",
    "three_segment_close",
    "simultaneous_close",
    "lost_fin",
    "lost_final_ack",
    "abort_linger0",
    "close_with_unread_data",
    "refused",
    "time_wait_reuse",
    "ipv6_abort",
    "loopback",
    "offload",
)


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The scenarios of FRESH, played just now, all at once."""
    reason = why_not()
    if reason and os.environ.get("CI"):
        pytest.fail(reason)
    if reason:
        pytest.skip(reason)
    home = tmp_path_factory.mktemp("fresh")
    assert play_all(list(FRESH), home, write_fixture) == 0
    return home


def test_the_kernel_goes_through_the_states_of_the_rfc(fresh: Path) -> None:
    [connection] = load("orderly", fresh)["connections"]
    path = {
        "client": ["SYN_SENT", "ESTABLISHED", "FIN_WAIT_1", "FIN_WAIT_2", "TIME_WAIT"],
        "server": ["SYN_RECEIVED", "ESTABLISHED", "CLOSE_WAIT", "LAST_ACK", "CLOSED"],
    }
    for role, states in path.items():
        steps = connection["timeline"][role]
        assert [step["state"] for step in steps] == states
        assert sorted(step["at"] for step in steps) == [step["at"] for step in steps]
        assert connection["states"][role] == states[-1]


@pytest.mark.timeout(180)
@pytest.mark.parametrize("name", FRESH)
def test_fresh_recordings_are_judged_as_the_fixtures_are(fresh: Path, name: str) -> None:
    items = judged([name], fresh)
    listed = read_open_items()
    assert [str(item) for item in items if item.verdict == "false-certain"] == []
    assert [str(it) for it in items if it.verdict in OPEN and it.key not in listed] == []


def test_a_dozen_is_fresh() -> None:
    assert len(FRESH) >= 12


@pytest.mark.usefixtures("needs_kernel")
def test_nothing_is_left_behind_when_a_scenario_fails() -> None:
    def fall_over(stage: Stage) -> None:
        stage.connect()
        raise LabError("on purpose")

    home = os.readlink("/proc/thread-self/ns/net")
    failing = replace(SCENARIOS["orderly"], play=fall_over)
    with pytest.raises(LabError, match="on purpose"):
        record(failing)
    assert os.readlink("/proc/thread-self/ns/net") == home
    assert not list((TRACEFS / "instances").glob(f"{INSTANCE_PREFIX}{os.getpid()}-*"))
    assert not {thread.name for thread in threading.enumerate()} & {"wire", "watcher"}
