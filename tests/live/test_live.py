"""Watching real sockets of two hosts."""

from __future__ import annotations

import json
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any

import pytest
from jsonschema import Draft202012Validator

from tests.cli.program import DEADLINE, INTERPRETED, REPOSITORY, command
from tests.conftest import need_tool
from tests.live.network import PORT, Cable, abort, hang_up, say

SCHEMA = Draft202012Validator(json.loads((REPOSITORY / "docs" / "record.schema.json").read_text()))
Record = dict[str, Any]


@pytest.fixture(params=["dumpcap", "tcpdump", "sockets"])
def feeder(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    if name != "sockets":
        need_tool(name)
    return name


class Watching:
    """``pcapflow watch`` at the client, ready to be looked at line by line."""

    def __init__(self, running: subprocess.Popen[str], noted: list[str]) -> None:
        self.running = running
        self.noted = noted
        self.out = _of(running.stdout)
        self.seen: list[Record] = []

    def record(self, port: int, code: str | None = None) -> Record:
        """A line about the connection of this client's port, with this finding."""
        for told in self._records():
            codes = [finding["code"] for finding in told["findings"]]
            if told["client"]["port"] == port and (code is None or code in codes):
                return told
        raise AssertionError(f"pcapflow ended and told nothing of port {port}")

    def some(self, number: int) -> list[Record]:
        """The last line about each of so many connections, as soon as they are so many."""
        last: dict[int, Record] = {}
        for told in self._records():
            last[told["id"]] = told
            if len(last) == number:
                break
        return list(last.values())

    def _records(self) -> Iterator[Record]:
        """Those already read, then those to come."""
        yield from list(self.seen)
        for line in self.out:
            told: Record = json.loads(line)
            SCHEMA.validate(told)
            self.seen.append(told)
            yield told

    def line(self, words: str) -> str:
        """The next line of text with these words."""
        for line in self.out:
            if words in line:
                return line
        raise AssertionError(f"pcapflow ended and never said {words!r}")

    def said(self, words: str) -> str:
        """What stands behind these words in what it said on standard error before it watched."""
        line = next(line for line in self.noted if words in line)
        return line.partition(words)[2].strip()

    def stop(self) -> tuple[str, str]:
        """As Ctrl-C does; the rest of standard output, and standard error."""
        self.running.send_signal(signal.SIGINT)
        out, err = self.running.communicate(timeout=DEADLINE)
        return out, "".join(line for line in err.splitlines(True) if INTERPRETED not in line)


@contextmanager
def watching(hosts: Cable, *arguments: str, interface: str = "eth0") -> Iterator[Watching]:
    """From when on it captures, to its end."""
    with hosts.client.entered():
        running = subprocess.Popen(
            command("watch", *(f"-i{name}" for name in interface.split()), *arguments),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=REPOSITORY,
        )
    with running:
        try:
            noted = []
            for line in _of(running.stderr):
                noted.append(line)
                if "watching " in line:
                    break
            else:
                raise AssertionError(f"pcapflow ended: {noted}")
            yield Watching(running, noted)
        finally:
            running.kill()


def _of(stream: IO[str] | None) -> IO[str]:
    assert stream is not None
    return stream


def test_records_come_as_connections_end_or_go_wrong(hosts: Cable, feeder: str) -> None:
    with watching(
        hosts, f"--feeder={feeder}", "--format", "ndjson", "--close-wait-after", "1"
    ) as watch:
        held, closed = hosts.connect()
        say(held, closed)
        leaking = held.getsockname()[1]
        closed.close()
        client, server = hosts.connect()
        say(client, server)
        orderly = client.getsockname()[1]
        hang_up(client, server)
        client, server = hosts.connect()
        aborted = client.getsockname()[1]
        abort(client)
        server.close()

        ended = watch.record(orderly)
        assert (ended["ending"], ended["findings"]) == ("orderly", [])
        assert watch.record(aborted, "reset-abort")["ending"] == "reset"
        # The link is idle from here on: only time passes.
        leak = watch.record(leaking, "close-wait-leak")
        assert leak["states"] == {"client": "CLOSE_WAIT", "server": "FIN_WAIT_2"}
        assert [finding["severity"] for finding in leak["findings"]] == ["warning"]

        rest, err = watch.stop()
        assert watch.running.returncode == 0
        assert "3 connections" in err
        told = [json.loads(line) for line in rest.splitlines()]
        assert [record["client"]["port"] for record in told] == [leaking]

    ports = [record["client"]["port"] for record in watch.seen]
    assert sorted(ports) == sorted([orderly, aborted, leaking])


def test_findings_are_told_as_text_and_summed_up_at_the_end(hosts: Cable) -> None:
    with watching(hosts, "--plain", "--close-wait-after", "1") as watch:
        leaks = [hosts.connect() for _ in range(2)]
        for held, closed in leaks:
            say(held, closed)
            closed.close()
        hosts.refused(81)

        assert "flow 3" in watch.line("connection-refused")
        assert "nothing listens there" in watch.line("nothing listens there")
        assert "flow 1" in watch.line("close-wait-leak")
        assert "acknowledged the server's FIN" in watch.line("acknowledged")
        assert "flow 2" in watch.line("close-wait-leak")

        rest, err = watch.stop()
        assert (watch.running.returncode, err) == (0, "")
        assert f"close-wait-leak     2 connections to 10.99.0.2:{PORT}" in rest
        assert "pcapflow diagram" not in rest
        assert "-w FILE" in rest


def test_a_connection_on_its_way_to_an_orderly_end_is_no_news(hosts: Cable) -> None:
    with watching(hosts, "--plain") as watch:
        for _ in range(20):
            client, server = hosts.connect()
            say(client, server)
            hang_up(server, client)
        hosts.refused(82)

        assert "connection-refused" in watch.out.readline()
        watch.stop()


def test_only_findings_that_were_asked_for(hosts: Cable) -> None:
    with watching(hosts, "--plain", "--severity", "warning") as watch:
        client, server = hosts.connect()
        abort(client)
        server.close()
        hosts.refused(83)

        assert "connection-refused" in watch.out.readline()
        rest, _ = watch.stop()
        assert "reset-abort" in rest  # the summary is of everything


def test_a_number_of_packets_ends_it(hosts: Cable, feeder: str) -> None:
    with watching(hosts, f"--feeder={feeder}", "--format", "ndjson", "-c", "10") as watch:
        while watch.running.poll() is None:
            hosts.refused(84)
        assert watch.running.returncode == 0
        _, err = watch.running.communicate(timeout=DEADLINE)
        assert "pcapflow: 10 packets" in err


def test_a_time_ends_it(hosts: Cable) -> None:
    with watching(hosts, "--plain", "--duration", "0.2") as watch:
        out, _ = watch.running.communicate(timeout=DEADLINE)
        assert watch.running.returncode == 0
        assert "0 TCP connections" in out


def test_all_interfaces_at_once(hosts: Cable, feeder: str) -> None:
    with watching(hosts, f"--feeder={feeder}", "--format", "ndjson", interface="any") as watch:
        client, server = hosts.connect()
        say(client, server)
        port = client.getsockname()[1]
        hang_up(client, server)

        ended = watch.record(port)
        assert (ended["ending"], ended["findings"]) == ("orderly", [])
        watch.stop()


def test_loopback_shows_each_packet_once(hosts: Cable, feeder: str) -> None:
    import socket

    with watching(hosts, f"--feeder={feeder}", "--format", "ndjson", interface="lo") as watch:
        with hosts.client.entered(), socket.create_server(("127.0.0.1", 0)) as listener:
            client = socket.create_connection(listener.getsockname(), timeout=DEADLINE)
            server, _ = listener.accept()
        say(client, server)
        port = client.getsockname()[1]
        hang_up(client, server)

        ended = watch.record(port)
        assert (ended["ending"], ended["findings"]) == ("orderly", [])
        watch.stop()


def test_an_interface_that_goes_down_ends_it_with_what_was_seen(hosts: Cable, feeder: str) -> None:
    with watching(hosts, f"--feeder={feeder}", "--plain") as watch:
        hosts.refused(85)
        assert watch.line("connection-refused")
        with hosts.client.entered():
            subprocess.run(["ip", "link", "set", "eth0", "down"], check=True)

        out, err = watch.running.communicate(timeout=DEADLINE)
        assert watch.running.returncode == 2
        assert "connection-refused" in out
        assert err.endswith("eth0: is down. Try: sudo ip link set eth0 up.\n")


@pytest.mark.parametrize("form", [["--plain"], ["--format", "ndjson"]], ids=["plain", "ndjson"])
def test_a_reader_that_goes_away_ends_it_silently(hosts: Cable, form: list[str]) -> None:
    with watching(hosts, *form) as watch:
        watch.out.close()
        while watch.running.poll() is None:
            hosts.refused(86)
        assert watch.running.returncode == 0
        assert all(" packets, " in line for line in _of(watch.running.stderr))
