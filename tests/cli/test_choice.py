"""Choosing connections and findings."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from tests.cli import captures
from tests.cli.program import Result, pcapflow, process, sample
from tests.wire import Wire, in_time_order, pcap

LEAKING, ORDERLY, ABORTED = 1, 2, 3


@pytest.fixture
def mixed(tmp_path: Path) -> Path:
    return captures.written(tmp_path, captures.mixed())


def chosen(capture: Path, *arguments: str) -> list[int]:
    """The ids of the connections that are left."""
    done = pcapflow("analyze", capture, "--format", "csv", *arguments)
    assert done.code == 0
    return [int(row["id"]) for row in csv.DictReader(io.StringIO(done.out))]


def records(done: Result) -> list[dict[str, object]]:
    return [json.loads(line) for line in done.out.splitlines()]


@pytest.mark.parametrize(
    ("arguments", "left"),
    [
        ([], [LEAKING, ORDERLY, ABORTED]),
        (["--flow", "2"], [ORDERLY]),
        (["--flow", "10.0.0.5:51236-10.0.0.9:8080"], [ABORTED]),
        (["--flow", "10.0.0.9:8080-10.0.0.5:51236"], [ABORTED]),
        (["--host", "10.0.0.5"], [LEAKING, ORDERLY, ABORTED]),
        (["--host", "10.0.0.6"], []),
        (["--host", "10.0.0.6", "--host", "10.0.0.9"], [LEAKING, ORDERLY, ABORTED]),
        (["--host", "10.0.0.0/29"], [LEAKING, ORDERLY, ABORTED]),
        (["--host", "10.0.0.6/31"], []),
        (["--host", "10.0.0.77/24"], [LEAKING, ORDERLY, ABORTED]),
        (["--host", "::/0"], []),
        (["--from", "+1s"], [LEAKING]),
        (["--from", "2026-01-01T00:00:01Z"], [LEAKING]),
        (["--from", "+2m"], []),
        (["--to", "+10ms"], [LEAKING, ORDERLY, ABORTED]),
        (["--to", "2025-12-31"], []),
        (["--from", "+1s", "--to", "2026-01-01T00:00:02Z"], [LEAKING]),
        (["--from", "+0s", "--to", "+0s"], [LEAKING, ORDERLY, ABORTED]),
        (["--from", "+1s", "--port", "51234"], []),
        (["--port", "51234"], [ORDERLY]),
        (["--service", "10.0.0.9:8080"], [LEAKING, ORDERLY, ABORTED]),
        (["--service", "10.0.0.9"], [LEAKING, ORDERLY, ABORTED]),
        (["--service", ":8080"], [LEAKING, ORDERLY, ABORTED]),
        (["--service", ":51234"], []),
        (["--service", "10.0.0.5"], []),
        (["--service", ":1", "--service", "10.0.0.9:8080"], [LEAKING, ORDERLY, ABORTED]),
        (["--service", "[::9]:8080"], []),
        (["--port", "51234", "--port", "51235"], [LEAKING, ORDERLY]),
        (["--only", "reset-abort"], [ABORTED]),
        (["--only", "reset-abort", "--only", "close-wait-leak"], [LEAKING, ABORTED]),
        (["--severity", "warning"], [LEAKING]),
        (["--severity", "error"], []),
        (["--severity", "info"], [LEAKING, ABORTED]),
        (["--severity", "warning", "--all"], [LEAKING, ORDERLY, ABORTED]),
        (["--severity", "warning", "--port", "51236"], []),
        (["--close-wait-after", "100", "--severity", "warning"], []),
    ],
)
def test_what_is_left(mixed: Path, arguments: list[str], left: list[int]) -> None:
    assert chosen(mixed, *arguments) == left


def test_a_community_id_names_its_connection(mixed: Path) -> None:
    first = records(pcapflow("analyze", mixed, "--format", "ndjson"))[0]

    assert chosen(mixed, "--flow", str(first["community_id"])) == [LEAKING]


def test_ipv6_ends_stand_in_brackets(tmp_path: Path) -> None:
    wire = Wire(client="[2001:db8::5]:51234", server="[2001:db8::9]:80")
    wire.handshake()
    capture = captures.written(tmp_path, pcap(wire.packets))

    for flow in ("[2001:db8::5]:51234-[2001:db8::9]:80", "[2001:DB8:0::5]:51234-[2001:db8::9]:80"):
        assert chosen(capture, "--flow", flow) == [1]
    assert chosen(capture, "--host", "2001:db8:0:0::9") == [1]


def test_networks_of_ipv6(tmp_path: Path) -> None:
    wire = Wire(client="[2001:db8::5]:51234", server="[2001:db8:1::9]:80")
    wire.handshake()
    capture = captures.written(tmp_path, pcap(wire.packets))

    assert chosen(capture, "--host", "2001:db8:1::/48") == [1]
    assert chosen(capture, "--host", "2001:db8:2::/48") == []


def test_a_time_is_at_or_between_the_first_and_the_last_packet(tmp_path: Path) -> None:
    wire = captures.orderly(start="2026-01-01T00:00:00Z")
    capture = captures.written(tmp_path, pcap(wire.packets, nano=True))
    (record,) = records(pcapflow("analyze", capture, "--format", "ndjson"))
    first, last = str(record["first"]), str(record["last"])
    before = "2025-12-31T23:59:59.999999999Z"
    after = f"{last[:-2]}{int(last[-2]) + 1}Z"

    assert chosen(capture, "--to", first) == chosen(capture, "--from", last) == [1]
    assert chosen(capture, "--to", before) == chosen(capture, "--from", after) == []


@pytest.mark.parametrize("form", ["table", "json", "ndjson", "csv", "zeek"])
@pytest.mark.parametrize(
    "arguments", [["--host", "10.0.0.9/32", "--port", "51235"], ["--from", "+1s", "--to", "+2s"]]
)
def test_all_formats_are_narrowed_alike(mixed: Path, form: str, arguments: list[str]) -> None:
    done = pcapflow("analyze", mixed, "--format", form, "--all", *arguments)

    assert done.code == 0
    assert "51235" in done.out
    assert "51234" not in done.out
    assert "51236" not in done.out


@pytest.mark.parametrize("arguments", [["--from", "+1s"], ["--host", "10.0.0.0/8"]])
def test_connections_of_a_pipe_are_narrowed_as_they_end(mixed: Path, arguments: list[str]) -> None:
    expected = chosen(mixed, *arguments)
    done = process("analyze", "-", "--format", "ndjson", *arguments, stdin=mixed.read_bytes())

    assert sorted(json.loads(line)["id"] for line in done.out.splitlines()) == expected


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--host", "localhost"], "no IP address or network; names are never resolved"),
        (["--service", "localhost:80"], "no IP address; names are never resolved"),
        (["--service", "10.0.0.9:http"], "an address, or :8080"),
        (["--service", ":99999"], "no address with a port"),
        (["--host", "10.0.0.0/33"], "no IP address or network"),
        (["--port", "65536"], "65536"),
        (["--port", "http"], "http"),
        (["--from", "noon"], "'noon' is no time"),
        (["--to", "+12"], "'+12' is no time"),
        (["--from", "+2s", "--to", "+1s"], "--to is earlier than --from"),
        (["--from", "+2s", "--to", "2026-01-01"], "--to is earlier than --from"),
    ],
)
def test_what_makes_no_sense_is_one_line(mixed: Path, arguments: list[str], said: str) -> None:
    for command in ("analyze", "diagram"):
        done = pcapflow(command, mixed, *arguments)

        assert (done.code, done.out) == (2, "")
        assert said in done.err
        assert done.err.count("\n") == 1


def test_a_flow_that_is_not_there_is_an_error(mixed: Path) -> None:
    done = pcapflow("analyze", mixed, "--flow", "4")

    assert (done.code, done.out) == (2, "")
    assert "no such connection among 3" in done.err


def test_the_table_is_about_what_is_left(mixed: Path) -> None:
    done = pcapflow("analyze", mixed, "--port", "51235")

    assert "1 of 3 TCP connections" in done.out
    assert "close-wait-leak  1 connection to 10.0.0.9:8080, flow 1" in done.out
    assert "reset-abort" not in done.out


def test_findings_that_were_not_chosen_are_not_in_the_records(tmp_path: Path) -> None:
    wire = captures.leaking()
    wire.duplicate(wire.packets[5])
    capture = captures.written(tmp_path, pcap(wire.packets))

    def codes(*arguments: str) -> set[str]:
        done = pcapflow("analyze", capture, "--format", "json", *arguments)
        told = json.loads(done.out)
        in_records = {f["code"] for c in told["connections"] for f in c["findings"]}
        assert in_records == set(told["summary"]["findings"])
        return in_records

    assert codes() == {"close-wait-leak", "duplicate-frames"}
    assert codes("--severity", "warning") == {"close-wait-leak"}


def test_a_note_says_that_nothing_is_left(mixed: Path) -> None:
    assert "no connection is left by the filters" in pcapflow("analyze", mixed, "--port", "1").err


def test_all_lists_every_connection(mixed: Path) -> None:
    done = pcapflow("analyze", mixed, "--all")

    for port in (51234, 51235, 51236):
        assert f"10.0.0.5:{port} → 10.0.0.9:8080" in done.out


def test_many_alike_are_folded_with_the_longest_wait_in_the_middle(tmp_path: Path) -> None:
    wires = [captures.leaking(port, silence) for port, silence in ((1, 70), (2, 80), (3, 90))]
    capture = captures.written(tmp_path, pcap(in_time_order(*wires)))

    whole = pcapflow("analyze", capture).out
    part = pcapflow("analyze", capture, "--host", "10.0.0.5").out
    assert "close-wait-leak  3 connections" in part
    assert part.splitlines()[-9:] == whole.splitlines()[-9:]


def test_a_socket_that_is_held_is_alive_though_nothing_is_sent() -> None:
    """The pool's last packets are long gone when netstat would show ten in CLOSE_WAIT."""
    done = pcapflow(
        "analyze", sample("leaking_pool"), "--from", "+60s", "--to", "+70s", "--fail-on", "warning"
    )
    assert done.code == 1
    assert "close-wait-leak     10 connections" in done.out
