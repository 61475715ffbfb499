"""How the cost of a packet and the memory grow with the capture, and with its connections.

`python -m tests.benchmarks.growth` takes captures of 0.1, 1 and 10 M packets, 50 a connection, with
as many connections open at any time in each; the same through a pipe, with --huge 100 M, made on
the fly; 10 M packets in a tenth of the connections; captures whose connections are all open at
once; and records as ndjson.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

from tests.benchmarks.compare import is_current, machine, refused
from tests.benchmarks.runs import Results, interleave, warm

ANALYZE = [sys.executable, "-m", "pcapflow", "analyze"]
STREAM = [sys.executable, "-m", "tests.benchmarks.stream"]
ATTACK = [sys.executable, "-m", "tests.benchmarks.attacks"]
PHASES = [sys.executable, "-m", "tests.benchmarks.phases"]
EACH, FEW = 50, 500
"""Packets a connection, and where there are few connections."""
EMPTY = "nothing"
PCAP_HEADER = bytes.fromhex("d4c3b2a1 0200 0400 00000000 00000000 00000400 01000000")


@dataclass(frozen=True, slots=True)
class Size:
    """A capture; `each` packets a connection, made on the fly where it comes through a pipe."""

    packets: int
    each: int
    pipe: bool

    @property
    def name(self) -> str:
        many = f"{self.packets / 1e6:g} M packets, {self.each} a connection"
        return many + (", pipe" if self.pipe else "")


@dataclass(frozen=True, slots=True)
class Point:
    """What a size costs: ns a packet of processor and wall time, and MB.

    `cpu` and `wall` are (time - time of an empty capture) / packets; `further` is the processor
    time of each packet more than in the size before: no start-up, and no shape met first, is in it.
    """

    name: str
    packets: int
    each: int
    pipe: bool
    cpu: float
    wall: float
    peak: float
    further: float | None


@dataclass(frozen=True, slots=True)
class Verdict:
    """A figure, and whether the goal is met."""

    goal: str
    figure: float
    unit: str
    verdict: str


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, and print a table; 2 where pcapflow cannot be measured."""
    options = _parse(arguments)
    refusal = refused()
    if refusal:
        print(f"benchmarks: {refusal}", file=sys.stderr)
        return 2
    options.directory.mkdir(parents=True, exist_ok=True)
    sizes = _sizes(options)
    points = _points(sizes, options)
    opened = _opened(options)
    lines = _lines(options)
    verdicts = judge(points, opened, lines)
    print("\n".join(table(points)))
    for verdict in verdicts:
        print(f"  {verdict.goal:<58}{verdict.figure:>8.2f} {verdict.unit:<8}{verdict.verdict}")
    if options.json:
        growth = {
            "points": [asdict(point) for point in points],
            "open": opened,
            "ndjson": lines,
            "goals": [asdict(verdict) for verdict in verdicts],
        }
        told = machine() | {"growth": growth}
        Path(options.json).write_text(json.dumps(told, indent=1) + "\n")
    return 0


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.growth", description=__doc__)
    parser.add_argument("--packets", type=int, default=10_000_000, help="of the largest file")
    parser.add_argument("--huge", action="store_true", help="ten times as many through a pipe")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--json", metavar="FILE", help="write all figures there")
    parser.add_argument(
        "--directory", type=Path, default=Path(tempfile.gettempdir()) / "pcapflow-benchmarks"
    )
    return parser.parse_args(arguments)


