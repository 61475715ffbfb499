"""Where the time of an analysis goes: `python -m tests.benchmarks.phases FILE` writes JSON.

`read` and `report` are processor time in seconds: until the capture is read, and from there to the
printed table. `encode` is asked with --encode: what msgspec alone takes to encode the records of
all connections once they are made.
"""

import argparse
import json
import time
from collections.abc import Iterator, Sequence
from itertools import islice

from msgspec.json import Encoder

from pcapflow.api import Run
from pcapflow.model import Connection
from pcapflow.report import table
from pcapflow.report.records import record
from pcapflow.tcp.timers import DEFAULTS


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.phases", description=__doc__)
    parser.add_argument("file")
    parser.add_argument("--encode", action="store_true")
    options = parser.parse_args(arguments)
    started = time.process_time()
    run = Run(DEFAULTS, keep=options.encode)
    run.read([options.file])
    was_read = time.process_time()
    report = run.report()
    table.lines(report, 80)
    told: dict[str, float] = {
        "packets": report.info.packets,
        "connections": report.total,
        "closed_early": report.info.closed_early,
        "read": was_read - started,
        "report": time.process_time() - was_read,
    }
    if options.encode:
        told["encode"] = _encoding(report.connections())
    print(json.dumps(told))


def _encoding(connections: Iterator[Connection]) -> float:
    """Seconds for the encoding alone; a thousand records at a time are made before."""
    encode, taken = Encoder().encode, 0.0
    while records := [record(connection) for connection in islice(connections, 1000)]:
        begun = time.process_time()
        for each in records:
            encode(each)
        taken += time.process_time() - begun
    return taken


if __name__ == "__main__":
    main()
