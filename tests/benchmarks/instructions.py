"""Where the instructions go: those that a packet costs, and those that a connection costs.

`python -m tests.benchmarks.instructions` runs analyze under `valgrind --tool=callgrind`, which
counts instead of timing: the same on a quiet and on a busy machine, so one per cent is seen.
What it does not count is the kernel, and waiting for memory.
"""

import argparse
import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.benchmarks.compare import machine, refused
from tests.benchmarks.growth import ANALYZE, EACH, FEW, STREAM, made, tell

_LINE = re.compile(r"^ *([\d,]+) \( *[\d.]+%\) .* \[(.*)\]$")
_ENGINE = re.compile(r"/pcapflow/engine/(\w+)\.[^/]*$")


@dataclass(frozen=True, slots=True)
class Share:
    """Instructions in one room: of a packet, of a connection, and in thousands once a run."""

    room: str
    packet: float
    connection: float
    once: float


def main(arguments: Sequence[str] | None = None) -> int:
    """Count, and print a table; 2 where that cannot be done here."""
    options = _parse(arguments)
    refusal = refused() or (None if shutil.which("valgrind") else "valgrind is not installed")
    if refusal:
        print(f"benchmarks: {refusal}", file=sys.stderr)
        return 2
    options.directory.mkdir(parents=True, exist_ok=True)
    sizes = [(packets, each) for packets in (100_000, options.packets) for each in (EACH, FEW)]
    counted = {size: _count(*size, options.directory) for size in sizes}
    shares = shares_of(counted)
    print("\n".join(table(shares)))
    if options.json:
        told = machine() | {"instructions": [asdict(share) for share in shares]}
        Path(options.json).write_text(json.dumps(told, indent=1) + "\n")
    return 0


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    name = "python -m tests.benchmarks.instructions"
    parser = argparse.ArgumentParser(prog=name, description=__doc__)
    parser.add_argument("--packets", type=int, default=1_000_000, help="of the larger captures")
    parser.add_argument("--json", metavar="FILE", help="write all figures there")
    parser.add_argument(
        "--directory", type=Path, default=Path(tempfile.gettempdir()) / "pcapflow-benchmarks"
    )
    return parser.parse_args(arguments)


def _count(packets: int, each: int, directory: Path) -> Counter[str]:
    """The instructions of an analysis, by room."""
    path = directory / f"stream-{packets}-{each}.pcap"
    made(path, [*STREAM, "--packets", str(packets), "--each", str(each)])
    tell(f"counting {path.name}")
    with tempfile.TemporaryDirectory() as room:
        output = Path(room, "counts")
        counting = ["valgrind", "-q", "--tool=callgrind", f"--callgrind-out-file={output}"]
        subprocess.run([*counting, *ANALYZE, str(path)], check=True, stdout=subprocess.DEVNULL)
        annotate = ["callgrind_annotate", "--threshold=100", "--auto=no", str(output)]
        told = subprocess.run(annotate, check=True, capture_output=True, text=True).stdout
    return rooms_of(told.splitlines())


def rooms_of(lines: Iterable[str]) -> Counter[str]:
    """The counts of `callgrind_annotate`, added up by room: an engine's module, Python, or others.

    A function that is in no library is Python's or a module's own start: not told apart here.
    """
    counts: Counter[str] = Counter()
    for line in lines:
        found = _LINE.match(line)
        if found:
            engine = _ENGINE.search(found[2])
            library = Path(found[2]).name
            python = library.startswith(("libpython", "python"))
            room = engine[1] if engine else "Python" if python else "other libraries"
            counts[room] += int(found[1].replace(",", ""))
    return counts


def shares_of(counted: Mapping[tuple[int, int], Counter[str]]) -> list[Share]:
    """What a packet, a connection and a run cost in each room, from four captures.

    With p packets and p / each connections a run costs once + p * (packet + connection / each).
    """
    (small, large), (many, few) = (sorted({size[k] for size in counted}) for k in (0, 1))
    shares = []
    for room in sorted({room for counts in counted.values() for room in counts}):
        further = {
            each: (counted[large, each][room] - counted[small, each][room]) / (large - small)
            for each in (many, few)
        }
        connection = (further[many] - further[few]) / (1 / many - 1 / few)
        packet = further[many] - connection / many
        once = counted[small, many][room] - small * further[many]
        shares.append(Share(room, packet, connection, once / 1000))
    return sorted(shares, key=lambda share: -(share.packet + share.connection / many))


def table(shares: Sequence[Share]) -> list[str]:
    """The shares in columns, those that matter most first, and their sum."""
    every = [*shares, total(shares)]
    lines = [f"{'room':<16}{'a packet':>10}{'a connection':>14}{'once, thousands':>17}"]
    for share in every:
        lines.append(
            f"{share.room:<16}{share.packet:>10,.1f}{share.connection:>14,.0f}{share.once:>17,.0f}"
        )
    return lines


def total(shares: Sequence[Share]) -> Share:
    """All rooms together."""
    sums = [sum(getattr(share, what) for share in shares) for what in Share.__slots__[1:]]
    return Share("all", *sums)


if __name__ == "__main__":
    sys.exit(main())
