"""Whoever captures: what is read from them, and what is said when they break off."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.cli import captures
from tests.cli.program import DEADLINE, INTERPRETED, REPOSITORY, command, sample
from tests.conftest import need_root, need_tool
from tests.live.network import ADDRESSES, Cable, abort, hang_up, say
from tests.live.test_live import Watching, watching
from tests.wire import pcap

NO_RIGHTS = ("--bounding-set=-all", "--inh-caps=-all")


def said(watch: Watching) -> str:
    """Standard error to its end."""
    _, err = watch.running.communicate(timeout=DEADLINE)
    return "".join(line for line in err.splitlines(True) if INTERPRETED not in line)


def children(watch: Watching) -> list[int]:
    pid = watch.running.pid
    return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def watch_stdin(octets: bytes, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Without any right, from a pipe that ends."""
    setpriv = need_tool("setpriv")
    done = subprocess.run(
        [setpriv, *NO_RIGHTS, *command("watch", "-", *arguments)],
        input=octets,
        capture_output=True,
        cwd=REPOSITORY,
        timeout=DEADLINE,
        check=False,
    )
    err = "".join(li for li in done.stderr.decode().splitlines(True) if INTERPRETED not in li)
    return subprocess.CompletedProcess(done.args, done.returncode, done.stdout.decode(), err)


def records(path: Path) -> list[dict[str, Any]]:
    """What `analyze` tells of a capture."""
    done = subprocess.run(
        command("analyze", path, "--format", "ndjson", "--all"),
        capture_output=True,
        text=True,
        cwd=REPOSITORY,
        timeout=DEADLINE,
        check=True,
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.parametrize("feeder", ["dumpcap", "tcpdump"])
def test_a_feeder_that_is_killed_is_told_with_all_that_it_wrote(
    hosts: Cable, feeder: str, tmp_path: Path
) -> None:
    need_tool(feeder)
    kept = tmp_path / "kept.pcapng"
    with watching(hosts, f"--feeder={feeder}", "--plain", "-w", str(kept)) as watch:
        hosts.refused(90)
        assert watch.line("connection-refused")
        (child,) = children(watch)
        os.kill(child, signal.SIGKILL)

        err = said(watch)
        assert watch.running.returncode == 2
        assert err == f"pcapflow: eth0: {feeder}, which captured, was killed (SIGKILL).\n"
    (refused,) = records(kept)
    assert [finding["code"] for finding in refused["findings"]] == ["connection-refused"]


@pytest.mark.parametrize("feeder", ["dumpcap", "sockets"])
def test_several_interfaces_are_watched_at_once(hosts: Cable, feeder: str) -> None:
    if feeder == "dumpcap":
        need_tool("dumpcap")
    with watching(hosts, f"--feeder={feeder}", "--format=ndjson", interface="lo eth0") as watch:
        hosts.refused(91)
        with hosts.client.entered():
            done = subprocess.run(
                [sys.executable, "-c", "import socket; socket.socket().connect(('127.0.0.1', 92))"],
                capture_output=True,
                check=False,
            )
        assert b"ConnectionRefusedError" in done.stderr
        found = {told["server"]["ip"]: told["server"]["port"] for told in watch.some(2)}
        assert found == {ADDRESSES[1]: 91, "127.0.0.1": 92}
        watch.stop()


@pytest.mark.parametrize("feeder", ["dumpcap", "tcpdump", "sockets"])
def test_a_filter_is_kept_to(hosts: Cable, feeder: str) -> None:
    if feeder != "sockets":
        need_tool(feeder)
    wanted = ("--feeder", feeder, "-f", "tcp port 94", "--format", "ndjson")
    with watching(hosts, *wanted) as watch:
        hosts.refused(93)
        hosts.refused(94)
        (told,) = watch.some(1)
        assert told["server"]["port"] == 94
        _, err = watch.stop()
        assert "pcapflow: 2 packets, 1 connection\n" in err  # its SYN and its RST


@pytest.mark.parametrize("feeder", ["dumpcap", "tcpdump", "sockets"])
def test_the_filter_sees_through_a_vlan_tag(hosts: Cable, feeder: str) -> None:
    if feeder != "sockets":
        need_tool(feeder)
    frame = pcap([captures.orderly().packets[0]])[40:]
    tagged = frame[:12] + bytes.fromhex("8100 0005") + frame[12:]
    with watching(hosts, f"--feeder={feeder}", "--format=ndjson", "-c1") as watch:
        with (
            hosts.server.entered(),
            socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0) as wire,
        ):
            wire.bind(("eth0", 0))
            wire.send(tagged)
        (told,) = watch.some(1)
        assert told["server"]["port"] == 8080


