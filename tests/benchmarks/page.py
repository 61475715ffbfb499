"""The figures of benchmarks as a Markdown page, from the JSON that the runs left."""

from collections.abc import Iterator, Sequence
from statistics import median
from typing import Any

Json = dict[str, Any]


def lines(results: Sequence[Json], picture: str) -> Iterator[str]:
    """The page: every figure of every file, runs of a kind one after the other."""
    yield "<!-- Written by `python -m tests.benchmarks.picture`; do not edit. -->"
    yield "# Benchmark"
    yield ""
    yield f"![Time and memory beside other programs, and growth]({picture})"
    yield ""
    yield "[tests/benchmarks](../tests/benchmarks/README.md) says what it is. To measure again:"
    yield ""
    for command in (
        "python -m tests.benchmarks --cases snap,full,large,sample --json peers.json",
        "python -m tests.benchmarks.growth --huge --json growth.json",
        "python -m tests.benchmarks.hostile --full --json hostile.json",
        "python -m tests.benchmarks.instructions --json instructions.json",
        "python -m tests.benchmarks.picture peers.json growth.json hostile.json instructions.json"
        f" -o docs/{picture}",
    ):
        yield f"    {command}"
    for kind, title, page in (
        ("cases", "Beside other programs", _peer_lines),
        ("growth", "Growth", _growth_lines),
        ("hostile", "Hostile growth", _hostile_lines),
        ("instructions", "Where the instructions go", _instruction_lines),
    ):
        having = [each for each in results if kind in each]
        for number, each in enumerate(having, 1):
            where = each["machine"]
            run = f", run {number} of {len(having)}" if len(having) > 1 else ""
            yield ""
            yield f"## {title}{run}"
            yield ""
            yield f"{where['date']}, {where['processors']} processors, Python {where['python']}."
            yield ""
            yield from page(each[kind])


def _peer_lines(cases: list[Json]) -> Iterator[str]:
    yield "| capture | program | runs | wall s | cpu s | peak MB | pcapflow takes |"
    yield "|---|---|---:|---:|---:|---:|---:|"
    for case in cases:
        for program, runs in case["runs"].items():
            shares = [] if program == "pcapflow" else ratios_of(case, "pcapflow", program)
            share = f"{median(shares):.2f} x" if shares else ""
            wall, cpu = (median(run[what] for run in runs) for what in ("wall", "cpu"))
            peak = max(run["peak"] for run in runs)
            name = f"{case['name']}: {case['packets']:,} packets"
            figures = f"{len(runs)} | {wall:.3f} | {cpu:.2f} | {peak:.0f} | {share}"
            yield f"| {name} | {program} | {figures} |"
        for program, reason in case["not_measured"].items():
            yield f"| {case['name']} | {program} | not measured: {reason} | | | | |"
    yield ""
    yield "| goal | capture | measured (least and most) | |"
    yield "|---|---|---|---|"
    for case in cases:
        for goal in case["goals"]:
            told = ""
            if goal["figures"]:
                middle, least, most = (each(goal["figures"]) for each in (median, min, max))
                told = f"{middle:.2f} {goal['unit']} ({least:.2f} - {most:.2f})"
            yield f"| {goal['goal']} | {goal['case']} | {told} | {goal['verdict']} |"


def _growth_lines(growth: Json) -> Iterator[str]:
    yield "| capture | cpu ns a packet | wall ns a packet | each further, cpu ns | peak MB |"
    yield "|---|---:|---:|---:|---:|"
    for p in growth["points"]:
        further = "" if p["further"] is None else f"{p['further']:.1f}"
        yield f"| {p['name']} | {p['cpu']:.1f} | {p['wall']:.1f} | {further} | {p['peak']:.1f} |"
    yield ""
    yield "| goal | measured | |"
    yield "|---|---|---|"
    for goal in growth["goals"]:
        yield f"| {goal['goal']} | {goal['figure']:.2f} {goal['unit']} | {goal['verdict']} |"


def _hostile_lines(hostile: list[Json]) -> Iterator[str]:
    yield "| attack | size | ns a packet | report s | peak MB | larger / smaller | |"
    yield "|---|---:|---:|---:|---:|---:|---|"
    for each in hostile:
        for place, cost in enumerate(each["costs"]):
            ratio = f"{each['ratio']:.2f} x | {each['verdict']}" if place else " |"
            yield (
                f"| {each['says']} | {cost['size']:,} {each['of']} | {cost['cpu']:.0f} "
                f"| {cost['report']:.2f} | {cost['peak']:.0f} | {ratio} |"
            )


def _instruction_lines(shares: list[Json]) -> Iterator[str]:
    yield "| room | a packet | a connection | once, thousands |"
    yield "|---|---:|---:|---:|"
    every = {what: sum(each[what] for each in shares) for what in ("packet", "connection", "once")}
    for each in [*shares, {"room": "**all**", **every}]:
        figures = f"{each['packet']:,.1f} | {each['connection']:,.0f} | {each['once']:,.0f}"
        yield f"| {each['room']} | {figures} |"


def ratios_of(case: Json, program: str, peer: str) -> list[float]:
    """The wall time of a program in that of a peer, round by round."""
    pairs = zip(case["runs"].get(program, []), case["runs"].get(peer, []), strict=False)
    return [run["wall"] / other["wall"] for run, other in pairs]
