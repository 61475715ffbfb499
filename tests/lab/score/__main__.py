"""`python -m tests.lab.score`: how far pcapflow agrees with the kernels on the fixtures."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from ..fixtures import FIXTURES, fixture_names
from .items import Tally
from .run import judged
from .table import lines


def score(directory: Path, names: list[str] | None = None) -> bool:
    """Print the score of the recordings in the directory; returns whether nothing is open."""
    items = judged(names or fixture_names(directory), directory)
    print("\n".join(lines(items)))
    tally = Tally(items)
    return tally.counts["right"] == tally.knowable


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.lab.score", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="recordings (default: all)")
    parser.add_argument("-d", dest="directory", type=Path, default=FIXTURES, metavar="DIR")
    arguments = parser.parse_args()
    return 0 if score(arguments.directory, arguments.names) else 1


if __name__ == "__main__":
    sys.exit(main())
