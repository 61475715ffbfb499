"""Where pcapflow and tshark disagree, on recordings of real kernels and on strange captures."""

from __future__ import annotations

import lzma
from pathlib import Path

import pytest

from pcapflow import api
from pcapflow.annotate import both, cross, view
from pcapflow.cli.crossing import Crossing
from pcapflow.errors import MissingTool, UsageError
from pcapflow.tcp.timers import DEFAULTS
from tests.annotate.crossed import check, crossed, told
from tests.cli import captures
from tests.conftest import need_tool
from tests.engine.test_tunnels import KINDS, frames_of
from tests.wire import ETHERNET, LOOP, NULL, RAW, SLL, SLL2, Wire, pcap

REPOSITORY = Path(__file__).parents[2]
SAMPLES = sorted((REPOSITORY / "samples").glob("*.pcap"))
FIXTURES = REPOSITORY / "tests" / "lab" / "fixtures"
ODD = [
    "abort_in_closing/middle.pcapng",
    "any_sll2/middle.pcap",
    "duplicated_everything/middle.pcapng",
    "odd_flags/middle.pcapng",
    "rst_in_window/server.pcap",
    "sequence_wraps_at_fin/client.pcap",
    "simultaneous_close_fin_lost/server.pcap",
    "syn_in_window/middle.pcapng",
    "time_wait_reuse_refused/middle.pcapng",
    "time_wait_reuse_refused_for_good/client.pcap",
]


@pytest.fixture(autouse=True)
def _tshark() -> None:
    need_tool("tshark")


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.stem)
def test_nothing_is_unexplained_in_a_sample(sample: Path) -> None:
    found = crossed(sample)

    assert found.unexplained == 0
    assert found.trouble is None
    assert found.agreed["connections"] >= 1


@pytest.mark.parametrize("recording", ODD)
def test_nothing_is_unexplained_where_kernels_were_provoked(recording: str) -> None:
    found = crossed(FIXTURES / recording)

    assert found.differences
    assert found.unexplained == 0


@pytest.mark.parametrize(
    "recording", ["time_wait_reuse_refused/middle.pcapng", "odd_flags/server.pcap"]
)
def test_what_is_compared_is_what_the_records_say(recording: str) -> None:
    capture = str(FIXTURES / recording)
    found = crossed(capture)
    connections = list(api.analyze([capture]).connections())

    ours = {what: found.agreed[what] + found.alone(what, "pcapflow") for what in found.agreed}
    assert ours["connections"] == len(connections)
    assert ours["resets"] == sum(sum(c.rst_total) for c in connections)
    assert ours["FIN retransmissions"] == sum(
        fin.retransmitted for c in connections for fin in c.fin if fin is not None
    )


@pytest.mark.parametrize("link", [ETHERNET, LOOP, NULL, RAW, SLL, SLL2])
@pytest.mark.parametrize("host", ["10.0.0.{}", "[2001:db8::{}]"])
def test_link_types(tmp_path: Path, link: int, host: str) -> None:
    wire = Wire(host.format(5) + ":51234", host.format(9) + ":80")
    wire.handshake()
    wire.c("RST ACK")

    assert told(check(tmp_path, wire.packets, link)) == {}


@pytest.mark.parametrize("kind", KINDS)
def test_tunnels(tmp_path: Path, kind: str) -> None:
    assert told(check(tmp_path, frames_of(kind))) == {}


def test_what_no_rule_explains_is_unexplained(tmp_path: Path) -> None:
    """A pcapflow that had not seen a repeated FIN, and had taken an ACK for a RST."""
    wire = Wire()
    wire.handshake()
    fin = wire.c("FIN ACK", lost=True)
    wire.at(0.5)
    wire.c(again=fin)
    wire.s("ACK")
    path = captures.written(tmp_path, wire.pcap())
    crossing = Crossing([str(path)])
    run = api.Run(DEFAULTS, keep=False, on_batch=crossing.collect)
    run.read([str(path)])
    ours = {
        1: judged(1, flags=both.SYN, begins=True),
        4: judged(4, flags=both.FIN | both.ACK, first_fin=True),
        5: judged(5, flags=both.FIN | both.ACK),
        6: judged(6, flags=both.RST | both.ACK),
        9: judged(9, flags=both.RST),
    }

    found = cross.cross_check(view.View(str(path)), "4", ours, bytes([0] + [1] * 6))

    assert found.unexplained == 3
    assert [(d.subject, d.alone, d.reason, d.frames) for d in found.differences] == [
        ("resets", "pcapflow", None, (6, 9)),
        ("FIN retransmissions", "tshark", None, (5,)),
    ]


def judged(frame: int, **what: int) -> both.Judged:
    nothing = both.Judged(
        frame=frame,
        connection=1,
        forth=True,
        flags=0,
        seq=0,
        length=0,
        begins=False,
        reuses=False,
        taken_back=False,
        first_fin=False,
        fin_again=False,
        duplicate=False,
    )
    return both.Judged(**{name: what.get(name, getattr(nothing, name)) for name in nothing._fields})


def test_a_cut_capture_is_compared_to_where_it_ends(tmp_path: Path) -> None:
    found = crossed(captures.cut_short(tmp_path))

    assert found.unexplained == 0
    assert found.trouble is not None
    assert "cut short" in found.trouble


def test_a_damaged_capture_is_compared_up_to_there(tmp_path: Path) -> None:
    found = crossed(captures.damaged(tmp_path, record=10))

    assert found.unexplained == 0
    assert found.frames == 10


def test_a_packed_capture(tmp_path: Path) -> None:
    packed = tmp_path / "mixed.pcap.xz"
    packed.write_bytes(lzma.compress(captures.mixed()))

    assert crossed(packed).agreed["connections"] == 3


def test_several_captures_are_one(tmp_path: Path) -> None:
    need_tool("mergecap")
    packets = captures.leaking().packets
    names = [
        captures.written(tmp_path, pcap(packets[i::2], nano=True), f"{i}.pcap") for i in range(2)
    ]

    found = crossed(*names)

    assert (told(found), found.frames) == ({}, len(packets))
    assert found.agreed["connections"] == 1


def test_an_empty_capture(tmp_path: Path) -> None:
    found = check(tmp_path, [])

    assert (found.frames, found.differences) == (0, ())


def test_preferences_of_the_user_make_no_difference(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "preferences").write_text("tcp.analyze_sequence_numbers: FALSE\n")
    monkeypatch.setenv("WIRESHARK_CONFIG_DIR", str(tmp_path))

    assert crossed(REPOSITORY / "samples" / "lost_fin.pcap").agreed["FIN retransmissions"] == 1


def test_a_tshark_that_reads_nothing_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "tshark"
    broken.write_text("#!/bin/sh\necho 'tshark: out of order' >&2\nexit 3\n")
    broken.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")

    with pytest.raises(UsageError, match="tshark reads nothing of it: out of order"):
        list(view.View(str(REPOSITORY / "samples" / "orderly.pcap")).frames())


def test_no_tshark_is_an_error_with_its_fix(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(MissingTool, match=r"--cross-check needs tshark.*apt-get install tshark"):
        Crossing([])


def test_several_captures_need_mergecap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "tshark").symlink_to(need_tool("tshark"))
    monkeypatch.setenv("PATH", str(tmp_path))
    sample = REPOSITORY / "samples" / "orderly.pcap"

    with pytest.raises(MissingTool, match="several captures needs mergecap"):
        crossed(sample, sample)
