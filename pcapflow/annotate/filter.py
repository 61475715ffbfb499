"""Wireshark's display filters: which frames of a capture file does one show?"""

from __future__ import annotations

import os
import struct
import subprocess
import tempfile
from typing import Any, NamedTuple

from pcapflow.annotate.tshark import need
from pcapflow.errors import UsageError

_NO_PACKETS = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1)
_AS_ROOT = "Running as user"  # tshark's warning, which comes first


class Matches(NamedTuple):
    """Frame numbers, from 1; ``trouble`` is what tshark said if it stopped before the end."""

    frames: frozenset[int]
    trouble: str | None


def check(display_filter: str) -> None:
    """Let tshark read the filter; UsageError, in its words, where it cannot.

    Raises MissingTool where tshark is not installed.
    """
    tshark = need("-Y")
    with tempfile.TemporaryDirectory() as folder:
        empty = os.path.join(folder, "empty.pcap")
        with open(empty, "wb") as file:
            file.write(_NO_PACKETS)
        command = [tshark, "-n", "-Y", display_filter, "-r", empty]
        run = subprocess.run(command, capture_output=True, text=True, check=False)
    if run.returncode != 0:
        lines = [line for line in run.stderr.splitlines() if not line.startswith(_AS_ROOT)]
        why = lines[0].removeprefix("tshark: ") if lines else f"tshark exits {run.returncode}"
        raise UsageError(f"-Y {display_filter!r}: {why}")


def frames(capture: str, display_filter: str) -> Matches:
    """The frames of a capture file that a display filter shows.

    Raises MissingTool where tshark is not installed.
    """
    tshark = need("-Y")
    from pcapflow.annotate.loop import packets

    found: set[int] = set()

    def take(packet: Any) -> None:
        found.add(int(packet.number))

    # Frames only: the tree of other layers is not needed, and slow to write and to read.
    trouble = packets(take, capture, display_filter, "frame", tshark)
    return Matches(frozenset(found), trouble)
