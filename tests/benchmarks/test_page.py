"""How growth is judged and what page and plot show; on made-up figures."""

from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.benchmarks.growth import EMPTY, Point, Size, judge, points_of
from tests.benchmarks.page import Json, lines
from tests.benchmarks.picture import draw
from tests.benchmarks.runs import Results, Run

FEW, MORE = Size(1_000_000, 50, False), Size(10_000_000, 50, False)


def results(**seconds: float) -> Results:
    return Results({name: [Run(cpu, cpu, 30)] for name, cpu in seconds.items()})


def test_the_start_is_no_cost_of_a_packet() -> None:
    measured = results(**{EMPTY: 0.1, FEW.name: 0.2, MORE.name: 1.0})
    few, more = points_of([FEW, MORE], measured)
    assert (round(few.cpu), few.further) == (100, None)
    assert round(more.cpu) == 90
    assert more.further is not None
    assert round(more.further, 1) == 88.9


def points(*further: float, peaks: tuple[float, float] = (30, 31), few: float = 60) -> list[Point]:
    return [
        *(Point("", 10**k, 50, False, 80, 80, 30, cost) for k, cost in enumerate(further, 6)),
        Point("", 10**7, 50, True, 80, 80, peaks[0], 180),
        Point("", 10**8, 50, True, 80, 80, peaks[1], 180),
        Point("", 10 ** (5 + len(further)), 500, False, few, few, 30, None),
    ]


@pytest.mark.parametrize(
    ("measured", "octets", "more", "missed"),
    [
        (points(80, 85), 400, 3.5, set()),
        (points(80, 120), 400, 3.5, {"each"}),
        (points(80, 80, few=50), 400, 3.5, {"10 x the connections"}),
        (points(80, 80, peaks=(30, 36)), 401, 3.6, {"10 x the packets", "at most", "ndjson"}),
    ],
)
def test_growth_is_held_against_its_goals(
    measured: list[Point], octets: float, more: float, missed: set[str]
) -> None:
    verdicts = judge(measured, {"octets": octets}, {"more": more, "encode": 1})
    found = {verdict.goal for verdict in verdicts if verdict.verdict == "missed"}
    assert len(verdicts) == 5
    assert len(found) == len(missed)
    assert all(any(goal.startswith(begins) for goal in found) for begins in missed)


MACHINE = {"processors": 2, "python": "3.11", "date": "2026-01-01"}


def peers(wall: float) -> Json:
    runs = {
        name: [{"wall": wall * times, "cpu": wall, "peak": 30.0}]
        for name, times in (("pcapflow", 1), ("tcpdump", 0.5), ("tshark", 60))
    }
    case = {"name": "snap", "packets": 1000, "runs": runs, "goals": [], "not_measured": {}}
    return {"machine": MACHINE, "cases": [case | {"not_measured": {"tcptrace": "not installed"}}]}


def test_the_page_gives_every_run_and_names_what_was_not_measured() -> None:
    page = "\n".join(lines([peers(1), peers(2)], "benchmark.svg"))
    assert "## Beside other programs, run 1 of 2" in page
    assert "## Beside other programs, run 2 of 2" in page
    assert "| snap: 1,000 packets | tcpdump | 1 | 0.500 | 1.00 | 30 | 2.00 x |" in page
    assert "| snap | tcptrace | not measured: not installed" in page
    assert "## Growth" not in page


def test_a_plot_of_part_of_the_figures_is_drawn(tmp_path: Path) -> None:
    path = tmp_path / "benchmark.svg"
    draw([peers(1)], path)
    assert ElementTree.parse(path).getroot().tag.endswith("svg")
