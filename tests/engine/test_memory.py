"""Memory that runs out: what was known before is known behind it."""

from __future__ import annotations

import subprocess
import sys

import pytest

from pcapflow.engine import FORM
from pcapflow.engine.layout import CHUNK

_RUN_OUT = f"""
import resource
import struct
from pathlib import Path

from pcapflow.engine.pump import Pump
from pcapflow.engine.segments import Decoder
from pcapflow.engine.track import Tracker

CONNECTIONS = 3 * {CHUNK} - 100


def packets(first, last):
    octets = b""
    found = []
    for number in range(first, last):
        client = struct.pack(">I", 0x0A000000 + number)
        ip = struct.pack(">BBHHHBBH", 0x45, 0, 40, 1, 0, 64, 6, 0) + client + bytes(4)
        tcp = struct.pack(">HHIIBBHHH", 1024, 80, 1000, 0, 0x50, 2, 1000, 0, 0)
        octets = bytes(12) + b"\\x08\\0" + ip + tcp
        found.append(struct.pack("<IIII", 1700000000, 0, len(octets), len(octets)) + octets)
    return memoryview(b"".join(found))


def limit(octets):
    resource.setrlimit(resource.RLIMIT_AS, (octets, resource.RLIM_INFINITY))


tracker = Tracker()
tracker.rows.awake = 1 << 40
pump = Pump(tracker, Decoder())
pump.feed(memoryview(struct.pack("<IHHIIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1)))
pump.feed(packets(0, CONNECTIONS))
known, more = packets(0, CONNECTIONS), packets(CONNECTIONS, CONNECTIONS + 200)
limit(int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize() + (4 << 20))
try:
    pump.feed(more)
except MemoryError as error:
    limit(resource.RLIM_INFINITY)
    print(error)
pump.feed(known)
print(tracker.connections.opened - CONNECTIONS)
"""


@pytest.mark.skipif(
    FORM != "compiled" or sys.platform != "linux",
    reason="only Linux says how much memory a process may have, and only C asks for much at once",
)
def test_rows_stay_where_they_are_when_there_is_no_memory_for_more() -> None:
    done = subprocess.run([sys.executable, "-c", _RUN_OUT], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == ["no memory for more connections", "100"]
