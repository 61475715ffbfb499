"""Records for programs: each line as published, in order, from files and pipes."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import IO

import pytest
from jsonschema import Draft202012Validator

from tests.cli import captures
from tests.cli.program import (
    DEADLINE,
    REPOSITORY,
    SAMPLES,
    command,
    pcapflow,
    process,
    sample,
)
from tests.wire import Wire, in_time_order, pcap

SCHEMA = Draft202012Validator(json.loads((REPOSITORY / "docs" / "record.schema.json").read_text()))
NAMES = sorted(path.stem for path in SAMPLES.glob("*.pcap"))


@pytest.mark.parametrize("name", NAMES)
def test_every_line_of_every_sample_is_as_published(name: str) -> None:
    done = pcapflow("analyze", sample(name), "--format", "ndjson")

    assert (done.code, done.err) == (0, "")
    lines = [json.loads(line) for line in done.out.splitlines()]
    assert lines
    for line in lines:
        SCHEMA.validate(line)
    assert [line["id"] for line in lines] == list(range(1, len(lines) + 1))


@pytest.mark.parametrize("name", NAMES)
def test_a_pipe_gives_the_lines_of_the_file(name: str) -> None:
    told = pcapflow("analyze", sample(name), "--format", "ndjson").out.splitlines()
    octets = Path(sample(name)).read_bytes()
    piped = process("analyze", "-", "--format", "ndjson", stdin=octets)

    assert (piped.code, piped.err) == (0, "")
    assert sorted(piped.out.splitlines()) == sorted(told)


def test_a_pipe_may_be_a_table_too() -> None:
    done = process("analyze", "-", stdin=captures.mixed())

    assert "standard input" in done.out
    assert "3 TCP connections" in done.out


@pytest.mark.parametrize(
    ("arguments", "code"),
    [([], 0), (["--fail-on", "info"], 1), (["--fail-on", "error"], 0), (["--strict"], 2)],
)
def test_exit_codes_of_a_pipe_are_those_of_a_file(arguments: list[str], code: int) -> None:
    octets = captures.mixed()[:-7]
    done = process("analyze", "-", "--format", "ndjson", *arguments, stdin=octets)

    assert (done.code, done.out.count("\n")) == (code, 3)
    assert "octets are left over" in done.err


def test_filters_hold_for_a_pipe() -> None:
    arguments = ["analyze", "-", "--format", "ndjson", "--severity", "warning"]
    done = process(*arguments, stdin=captures.mixed())

    assert [json.loads(line)["id"] for line in done.out.splitlines()] == [1]


def test_a_connection_is_told_when_it_is_over_though_the_pipe_is_not() -> None:
    early, late = captures.orderly(), Wire(start="2026-01-01T00:05:00Z", client="10.0.0.5:51235")
    late.handshake()
    for _ in range(400):  # rows are looked at in turn, as packets come
        late.c("PSH ACK", data=1)
    octets = pcap(in_time_order(early, late))
    with subprocess.Popen(
        command("analyze", "-", "-q", "--format", "ndjson"),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=REPOSITORY,
    ) as running:
        try:
            pipe, lines = _of(running.stdin), _of(running.stdout)
            pipe.write(octets)
            pipe.flush()
            assert json.loads(lines.readline())["id"] == 1
            pipe.close()
            assert json.loads(lines.readline())["id"] == 2
            assert running.wait(DEADLINE) == 0
        finally:
            running.kill()


def _of(stream: IO[bytes] | None) -> IO[bytes]:
    assert stream is not None
    return stream


def test_several_files_are_one_capture_in_the_order_of_time(tmp_path: Path) -> None:
    late = captures.orderly(2, "2026-01-01T00:10:00Z").packets
    early = Wire(client="10.0.0.5:1")
    early.handshake()
    middle = [*early.packets]
    early.at(30)
    early.c("FIN ACK")
    rest = [packet for packet in early.packets if packet not in middle]
    files = [
        captures.written(tmp_path, pcap(packets), name)
        for packets, name in ((late, "a.pcap"), (middle, "b.pcap"), (rest, "c.pcap"))
    ]

    done = pcapflow("analyze", *files, "--format", "ndjson")
    lines = [json.loads(line) for line in done.out.splitlines()]

    assert [line["client"]["port"] for line in lines] == [1, 2]
    assert lines[0]["fin"]["client"]["frames"] == [4]
    assert lines[1]["transitions"][0]["frame"] == 5
    begins = [("b.pcap", 1), ("c.pcap", 4), ("a.pcap", 5)]
    for line in lines:
        SCHEMA.validate(line)
        told = [(Path(file["name"]).name, file["first_frame"]) for file in line["files"]]
        assert told == begins


def test_a_file_without_packets_is_no_hindrance(tmp_path: Path) -> None:
    empty = captures.written(tmp_path, pcap([]), "empty.pcap")
    full = captures.written(tmp_path, captures.mixed(), "full.pcap")

    assert "3 TCP connections" in pcapflow("analyze", empty, full).out
    assert "0 TCP connections" in pcapflow("analyze", empty).out


def test_tools_options_are_accepted() -> None:
    told = pcapflow("analyze", sample("orderly")).out

    assert pcapflow("analyze", "-n", "-r", sample("orderly")).out == told
