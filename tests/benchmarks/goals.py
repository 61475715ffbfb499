"""What pcapflow's speed and memory must be, as ratios to peers in the same round."""

from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

from tests.benchmarks.runs import Results

LARGE = ("snap", "full", "large")
PCAPNG = "on pcapng"
SAMPLE = "sample"


@dataclass(frozen=True, slots=True)
class Goal:
    """A limit, and the figures of all rounds, of which `decides` picks the one held against it."""

    cases: tuple[str, ...]
    says: str
    unit: str
    figures: Callable[[Results], list[float]]
    met: Callable[[float], bool]
    decides: Callable[[list[float]], float] = median


@dataclass(frozen=True, slots=True)
class Verdict:
    """A goal in one case: "met", "missed" or "not measured", and its figures round by round."""

    case: str
    goal: str
    unit: str
    figures: list[float]
    verdict: str


GOALS = (
    Goal(
        LARGE,
        "at most 1.0 x tcpdump's wall time",
        "x",
        lambda results: results.ratios("pcapflow", "tcpdump"),
        lambda times: times <= 1,
    ),
    Goal(
        LARGE,
        "at least 6 x faster than tcptrace",
        "x",
        lambda results: results.ratios("tcptrace", "pcapflow"),
        lambda times: times >= 6,
    ),
    Goal(
        LARGE,
        "at least 50 x faster than tshark",
        "x",
        lambda results: results.ratios("tshark", "pcapflow"),
        lambda times: times >= 50,
    ),
    Goal(
        LARGE,
        "at most 100 MB at its peak",
        "MB",
        lambda results: [run.peak for run in results.runs.get("pcapflow", [])],
        lambda peak: peak <= 100,
        decides=max,
    ),
    Goal(
        ("snap",),
        "pcapng within 25 % of pcap",
        "x",
        lambda results: results.ratios(PCAPNG, "pcapflow"),
        lambda times: times <= 1.25,
    ),
    Goal(
        (SAMPLE,),
        "at most half of tshark's wall time",
        "x",
        lambda results: results.ratios("pcapflow", "tshark"),
        lambda times: times <= 0.5,
    ),
)


def judge(case: str, results: Results) -> list[Verdict]:
    """The verdicts on all goals of one case."""
    verdicts = []
    for goal in GOALS:
        if case not in goal.cases:
            continue
        figures = goal.figures(results)
        verdict = "not measured"
        if figures:
            verdict = "met" if goal.met(goal.decides(figures)) else "missed"
        verdicts.append(Verdict(case, goal.says, goal.unit, figures, verdict))
    return verdicts
