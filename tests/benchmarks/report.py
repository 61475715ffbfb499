"""The figures as plain text."""

from collections.abc import Iterator, Sequence
from statistics import median

from tests.benchmarks.goals import Verdict
from tests.benchmarks.runs import Results


def result_lines(results: Results, packets: int) -> Iterator[str]:
    """A table of one case: a line for each program, and one for each that was not measured."""
    yield (
        f"  {'program':<10}{'runs':>5}{'median s':>11}{'min - max s':>17}{'cpu s':>9}"
        f"{'peak MB':>10}{'M pkt/s':>10}   pcapflow takes"
    )
    for name, runs in results.runs.items():
        if not runs:
            continue
        walls = [run.wall for run in runs]
        spread = f"{min(walls):.3f} - {max(walls):.3f}"
        yield (
            f"  {name:<10}{len(runs):>5}{results.wall(name):>11.3f}{spread:>17}"
            f"{median(run.cpu for run in runs):>9.2f}{results.peak(name):>10.1f}"
            f"{packets / results.wall(name) / 1e6:>10.2f}"
            + _share(results.ratios("pcapflow", name) if name != "pcapflow" else [])
        )
    for name, reason in results.not_measured.items():
        yield f"  {name:<10}not measured: {reason}"


def goal_lines(verdicts: Sequence[Verdict]) -> Iterator[str]:
    """The goals beside the figures; nothing where pcapflow was left out."""
    if not verdicts:
        yield "pcapflow was not measured: no goal is judged"
        return
    yield "goals (median of the rounds, least and most)"
    for verdict in verdicts:
        figures = "-"
        if verdict.figures:
            middle, least, most = (each(verdict.figures) for each in (median, min, max))
            figures = f"{middle:.2f} {verdict.unit} ({least:.2f} - {most:.2f})"
        yield f"  {verdict.case:<8}{verdict.goal:<38}{figures:<28}{verdict.verdict}"


def _share(ratios: Sequence[float]) -> str:
    if not ratios:
        return ""
    return f"   {median(ratios):.2f} x ({min(ratios):.2f} - {max(ratios):.2f})"
