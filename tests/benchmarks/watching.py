"""What `watch` needs in memory: `python -m tests.benchmarks.watching [--json FILE]`.

Through a pipe come a SYN flood of a million invented clients within a minute, and 200,000
connections that open within a minute and stay open: as fast as they are taken, since memory depends
on the packets' times alone.
"""

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict

from tests.benchmarks.attacks import ATTACKS, GAP
from tests.benchmarks.compare import machine
from tests.benchmarks.frames import WHOLE, Columns, pcap_header, records
from tests.benchmarks.runs import run_once
from tests.benchmarks.traffic import SECOND, START

SPAN = 60 * SECOND
CASES = (("flood", 1_000_000, 1), ("open", 200_000, 6))
"""Attacks, how many connections, and packets in each."""


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks.watching", description=__doc__
    )
    parser.add_argument("--share", type=float, default=1.0, help="of the full sizes")
    parser.add_argument("--write", choices=sorted(ATTACKS), help="only write that capture")
    parser.add_argument("--json", metavar="FILE")
    parser.add_argument("watch", nargs="*", help="more options of watch, behind --")
    options = parser.parse_args(arguments)
    found = []
    for name, full, each in CASES:
        size = int(full * options.share)
        if options.write is not None:
            if options.write == name:
                write(name, size, each)
            continue
        feeder = [sys.executable, "-m", "tests.benchmarks.watching", "--write", name]
        command = [sys.executable, "-m", "pcapflow", "watch", "-", "--format", "ndjson"]
        run = run_once([*command, *options.watch], [*feeder, "--share", str(options.share)])
        found.append({"name": name, "connections": size, **asdict(run)})
        print(
            f"{name:6} {size:9,} connections  {run.peak:6.0f} MB  {run.cpu:6.1f} s processor  "
            f"{run.wall:6.1f} s",
            flush=True,
        )
    if options.json:
        with open(options.json, "w") as file:
            json.dump({"machine": machine(), "watching": found}, file, indent=1)
    return 0


def write(name: str, size: int, each: int) -> None:
    """The attack on standard output, stretched to a minute."""
    sys.stdout.buffer.write(pcap_header(WHOLE))
    for columns in _stretched(ATTACKS[name](size), size * each):
        sys.stdout.buffer.write(records(columns, WHOLE, False))


def _stretched(pieces: Iterator[Columns], packets: int) -> Iterator[Columns]:
    for columns in pieces:
        number = (columns["time"] - START) // GAP
        yield columns | {"time": START + number * (SPAN // packets)}


if __name__ == "__main__":
    sys.exit(main())