def _sizes(options: argparse.Namespace) -> list[Size]:
    most: int = options.packets
    sizes = [Size(most // 10**k, EACH, False) for k in (2, 1, 0)]
    sizes += [Size(most // 10, EACH, True), Size(most, EACH, True)]
    if options.huge:
        sizes.append(Size(most * 10, EACH, True))
    return [*sizes, Size(most // 10, FEW, False), Size(most, FEW, False)]


def _points(sizes: Sequence[Size], options: argparse.Namespace) -> list[Point]:
    commands, feeders = {}, {}
    empty = options.directory / "empty.pcap"
    empty.write_bytes(PCAP_HEADER)
    commands[EMPTY] = [*ANALYZE, str(empty)]
    for size in sizes:
        making = [*STREAM, "--packets", str(size.packets), "--each", str(size.each)]
        if size.pipe:
            commands[size.name], feeders[size.name] = [*ANALYZE, "-"], making
        else:
            path = options.directory / f"stream-{size.packets}-{size.each}.pcap"
            made(path, making)
            warm(str(path))
            commands[size.name] = [*ANALYZE, str(path)]
    results = interleave(commands, dict.fromkeys(commands, options.runs), tell, feeders)
    if results.not_measured:
        raise SystemExit(f"not measured: {results.not_measured}")
    return points_of(sizes, results)


def points_of(sizes: Sequence[Size], results: Results) -> list[Point]:
    """What each size cost; the one before it is the next smaller of its kind."""
    points = []
    before: Size | None = None
    for size in sizes:
        further = None
        if before is not None and (before.each, before.pipe) == (size.each, size.pipe):
            more = results.cpu(size.name) - results.cpu(before.name)
            further = more / (size.packets - before.packets) * 1e9
        points.append(
            Point(
                size.name,
                size.packets,
                size.each,
                size.pipe,
                (results.cpu(size.name) - results.cpu(EMPTY)) / size.packets * 1e9,
                (results.wall(size.name) - results.wall(EMPTY)) / size.packets * 1e9,
                results.peak(size.name),
                further,
            )
        )
        before = size
    return points


def _opened(options: argparse.Namespace) -> dict[str, float]:
    """Octets for each connection that is open at once: what more of them take."""
    few, many = options.packets // 100, options.packets // 25
    commands = {}
    for connections in (few, many):
        path = options.directory / f"open-{connections}.pcap"
        made(path, [*ATTACK, "open", "--size", str(connections)])
        commands[str(connections)] = [*ANALYZE, str(path)]
    results = interleave(commands, dict.fromkeys(commands, 2), tell)
    octets = (results.peak(str(many)) - results.peak(str(few))) * 1e6 / (many - few)
    return {"connections": many, "peak": results.peak(str(many)), "octets": octets}


def _lines(options: argparse.Namespace) -> dict[str, float]:
    """What ndjson costs on top of the table, beside what msgspec takes to encode the records."""
    path = options.directory / f"stream-{options.packets}-{EACH}.pcap"
    commands = {
        "table": [*ANALYZE, str(path)],
        "ndjson": [*ANALYZE, "--format", "ndjson", str(path)],
    }
    results = interleave(commands, dict.fromkeys(commands, options.runs), tell)
    encode = [phases(path, "--encode") for _ in range(options.runs)]
    return {
        "connections": encode[0]["connections"],
        "more": results.cpu("ndjson") - results.cpu("table"),
        "encode": median(each["encode"] for each in encode),
    }


def _spread(points: Sequence[Point]) -> float:
    """How far the cost of each further packet is off the middle at most (%): files, or a pipe.

    A pipe costs more than a file, in the kernel; that is no growth.
    """
    further = [p.further for p in points if p.each == EACH and p.further is not None]
    middle = median(further) if further else 1.0
    return max((abs(each / middle - 1) for each in further), default=0.0) * 100


def judge(
    points: Sequence[Point], opened: dict[str, float], lines: dict[str, float]
) -> list[Verdict]:
    """The goals: growth, memory, what an open connection and what a line costs."""
    spread = max(_spread([p for p in points if p.pipe is piped]) for piped in (False, True))
    files = {(p.each, p.packets): p for p in points if not p.pipe}
    most = max(packets for _, packets in files)
    ten_times = files[EACH, most].cpu / files[FEW, most].cpu
    piped = [p.peak for p in points if p.pipe]
    figures: list[tuple[str, float, str, Callable[[float], bool]]] = [
        ("each further packet costs the same, within 15 %", spread, "%", lambda x: x <= 15),
        ("10 x the connections cost at most 1.5 x", ten_times, "x", lambda x: x <= 1.5),
        ("10 x the packets through a pipe: same memory (5 MB)", piped[-1] - piped[-2], "MB", _same),
        ("at most 400 octets for each open connection", opened["octets"], "octets", _400),
        (
            "ndjson at most 3.5 x msgspec's encoding",
            lines["more"] / lines["encode"],
            "x",
            lambda x: x <= 3.5,
        ),
    ]
    return [
        Verdict(goal, figure, unit, "met" if met(figure) else "missed")
        for goal, figure, unit, met in figures
    ]


def _same(megabytes: float) -> bool:
    return megabytes <= 5


def _400(octets: float) -> bool:
    return octets <= 400


def table(points: Sequence[Point]) -> list[str]:
    """The figures as plain text."""
    lines = [f"  {'':<42}{'cpu ns':>8}{'wall ns':>9}{'further ns':>12}{'peak MB':>9}"]
    for p in points:
        further = "" if p.further is None else f"{p.further:.1f}"
        lines.append(f"  {p.name:<42}{p.cpu:>8.1f}{p.wall:>9.1f}{further:>12}{p.peak:>9.1f}")
    return lines


def made(path: Path, command: Sequence[str]) -> None:
    """Make a capture with a command that knows -o, unless it is there and current.

    In a process of its own: what this one holds, the kernel counts as its children's (run_once).
    """
    if not is_current(path):
        print(f"making {path}", file=sys.stderr)
        unfinished = path.with_suffix(".unfinished")
        subprocess.run([*command, "-o", str(unfinished)], check=True)
        unfinished.rename(path)


def phases(path: Path, *arguments: str) -> dict[str, float]:
    """What `phases` measures of a capture."""
    command = [*PHASES, str(path), *arguments]
    output = subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout
    told: dict[str, float] = json.loads(output)
    return told


def tell(line: str) -> None:
    """Say how far it is."""
    print(line, file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
