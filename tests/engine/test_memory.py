"""Memory that runs out: what was known before is known behind it."""

from __future__ import annotations

import subprocess
import sys

import pytest

from pcapflow.engine import FORM
from pcapflow.engine.layout import CHUNK

_RUN_OUT = f"""
import io
import resource
from pathlib import Path

from pcapflow.engine.pump import Pump
from pcapflow.engine.segments import Decoder
from pcapflow.engine.track import Tracker
from tests.benchmarks.attacks import write_attack

HEADER = 24
CONNECTIONS, MORE = 3 * {CHUNK} - 100, 200


def limit(octets):
    resource.setrlimit(resource.RLIMIT_AS, (octets, resource.RLIM_INFINITY))


file = io.BytesIO()
write_attack("flood", CONNECTIONS + MORE, file)
octets = file.getbuffer()
record = (len(octets) - HEADER) // (CONNECTIONS + MORE)
known, more = octets[HEADER : -MORE * record], octets[-MORE * record :]

tracker = Tracker()
tracker.rows.awake = 1 << 40
pump = Pump(tracker, Decoder())
pump.feed(octets[:HEADER])
pump.feed(known)
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
