"""Traffic made to cost much: is the cost of a packet the same for four times as much of it?

`python -m tests.benchmarks.hostile` takes every attack of `attacks.py` in two sizes, a quarter and
a whole of a twentieth of what it is in earnest; with --full in earnest (memory: some 0.5 GB).
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.benchmarks.compare import machine, refused
from tests.benchmarks.growth import ANALYZE, ATTACK, EMPTY, PCAP_HEADER, made, phases, tell
from tests.benchmarks.runs import interleave

ATTACKS = {
    # name: what it is, its full size and of what (attacks.py makes them, and needs numpy, which
    # would count as memory of every program measured from here)
    "flood": ("SYN flood from invented clients", 5_000_000, "tuples"),
    "collisions": ("the same, chosen to collide", 5_000_000, "tuples"),
    "scan": ("SYN scan, each SYN to another service", 5_000_000, "tuples"),
    "reuse": ("one port opens anew with each SYN", 5_000_000, "SYNs"),
    "fins": ("one connection repeats its FIN", 10_000_000, "FINs"),
    "shapes": ("random flags, each connection a shape", 100_000, "connections"),
    "longest": ("shapes of the greatest length", 40_000, "connections"),
    "interfaces": ("interfaces of a pcapng file", 65_535, "interfaces"),
}
GOAL = "a packet costs at most 1.5 x"
MOST = 1.5


@dataclass(frozen=True, slots=True)
class Cost:
    """One size of an attack: ns a packet, MB, and seconds of the report once all was read."""

    size: int
    packets: int
    connections: int
    closed_early: int
    cpu: float
    peak: float
    report: float


@dataclass(frozen=True, slots=True)
class Grown:
    """An attack in two sizes; `ratio` is the larger one's cost of a packet in the smaller one's."""

    name: str
    says: str
    of: str
    costs: tuple[Cost, Cost]
    ratio: float
    verdict: str


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, and print a table; 2 where pcapflow cannot be measured."""
    options = _parse(arguments)
    refusal = refused()
    if refusal:
        print(f"benchmarks: {refusal}", file=sys.stderr)
        return 2
    options.directory.mkdir(parents=True, exist_ok=True)
    grown = []
    for name in options.attacks.split(","):
        grown.append(_measure(name, options))
        print("\n".join(table(grown[-1:], head=len(grown) == 1)), flush=True)
    if options.json:
        told = machine() | {"hostile": [asdict(each) for each in grown]}
        Path(options.json).write_text(json.dumps(told, indent=1) + "\n")
    return 0


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.hostile", description=__doc__)
    parser.add_argument("--attacks", default=",".join(ATTACKS), metavar="NAME,...")
    parser.add_argument("--full", action="store_true", help="the sizes in earnest")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--json", metavar="FILE", help="write all figures there")
    parser.add_argument(
        "--directory", type=Path, default=Path(tempfile.gettempdir()) / "pcapflow-benchmarks"
    )
    options = parser.parse_args(arguments)
    for name in options.attacks.split(","):
        if name not in ATTACKS:
            parser.error(f"{name!r} is none of {', '.join(ATTACKS)}")
    return options


def _measure(name: str, options: argparse.Namespace) -> Grown:
    says, full, of = ATTACKS[name]
    most = full if options.full else full // 20
    paths = {size: options.directory / f"hostile-{name}-{size}" for size in (most // 4, most)}
    empty = options.directory / "empty.pcap"
    empty.write_bytes(PCAP_HEADER)
    commands = {EMPTY: [*ANALYZE, str(empty)]}
    for size, path in paths.items():
        made(path, [*ATTACK, name, "--size", str(size)])
        commands[f"{size:,} {of}"] = [*ANALYZE, str(path)]
    results = interleave(commands, dict.fromkeys(commands, options.runs), tell)
    if results.not_measured:
        raise SystemExit(f"not measured: {results.not_measured}")
    costs = []
    for size, path in paths.items():
        told, program = phases(path), f"{size:,} {of}"
        costs.append(
            Cost(
                size,
                int(told["packets"]),
                int(told["connections"]),
                int(told["closed_early"]),
                (results.cpu(program) - results.cpu(EMPTY)) / told["packets"] * 1e9,
                results.peak(program),
                told["report"],
            )
        )
        path.unlink()
    ratio = costs[1].cpu / costs[0].cpu
    return Grown(name, says, of, (costs[0], costs[1]), ratio, "met" if ratio <= MOST else "missed")


def table(grown: Sequence[Grown], *, head: bool = True) -> list[str]:
    """The figures as plain text: two lines an attack."""
    lines = []
    if head:
        lines = [
            f"  {'':<40}{'size':>11}{'ns a packet':>13}{'report s':>10}{'peak MB':>9}"
            f"   larger / smaller"
        ]
    for each in grown:
        for place, cost in enumerate(each.costs):
            share = f"   {each.ratio:.2f} x  {each.verdict}" if place else ""
            lines.append(
                f"  {'' if place else each.says:<40}{cost.size:>11,}{cost.cpu:>13.0f}"
                f"{cost.report:>10.2f}{cost.peak:>9.0f}{share}"
            )
    return lines


if __name__ == "__main__":
    sys.exit(main())
