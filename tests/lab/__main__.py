"""`python -m tests.lab`: play scenarios, all at once, and write their recordings or judge them."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from .fixtures import FIXTURES, write_fixture
from .play import play_all
from .recording import why_not
from .samples import SAMPLES, sample_names, write_readme, write_sample
from .scenarios import SCENARIOS


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.lab", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="scenarios (default: all)")
    parser.add_argument("--list", action="store_true", help="list the scenarios and stop")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("-o", dest="directory", type=Path, metavar="DIR", help="write into DIR")
    what.add_argument("--fixtures", action="store_true", help="make the fixtures anew")
    what.add_argument("--samples", action="store_true", help="make the shipped samples anew")
    what.add_argument("--all", action="store_true", help="score fresh recordings, store nothing")
    arguments = parser.parse_args()
    if arguments.list:
        for scenario in SCENARIOS.values():
            print(f"{scenario.name:24} {scenario.what}")
        return 0
    names: list[str] = arguments.names or list(SCENARIOS)
    if unknown := set(names) - set(SCENARIOS):
        parser.error(f"no such scenario: {', '.join(sorted(unknown))}")
    if reason := why_not():
        parser.error(reason)
    if arguments.samples:
        failures = play_all(arguments.names or sample_names(), SAMPLES, write_sample)
        write_readme()
    elif arguments.fixtures or arguments.directory:
        failures = play_all(names, arguments.directory or FIXTURES, write_fixture)
    elif arguments.all:
        failures = _score(names)
    else:
        parser.error("say what to do: --fixtures, --samples, --all or -o DIR")
    return 1 if failures else 0


def _score(names: list[str]) -> int:
    """Play the scenarios and print their score; returns how many could not be played."""
    # The program under test is loaded only now, and never by the lab itself.
    from .score.__main__ import score

    with tempfile.TemporaryDirectory() as home:
        failures = play_all(names, Path(home), write_fixture)
        score(Path(home))
    return failures


if __name__ == "__main__":
    sys.exit(main())