@pytest.mark.parametrize("feeder", ["dumpcap", "tcpdump", "sockets"])
def test_of_teardowns_neither_acks_nor_data_come(hosts: Cable, feeder: str) -> None:
    if feeder != "sockets":
        need_tool(feeder)
    with watching(hosts, f"--feeder={feeder}", "--teardowns-only", "--format=ndjson") as watch:
        client, server = hosts.connect()
        say(client, server)
        hang_up(client, server)
        hosts.refused(95)
        (told,) = watch.some(1)
        assert told["server"]["port"] == 95
        out, err = watch.stop()
        assert "pcapflow: 6 packets, 2 connections\n" in err  # two SYNs, two FINs; a SYN, a RST
        assert [json.loads(line)["findings"] for line in out.splitlines()] == [[]]


@pytest.mark.parametrize("feeder", ["dumpcap", "tcpdump", "sockets"])
def test_what_is_wrong_with_a_filter_is_said_in_the_compilers_words(feeder: str) -> None:
    need_root()
    need_tool("tcpdump")
    if feeder != "sockets":
        need_tool(feeder)
    done = subprocess.run(
        command("watch", "-i", "lo", "--feeder", feeder, "-f", "tcp and nonsense here"),
        capture_output=True,
        text=True,
        cwd=REPOSITORY,
        timeout=DEADLINE,
        check=False,
    )
    assert (done.returncode, done.stdout) == (2, "")
    (line,) = (line for line in done.stderr.splitlines() if INTERPRETED not in line)
    assert line.startswith("pcapflow: 'tcp and nonsense here' is no capture filter: ")
    assert "syntax error" in line


def test_a_pipe_is_watched_without_rights() -> None:
    need_root()
    octets = Path(sample("leaking_pool")).read_bytes()
    done = watch_stdin(octets, "--format", "ndjson")
    assert done.returncode == 0
    told = {record["id"]: record for record in map(json.loads, done.stdout.splitlines())}
    whole = records(Path(sample("leaking_pool")))
    assert [told[record["id"]] for record in whole] == whole


def test_a_pipe_that_ends_within_a_packet_is_told_of() -> None:
    need_root()
    octets = Path(sample("orderly")).read_bytes()[:-5]
    done = watch_stdin(octets, "--plain")
    assert done.returncode == 0
    assert "the file ends within packet" in done.stderr


def test_a_pipe_that_is_no_capture_is_refused() -> None:
    need_root()
    done = watch_stdin(b"HTTP/1.1 404 Not Found\r\n\r\n", "--plain")
    assert done.returncode == 2
    assert "this is no pcap or pcapng capture: it begins with 48 54 54 50" in done.stderr


def test_of_a_pipe_too_only_so_many_packets_are_taken() -> None:
    need_root()
    for name in ("orderly", "leaking_pool"):
        octets = Path(sample(name)).read_bytes()
        done = watch_stdin(octets, "--format", "ndjson", "-c", "7")
        assert "pcapflow: 7 packets, " in done.stderr


