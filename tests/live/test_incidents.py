"""The flight recorder, with real sockets: what lies in the folder is what the wire and ss saw."""

from __future__ import annotations

import json
import stat
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.cli.program import DEADLINE
from tests.conftest import need_tool
from tests.live.network import PORT, Cable, abort, say
from tests.live.test_live import SCHEMA, watching


def until(holds: Callable[[], object]) -> None:
    """Wait for a condition."""
    deadline = time.monotonic() + DEADLINE
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def tshark(file: Path, *fields: str, only: str = "tcp") -> list[list[str]]:
    named = [word for field in fields for word in ("-e", field)]
    command = ["tshark", "-n", "-r", str(file), "-Y", only, "-T", "fields", *named]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return [line.split("\t") for line in told.splitlines()]


def capinfos(file: Path) -> str:
    """What it says of a capture and its comments."""
    command = ["capinfos", str(file)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def index(folder: Path) -> dict[str, Any]:
    told: dict[str, Any] = json.loads((folder / "index.json").read_text())
    return told


def test_a_leak_is_saved_with_what_came_before_and_after(hosts: Cable, tmp_path: Path) -> None:
    need_tool("tshark")
    need_tool("capinfos")
    folder = tmp_path / "incidents"
    options = ["--close-wait-after", "1", "--save-incidents", str(folder), "--incident-after", "2"]
    with watching(hosts, "--format", "ndjson", *options) as watch:
        other, theirs = hosts.connect()
        say(other, theirs)
        held, closed = hosts.connect()
        say(held, closed)
        port = held.getsockname()[1]
        closed.close()
        watch.record(port, "close-wait-leak")
        say(other, theirs)
        held.close()  # less than two seconds after it was told
        until(lambda: list(folder.glob("*.png")))
        watch.stop()

    (entry,) = index(folder)["incidents"]
    name = entry["name"]
    assert name.endswith("-close-wait-leak-flow2")
    assert (entry["code"], entry["severity"]) == ("close-wait-leak", "warning")
    assert entry["service"] == f"10.99.0.2:{PORT}"
    assert sorted(path.name for path in folder.iterdir()) == [
        *(f"{name}{suffix}" for suffix in (".json", ".pcapng", ".png")),
        "index.json",
    ]
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700

    seen = tshark(folder / f"{name}.pcapng", "tcp.flags.str", "tcp.port", "frame.comment")
    flags = [line[0].replace("·", "") for line in seen]
    assert flags[:3] == ["S", "AS", "A"]  # as tshark draws them: SYN, SYN-ACK, ACK
    assert all(str(port) in line[1].split(",") for line in seen)
    fins = [i for i, flag in enumerate(flags) if "F" in flag]
    assert "FIN of the server, the first" in seen[fins[0]][2]
    assert "slow-close (warning): " in seen[fins[0]][2]  # which it has become
    assert "FIN of the client, the first" in seen[fins[1]][2]  # it came after the finding
    assert all(" of the watch" in line[2] for line in seen)

    record = json.loads((folder / f"{name}.json").read_text())
    SCHEMA.validate(record)
    assert record["client"] == {"ip": "10.99.0.1", "port": port}
    assert record["fin"]["server"]["frames"] == [fins[0] + 1]
    assert record["incident"]["code"] == "close-wait-leak"
    assert record["incident"]["message"] in capinfos(folder / f"{name}.pcapng")
    assert record["incident"]["missing"] == 0
    assert len(record["incident"]["frames"]) == len(seen)
    found = next(f for f in record["findings"] if f["frames"])
    numbers = tshark(folder / f"{name}.pcapng", "frame.number", only=found["display_filter"])
    assert [int(line[0]) for line in numbers] == found["frames"]
    assert (folder / f"{name}.png").read_bytes().startswith(b"\x89PNG")


def test_of_many_alike_the_first_few_are_saved_and_the_others_counted(
    hosts: Cable, tmp_path: Path
) -> None:
    folder = tmp_path / "incidents"
    options = ["--save-incidents", str(folder), "--incident-after", "0"]
    with watching(hosts, "--plain", *options) as watch:
        for _ in range(8):
            hosts.refused(90)
        hosts.refused(91)
        until(lambda: len(list(folder.glob("*.json"))) >= 5)  # 3 + 1 + the index
        _, err = watch.stop()

    told = index(folder)
    services = sorted(entry["service"] for entry in told["incidents"])
    assert services == [f"10.99.0.2:{port}" for port in (90, 90, 90, 91)]
    (counted,) = told["not_saved"]
    assert counted["service"] == "10.99.0.2:90"
    assert (counted["code"], counted["incidents"]) == ("connection-refused", 5)
    assert f"saved 4 incidents in {folder}; 5 more are counted in its index.json" in err


def test_a_full_disk_ends_nothing(hosts: Cable, tmp_path: Path) -> None:
    folder = tmp_path / "small"
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16k", "tmpfs", str(folder)], check=True)
    try:
        options = ["--save-incidents", str(folder), "--incident-after", "0"]
        with watching(hosts, "--plain", *options) as watch:
            for port in range(90, 110):
                hosts.refused(port)
                watch.line(f"10.99.0.2:{port}")
            client, server = hosts.connect()
            abort(client)
            server.close()
            watch.line("reset-abort")  # it goes on
            _, err = watch.stop()
            assert watch.running.returncode == 0
        assert err.count("No space left on device") == 1
        assert not [path.name for path in folder.iterdir() if path.name.endswith(".part")]
        for path in folder.glob("*.json"):
            json.loads(path.read_text())
        captures = {path.stem for path in folder.glob("*.pcapng")}
        assert captures == {path.stem for path in folder.glob("*.json")} - {"index"}
    finally:
        subprocess.run(["umount", str(folder)], check=True)
