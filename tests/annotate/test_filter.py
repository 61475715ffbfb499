"""Display filters, as tshark understands them."""

from __future__ import annotations

import asyncio
import csv
import io
import lzma
from pathlib import Path

import pytest

from pcapflow.errors import MissingTool, UsageError
from tests.cli import captures
from tests.cli.program import pcapflow, process, sample
from tests.conftest import need_tool
from tests.wire import pcap


@pytest.fixture(autouse=True)
def _tshark() -> None:
    need_tool("tshark")


def test_the_frames_that_a_filter_shows() -> None:
    from pcapflow.annotate import filter as wireshark

    shown = wireshark.frames(sample("lost_final_ack"), "tcp.flags.fin == 1")

    assert shown == (frozenset({8, 10, 12}), None)


def test_a_filter_that_shows_nothing() -> None:
    from pcapflow.annotate import filter as wireshark

    assert wireshark.frames(sample("orderly"), "tcp.port == 1").frames == frozenset()


def test_a_wrong_filter_is_refused_in_tsharks_words() -> None:
    from pcapflow.annotate import filter as wireshark

    wireshark.check("tcp.port == 80")
    with pytest.raises(UsageError, match=r"-Y 'tcp\.prt == 80': .*tcp\.prt"):
        wireshark.check("tcp.prt == 80")


def test_a_cut_capture_is_shown_to_where_it_ends(tmp_path: Path) -> None:
    from pcapflow.annotate import filter as wireshark

    frames, trouble = wireshark.frames(str(captures.cut_short(tmp_path)), "tcp")

    assert frames == frozenset(range(1, len(frames) + 1))
    assert trouble is not None
    assert "cut short" in trouble


def test_no_tshark_is_an_error_with_its_fix(monkeypatch: pytest.MonkeyPatch) -> None:
    from pcapflow.annotate import filter as wireshark

    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(MissingTool, match="apt-get install tshark"):
        wireshark.check("tcp")


def test_no_event_loop_is_left_behind() -> None:
    from pcapflow.annotate import filter as wireshark

    wireshark.frames(sample("orderly"), "tcp")

    async def nothing() -> str:
        return "done"

    assert asyncio.run(nothing()) == "done"


def test_a_program_named_in_the_current_directory_is_not_run(tmp_path: Path) -> None:
    (tmp_path / "config.ini").write_text("[something]\nelse = 1\n")
    code = (
        "from pcapflow.annotate import filter as wireshark\n"
        f"print(sorted(wireshark.frames({sample('orderly')!r}, 'tcp.flags.syn == 1').frames))"
    )
    import os
    import subprocess
    import sys

    from tests.cli.program import DEADLINE, REPOSITORY

    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        capture_output=True,
        text=True,
        timeout=DEADLINE,
        check=False,
    )
    assert (done.stdout, done.stderr) == ("[1, 2]\n", "")


def ids(*arguments: str | Path) -> list[int]:
    done = pcapflow("analyze", "--format", "csv", *arguments)
    assert done.code == 0
    return [int(row["id"]) for row in csv.DictReader(io.StringIO(done.out))]


def test_only_connections_with_a_frame_that_matches_are_reported(tmp_path: Path) -> None:
    capture = captures.written(tmp_path, captures.mixed())

    assert ids(capture, "-Y", "tcp.flags.reset == 1") == [3]
    assert ids(capture, "-Y", "tcp.flags.fin == 1") == [1, 2]
    assert ids(capture, "-Y", "tcp.flags.fin == 1", "--severity", "warning") == [1]
    assert ids(capture, "-Y", "udp") == []


def test_frames_of_several_files_are_counted_in_each(tmp_path: Path) -> None:
    first = captures.written(tmp_path, pcap(captures.orderly(1).packets), "1.pcap")
    later = captures.orderly(2, "2026-01-01T01:00:00Z")
    second = captures.written(tmp_path, pcap(later.packets), "2.pcap")

    assert ids(first, second, "-Y", "tcp.srcport == 2 && tcp.flags.syn == 1") == [2]
    assert ids(second, first, "-Y", "frame.number == 1") == [1, 2]


def test_a_wrong_filter_is_wrong_usage() -> None:
    done = pcapflow("analyze", sample("orderly"), "-Y", "tcp ==")

    assert (done.code, done.out) == (2, "")
    assert done.err.count("\n") == 1


def test_a_filter_needs_a_file() -> None:
    assert "-Y reads a capture twice" in process("analyze", "-", "-Y", "tcp").err


def test_a_filter_without_tshark_says_what_to_install() -> None:
    done = process("analyze", sample("orderly"), "-Y", "tcp", env={"PATH": "/nowhere"})

    assert done.code == 2
    assert done.err == (
        "pcapflow: -Y needs tshark, which is not installed. Try: sudo apt-get install tshark\n"
    )


def test_what_tshark_cannot_unpack_is_unpacked_for_it(tmp_path: Path) -> None:
    packed = tmp_path / "mixed.pcap.xz"
    packed.write_bytes(lzma.compress(captures.mixed()))

    done = pcapflow("analyze", packed, "--format", "csv", "-Y", "tcp.port == 51234")

    assert (done.code, done.err) == (0, "")
    assert [row["client_port"] for row in csv.DictReader(io.StringIO(done.out))] == ["51234"]
