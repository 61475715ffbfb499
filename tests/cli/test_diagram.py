"""Which connection is drawn, and where to."""

from __future__ import annotations

import re
import struct
import subprocess
from pathlib import Path

import pytest

from tests.cli import captures
from tests.cli.program import REPOSITORY, command, pcapflow, process, sample
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
        (["-o", "out.gif"], "a picture can be one of: .png, .svg, .pdf, .txt, .mmd, .puml"),
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


# ---------------------------------------------------------------------------------------- options


def text(*options: str, name: str = "lost_final_ack") -> str:
    done = pcapflow("diagram", sample(name), "-o", "-", *options)
    assert (done.code, done.err) == (0, "")
    return done.out


def test_absolute_numbers_are_those_on_the_wire() -> None:
    with open(sample("orderly"), "rb") as capture:
        octets = capture.read()
    numbers = {
        tuple(map(int, found))
        for found in re.findall(r"seq (\d+) ack (\d+)", text("--absolute", name="orderly"))
    }
    assert len(numbers) == 3  # two frames bear the same
    for seq, ack in numbers:
        assert struct.pack(">II", seq, ack) in octets  # as they stand in the TCP header
    assert "seq 41 ack 41" in text("--relative", name="orderly")


def test_addresses_go_under_other_names(folder: Path) -> None:
    for suffix in (".txt", ".mmd", ".puml", ".svg", ".png", ".pdf"):
        done = pcapflow("diagram", sample("lost_final_ack"), "--redact", "-o", f"out{suffix}")
        assert done.err == f"pcapflow: wrote out{suffix}: flow 1, client-1:54715 to server-1:8080\n"
        written = (folder / f"out{suffix}").read_bytes()
        assert b"10.77.5" not in written
    told = (folder / "out.txt").read_text(encoding="utf-8")
    assert "client client-1:54715   server server-1:8080" in told
    assert "community id" not in told


def test_times_of_day() -> None:
    assert "19:55:10.2" in text("--clock", "utc")
    zone = {"TZ": "Asia/Tokyo"}
    done = process("diagram", sample("orderly"), "-o", "-", "--clock", "local", env=zone)
    assert "start 2026-11-24 04:55:10.205643 JST" in done.out
    assert "times JST" in done.out


def test_a_span_is_drawn_in_full_and_the_rest_folds() -> None:
    told = text("--from", "+1ms", "--to", "+20ms", name="orderly")
    assert "Before the part shown: 1 segment" in told
    assert "#2 · SYN, ACK" in told
    assert "After the part shown: " in told


def test_around_a_finding() -> None:
    told = text("--around", "lost-final-ack")
    assert "Before the part shown: " in told


def test_around_chooses_the_connection(folder: Path) -> None:
    captures.written(folder, captures.mixed(), "mixed.pcap")
    done = pcapflow("diagram", "mixed.pcap", "--around", "reset-abort", "-o", "out.txt")
    assert "for its reset-abort; --flow names another" in done.err


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--around", "lost-ack"], "lost-final-ack"),
        (["--around", "half-close"], "none of 3 connections has half-close"),
        (["--around", "reset-abort", "--flow", "1"], "Try: --around close-wait-leak"),
        (["--dpi", "9"], "--dpi"),
        (["--theme", "pink"], "'light', 'dark', 'print'"),
    ],
)
def test_what_cannot_be_chosen(folder: Path, options: list[str], said: str) -> None:
    captures.written(folder, captures.mixed(), "mixed.pcap")
    done = pcapflow("diagram", "mixed.pcap", *options)
    assert done.code == 2
    assert said in done.err


def test_dots_an_inch(folder: Path) -> None:
    pcapflow("diagram", sample("orderly"), "--dpi", "100", "--size", "wide", "-o", "out.png")
    assert int.from_bytes((folder / "out.png").read_bytes()[16:20]) == 1120


def test_a_binary_picture_goes_through_a_pipe() -> None:
    done = subprocess.run(
        command("diagram", sample("orderly"), "-o", "-", "--format", "pdf"),
        capture_output=True,
        check=True,
        cwd=REPOSITORY,
    )
    assert done.stdout.startswith(b"%PDF-")


# ----------------------------------------------------------------------------------- --findings


def test_findings_fill_a_folder_with_an_index(folder: Path) -> None:
    done = pcapflow("diagram", sample("leaking_pool"), "--findings", "-o", "incident/")

    assert done.code == 0
    assert done.err == "pcapflow: wrote 3 pictures and incident/index.md\n"
    page = (folder / "incident" / "index.md").read_text(encoding="utf-8")
    for file in ("01-close-wait-pileup-flow4.png", "02-orderly-flow2.png", "03-open-flow1.png"):
        assert (folder / "incident" / file).read_bytes().startswith(PNG)
        assert f"({file})" in page


def test_findings_in_another_form_under_other_names(folder: Path) -> None:
    captures.written(folder, captures.mixed(), "10.0.0.5.pcap")
    done = pcapflow("diagram", "10.0.0.5.pcap", "--findings", "--format", "txt", "--redact")

    assert done.code == 0
    written = list((folder / "10.0.0.5-findings").iterdir())
    assert len(written) == 4
    for path in written:
        assert "10.0.0." not in path.read_text(encoding="utf-8")


def test_findings_of_a_choice(folder: Path) -> None:
    captures.written(folder, captures.mixed(), "mixed.pcap")
    done = pcapflow("diagram", "mixed.pcap", "--findings", "--port", "51236", "-o", "one")
    assert done.err == "pcapflow: wrote 1 picture and one/index.md\n"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["-o", "full"], "full is not empty. Try: --force"),
        (["-o", "mixed.pcap"], "mixed.pcap is a file"),
        (["-o", "no/where"], "there is no folder no"),
        (["-o", "-"], "--findings writes a folder"),
        (["--flow", "1"], "leave out --flow and --around"),
        (["--port", "1"], "there is no TCP connection to draw"),
    ],
)
def test_where_findings_cannot_go(folder: Path, options: list[str], said: str) -> None:
    captures.written(folder, captures.mixed(), "mixed.pcap")
    (folder / "full").mkdir()
    captures.written(folder / "full", b"precious", "there.png")
    done = pcapflow("diagram", "mixed.pcap", "--findings", *options)
    assert done.code == 2
    assert said in done.err
    assert [path.name for path in (folder / "full").iterdir()] == ["there.png"]
