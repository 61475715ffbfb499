"""Which connection is drawn, and where to."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli import captures
from tests.cli.program import pcapflow, process, sample
from tests.wire import in_time_order, pcap

PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_only_connection_needs_no_name(folder: Path) -> None:
    done = pcapflow("diagram", sample("orderly"))

    assert (done.code, done.out) == (0, "")
    assert done.err == (
        "pcapflow: wrote orderly-flow1.png: flow 1, 10.77.1.1:40255 to 10.77.1.2:8080\n"
    )
    assert (folder / "orderly-flow1.png").read_bytes().startswith(PNG)


def test_of_several_the_worst_is_drawn_and_named(folder: Path) -> None:
    captures.written(folder, captures.mixed(), "mixed.pcap")
    done = pcapflow("diagram", "mixed.pcap")

    assert done.code == 0
    assert "drawing flow 1 of 3, for its close-wait-leak; --flow names another" in done.err
    assert (folder / "mixed-flow1.png").exists()


@pytest.mark.parametrize("flow", ["3", "10.0.0.5:51236-10.0.0.9:8080"])
def test_a_connection_is_drawn_by_its_name(folder: Path, flow: str) -> None:
    captures.written(folder, captures.mixed(), "mixed.pcap")
    done = pcapflow("diagram", "mixed.pcap", "--flow", flow, "-o", "out.png")

    assert done.err == "pcapflow: wrote out.png: flow 3, 10.0.0.5:51236 to 10.0.0.9:8080\n"
    assert (folder / "out.png").read_bytes().startswith(PNG)


def test_ends_that_met_twice_are_told_apart_by_id(folder: Path) -> None:
    twice = in_time_order(
        captures.orderly(), captures.orderly(start="2026-01-01T01:00:00Z"), captures.aborted()
    )
    captures.written(folder, pcap(twice), "twice.pcap")
    done = pcapflow("diagram", "twice.pcap", "--flow", "10.0.0.5:51234-10.0.0.9:8080")

    assert done.code == 2
    assert "2 connections had these ends. Try: --flow with one of 1, 3" in done.err

    ends = "10.0.0.5:51234-10.0.0.9:8080"
    done = pcapflow("diagram", "twice.pcap", "--flow", ends, "--from", "+59m", "-o", "late.png")
    assert "wrote late.png: flow 3, " in done.err


@pytest.mark.parametrize(
    ("arguments", "flow"), [(["--port", "51236"], 3), (["--to", "+2s", "--from", "+1s"], 1)]
)
def test_the_worst_of_those_that_are_left_is_drawn(
    folder: Path, arguments: list[str], flow: int
) -> None:
    captures.written(folder, captures.mixed(), "mixed.pcap")
    done = pcapflow("diagram", "mixed.pcap", "-o", "out.png", *arguments)

    assert done.code == 0
    assert f"wrote out.png: flow {flow}, " in done.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--port", "1"], "there is no TCP connection left by the filters"),
        (["--flow", "1", "--port", "51236"], "no such connection among 1"),
    ],
)
def test_nothing_is_drawn_where_nothing_is_left(
    folder: Path, arguments: list[str], said: str
) -> None:
    captures.written(folder, captures.mixed(), "mixed.pcap")
    done = pcapflow("diagram", "mixed.pcap", *arguments)

    assert done.code == 2
    assert said in done.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--flow", "99"], "there is no connection 99"),
        (["--flow", "10.0.0.5:1-10.0.0.9:8080"], "no such connection among 3"),
        (["-o", "out.gif"], "out.gif: a picture can be one of: .png, .txt, .mmd, .puml"),
        (["-o", "out"], "out: a picture can be one of: "),
        (["-o", "there.png"], "there.png exists. Try: --force"),
    ],
)
def test_what_cannot_be_drawn(folder: Path, arguments: list[str], said: str) -> None:
    captures.written(folder, captures.mixed(), "mixed.pcap")
    captures.written(folder, b"precious", "there.png")
    done = pcapflow("diagram", "mixed.pcap", *arguments)

    assert done.code == 2
    assert said in done.err
    assert sorted(path.name for path in folder.iterdir()) == ["mixed.pcap", "there.png"]
    assert (folder / "there.png").read_bytes() == b"precious"


@pytest.mark.parametrize(
    ("ending", "begins"),
    [(".txt", "pcapflow"), (".mmd", "sequenceDiagram"), (".puml", "@startuml")],
)
def test_the_ending_of_the_file_names_the_form(folder: Path, ending: str, begins: str) -> None:
    done = pcapflow("diagram", sample("orderly"), "-o", f"out{ending}")

    assert (done.code, done.out) == (0, "")
    assert (folder / f"out{ending}").read_text(encoding="utf-8").startswith(begins)


def test_text_on_standard_output(folder: Path) -> None:
    done = pcapflow("diagram", sample("lost_final_ack"), "-o", "-")

    assert (done.code, done.err) == (0, "")
    assert "ACK of B  lost  (1)" in done.out
    assert "(1) lost-final-ack   info · path · likely" in done.out
    assert list(folder.iterdir()) == []


def test_a_form_can_be_named(folder: Path) -> None:
    assert pcapflow("diagram", sample("orderly"), "-o", "-", "--format", "mmd").out.startswith(
        "sequenceDiagram"
    )
    pcapflow("diagram", sample("orderly"), "--format", "puml")
    assert [path.name for path in folder.iterdir()] == ["orderly-flow1.puml"]


def test_letters_that_a_terminal_lacks_are_spared() -> None:
    ascii_only = {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    done = process("diagram", sample("orderly"), "-o", "-", env=ascii_only)

    assert done.code == 0
    assert "FIN_WAIT_1 +---------" in done.out


def test_a_pipe_cannot_be_read_twice() -> None:
    assert "a diagram needs a file" in pcapflow("diagram", "-").err


def test_a_capture_without_connections_has_no_picture(folder: Path) -> None:
    captures.written(folder, pcap([]), "empty.pcap")

    assert "there is no TCP connection to draw" in pcapflow("diagram", "empty.pcap").err


def test_many_healthy_ones_leave_the_choice_to_the_user(folder: Path) -> None:
    healthy = in_time_order(captures.orderly(1), captures.orderly(2))
    captures.written(folder, pcap(healthy), "healthy.pcap")

    done = pcapflow("diagram", "healthy.pcap")
    assert done.code == 2
    assert "there are 2 connections, none with a finding. Try: --flow 1" in done.err