def test_findings_of_a_live_pipe_come_while_it_is_idle(hosts: Cable) -> None:
    tcpdump = need_tool("tcpdump")
    with hosts.client.entered():
        remote = subprocess.Popen(
            [tcpdump, "-i", "eth0", "-U", "-w", "-", "tcp"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
    assert remote.stderr is not None
    assert "listening on" in remote.stderr.readline()
    with remote:
        arguments = ("--format", "ndjson", "--close-wait-after", "1")
        running = subprocess.Popen(
            command("watch", "-", *arguments),
            stdin=remote.stdout,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=REPOSITORY,
        )
        with running:
            watch = Watching(running, [])
            held, closed = hosts.connect()
            say(held, closed)
            port = held.getsockname()[1]
            closed.close()
            assert watch.record(port, "close-wait-leak")["states"]["client"] == "CLOSE_WAIT"
            remote.terminate()
            running.communicate(timeout=DEADLINE)
            assert running.returncode == 0


@pytest.mark.parametrize("feeder", ["dumpcap", "tcpdump", "sockets"])
def test_what_was_recorded_is_what_was_told(hosts: Cable, feeder: str, tmp_path: Path) -> None:
    if feeder != "sockets":
        need_tool(feeder)
    kept = tmp_path / "kept.pcapng"
    arguments = (f"--feeder={feeder}", "--format=ndjson", "-w", str(kept))
    with watching(hosts, *arguments) as watch:
        for turn in range(3):
            client, server = hosts.connect()
            say(client, server)
            if turn:
                hang_up(client, server)
            else:
                abort(client)
                server.close()
        hosts.refused(96)
        ended = watch.some(4)
        watch.stop()
        assert watch.running.returncode == 0

    def settled(record: dict[str, Any]) -> dict[str, Any]:
        """Without what depends on how long was watched, as TIME_WAIT does."""
        return {name: value for name, value in record.items() if name != "dwell_s"}

    told = sorted(map(settled, ended), key=lambda record: int(record["id"]))
    assert told == [settled(record) for record in records(kept)]


def test_where_the_disk_is_full_it_is_said_once_and_watching_goes_on(
    hosts: Cable, tmp_path: Path
) -> None:
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16k", "tmpfs", tmp_path], check=True)
    try:
        kept = tmp_path / "kept.pcapng"
        with watching(hosts, "--plain", "-w", str(kept)) as watch:
            client, server = hosts.connect()
            for _ in range(200):
                say(client, server, bytes(400))
            hosts.refused(97)
            assert watch.line("connection-refused")
            _, err = watch.stop()
            assert watch.running.returncode == 2
        told = "recording ends here (No space left on device)"
        assert (err.count(told), err.count("\n")) == (1, 1)
        (record,) = records(kept)
        assert record["packets"]["client"] > 10
    finally:
        subprocess.run(["umount", tmp_path], check=True)


def test_a_reader_that_stops_loses_no_packet(hosts: Cable) -> None:
    with watching(hosts, "--format", "ndjson") as watch:
        for _ in range(400):  # more records than a pipe of 64 KB holds
            hosts.refused(98)
        ports = {told["client"]["port"] for told in watch.some(400)}
        _, err = watch.stop()
        assert "pcapflow: 800 packets, 400 connections\n" in err
        assert len(ports) == 400


def test_what_was_closed_early_to_make_room_is_said() -> None:
    need_root()
    octets = Path(sample("leaking_pool")).read_bytes()
    done = watch_stdin(octets, "--format", "ndjson", "--max-connections", "5")
    assert done.returncode == 0
    told = {record["id"]: record for record in map(json.loads, done.stdout.splitlines())}
    early = sum(1 for record in told.values() if record.get("closed_early"))
    assert early > 0
    assert "closed early to make room for others. Try: a narrower -f, or " in done.stderr
    assert f"; {early} connections closed early to make room\n" in done.stderr


def test_a_reader_that_goes_away_ends_the_watch_with_its_files_whole(tmp_path: Path) -> None:
    """As ``| head -1`` does: what is recorded and saved is finished all the same."""
    kept, folder = tmp_path / "kept.pcapng", tmp_path / "incidents"
    arguments = ("--format=ndjson", "-w", str(kept), "--save-incidents", str(folder))
    running = subprocess.Popen(
        command("watch", "-", *arguments),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=REPOSITORY,
    )
    with running:
        assert running.stdin is not None
        assert running.stdout is not None
        running.stdout.close()
        running.stdin.write(captures.mixed())
        running.stdin.close()
        assert running.wait(DEADLINE) == 0
    (entry,) = json.loads((folder / "index.json").read_text())["incidents"]
    assert entry["code"] == "close-wait-leak"
    assert (folder / f"{entry['name']}.pcapng").exists()
    assert len(records(kept)) == 3
