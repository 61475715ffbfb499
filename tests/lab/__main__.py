"""`python -m tests.lab`: play scenarios, all at once, and write their recordings."""

from __future__ import annotations

import argparse
import sys
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

from . import LabError
from .expected import write
from .recording import record, why_not
from .samples import SAMPLES, sample_names, write_readme
from .scenarios import SCENARIOS


def play(name: str, directory: Path, all_points: bool) -> str:
    """Record one scenario into the directory; returns a line that says so."""
    recording = record(SCENARIOS[name])
    write(recording, directory, all_points=all_points)
    packets = recording.packets[recording.scenario.point]
    seconds = (packets[-1].at - packets[0].at) / 1e9
    return f"{name}: {len(packets)} packets, {seconds:.3f} s"


def play_all(names: list[str], directory: Path, all_points: bool) -> int:
    """Record the scenarios at the same time, each in its own process; returns the failures."""
    directory.mkdir(parents=True, exist_ok=True)
    failures = 0
    with ProcessPoolExecutor(max_workers=len(names)) as pool:
        one = partial(play, directory=directory, all_points=all_points)
        for name, future in [(name, pool.submit(one, name)) for name in names]:
            try:
                print(future.result(), flush=True)
            except LabError as error:
                failures += 1
                print(f"{name}: {error}", file=sys.stderr)
    return failures


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.lab", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="scenarios (default: all)")
    parser.add_argument("-o", dest="directory", type=Path, metavar="DIR", help="where to write")
    parser.add_argument("--all-points", action="store_true", help="captures of all three points")
    parser.add_argument("--list", action="store_true", help="list the scenarios and stop")
    parser.add_argument("--samples", action="store_true", help="make the shipped samples anew")
    arguments = parser.parse_args()
    if arguments.list:
        for scenario in SCENARIOS.values():
            print(f"{scenario.name:24} {scenario.what}")
        return 0
    unknown = set(arguments.names) - set(SCENARIOS)
    if unknown:
        parser.error(f"no such scenario: {', '.join(sorted(unknown))}")
    if reason := why_not():
        parser.error(reason)
    if arguments.samples:
        failures = play_all(arguments.names or sample_names(), SAMPLES, all_points=False)
        write_readme()
    elif arguments.directory:
        names = arguments.names or list(SCENARIOS)
        failures = play_all(names, arguments.directory, arguments.all_points)
    else:
        parser.error("say where to write: -o DIR, or --samples")
    return 1 if failures else 0


if __name__ == "__main__":
    raise SystemExit(main())
