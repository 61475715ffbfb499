"""What tshark reads of a capture: the other opinion on where packets are and when they were."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import need_tool
from tests.wire import Wire

Tshark = Callable[..., list[list[str]]]


@pytest.fixture
def tshark(tmp_path: Path) -> Tshark:
    """Rows of fields that tshark reads from a capture's octets."""
    program = need_tool("tshark")

    def rows(capture: bytes, *fields: str) -> list[list[str]]:
        path = tmp_path / "capture"
        path.write_bytes(capture)
        command = [program, "-n", "-r", str(path), "-T", "fields"]
        for field in fields:
            command += ["-e", field]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        return [line.split("\t") for line in done.stdout.splitlines()]

    return rows


def nanoseconds(epoch: str) -> int:
    """tshark's ``frame.time_epoch`` as ns; it writes nine digits."""
    seconds, _, rest = epoch.partition(".")
    whole = abs(int(seconds)) * 10**9 + int(rest.ljust(9, "0")[:9])
    return -whole if seconds.startswith("-") else whole


def a_conversation(**fields: object) -> Wire:
    """An orderly connection of 9 packets, from nanosecond-odd times."""
    wire = Wire(**fields)  # type: ignore[arg-type]
    wire.handshake()
    wire.at(+0.001_234_567)
    wire.c("PSH ACK", data=100)
    wire.s("ACK")
    wire.s("PSH ACK", data=333)
    wire.c("FIN ACK")
    wire.s("FIN ACK")
    wire.c("ACK")
    return wire
