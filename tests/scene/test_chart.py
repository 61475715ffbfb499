"""The picture of states over time: what shares a scale, what stands where, what can be read.

After a wanted change: ``python -m tests.scene.test_chart FOLDER`` writes the expected marks anew,
and paints them into the folder: look at them.
"""

from __future__ import annotations

import sys
from itertools import pairwise
from pathlib import Path
from typing import get_args

import pytest

from pcapflow.draw import render, write
from pcapflow.draw.finish import Finish
from pcapflow.draw.fonts import Ruler
from pcapflow.errors import UsageError
from pcapflow.model import Layers, Place, State
from pcapflow.scene import Chart, Subject, Told, chart
from pcapflow.scene.facts import Fact
from pcapflow.scene.marks import Area, Badge, Text
from pcapflow.scene.measure import Measure, plex
from pcapflow.scene.panels import Axis
from pcapflow.scene.sheet import Size
from pcapflow.scene.strips import Plot, areas, room, strips, ticks
from pcapflow.tcp.timers import SECOND
from tests.scene.dump import dump
from tests.scene.overlaps import overlaps

GOLDEN = Path(__file__).parent / "golden" / "charts"
FIRST = 1_767_225_600 * SECOND
Counts = dict[State, tuple[int, ...]]

SUBJECT = Subject(
    verdict="44 sockets of 10.77.67.1 towards 10.77.67.2:8080 stuck in CLOSE_WAIT.",
    severity="error",
    scope="50 connections",
    facts=(Fact("from", "2026-01-01 00:00:00.000 UTC"), Fact("counted every", "1 s")),
    more="Not marked: half-close. pcapflow analyze tells of all.",
    cannot="Listening sockets.",
    source=("pool.pcap", "sha256 6b3dd3bd", "462 packets read, 0 skipped"),
)


def layers(ip: str, port: int | None = None, **counts: tuple[int, ...]) -> Layers:
    named = {state: counts[state] for state in get_args(State) if state in counts}
    place = Place(ip, port, "server") if port else Place(ip)
    return Layers(place, ("client",), named)


def pool() -> tuple[list[Layers], list[Told]]:
    """The server closes 50 connections at once; the client closes 6 of them."""
    found = [
        layers(
            "10.77.67.1",
            CLOSE_WAIT=(0, 50, 50, 45, 45, 44),
            ESTABLISHED=(50, 0, 0, 0, 0, 0),
        ),
        layers(
            "10.77.67.2",
            TIME_WAIT=(0, 0, 0, 5, 5, 5),
            FIN_WAIT_2=(0, 50, 50, 45, 45, 44),
            ESTABLISHED=(50, 0, 0, 0, 0, 0),
        ),
    ]
    told = [
        Told(FIRST + SECOND, "error", "close-wait-pileup", "44 sockets stuck in CLOSE_WAIT."),
        Told(FIRST + SECOND, "info", "fin-wait-2-pileup", "44 sockets wait in FIN_WAIT_2."),
        Told(FIRST + 5 * SECOND, "warning", "reset-abort", "The client aborted one connection."),
    ]
    return found, told


def busy() -> tuple[list[Layers], list[Told]]:
    """A leak of a few sockets below a hundred thousand that are used, and many hosts."""
    few = tuple(range(0, 60, 10))
    found = [
        layers(
            "2001:db8::5",
            CLOSE_WAIT=few,
            TIME_WAIT=(0, 9_000, 20_000, 28_000, 28_000, 28_000),
            FIN_WAIT_1=(3, 0, 4, 0, 2, 2),
            ESTABLISHED=(100_000, 110_000, 120_000, 115_000, 118_000, 1_234_567),
            UNKNOWN=(10, 8, 6, 4, 2, 0),
        ),
        *(layers(f"10.0.0.{i}", 443, ESTABLISHED=few, SYN_RECEIVED=few[::-1]) for i in range(5)),
        Layers(None, ("client", "server"), {"LAST_ACK": few}, 9_994),
    ]
    told = [
        Told(FIRST + SECOND * i // 2, "warning", "slow-close", "It took long, " * 12)
        for i in range(8)
    ]
    return found, told


CASES = {"pool": pool, "busy": busy}


def drawn(name: str, size: Size = "report", measure: Measure = plex) -> Chart:
    found, told = CASES[name]()
    moments = [FIRST + SECOND * i for i in range(6)]
    return chart(found, moments, FIRST, told, SUBJECT, size=size, measure=measure)


def states(counts: Counts) -> list[tuple[State, ...]]:
    return [strip.states for strip in strips(counts)]


def test_states_share_a_scale_where_each_can_be_seen() -> None:
    counts: Counts = {"CLOSE_WAIT": (5, 10), "TIME_WAIT": (8, 8), "ESTABLISHED": (50, 20)}
    assert states(counts) == [("CLOSE_WAIT", "TIME_WAIT", "ESTABLISHED")]


def test_close_wait_never_hides_under_established() -> None:
    counts: Counts = {"CLOSE_WAIT": (5, 10), "ESTABLISHED": (5_000, 4_000)}
    assert states(counts) == [("ESTABLISHED",), ("CLOSE_WAIT",)]


def test_neither_under_time_wait_nor_the_other_way_round() -> None:
    few: Counts = {"CLOSE_WAIT": (5, 10), "TIME_WAIT": (0, 28_000), "ESTABLISHED": (90_000, 0)}
    assert states(few) == [("ESTABLISHED",), ("TIME_WAIT",), ("CLOSE_WAIT",)]
    many: Counts = {"CLOSE_WAIT": (500, 1_000), "TIME_WAIT": (0, 3), "ESTABLISHED": (9, 0)}
    assert states(many) == [("CLOSE_WAIT",), ("TIME_WAIT", "ESTABLISHED")]


def test_what_nobody_watches_may_be_small() -> None:
    counts: Counts = {"FIN_WAIT_1": (1, 1), "ESTABLISHED": (5_000, 4_000)}
    assert states(counts) == [("FIN_WAIT_1", "ESTABLISHED")]


@pytest.mark.parametrize(
    ("peak", "expected"),
    [(1, [0, 1]), (4, [0, 1, 2, 3, 4]), (13, [0, 5, 10]), (1_234_567, [0, 500_000, 1_000_000])],
)
def test_ticks_are_round(peak: int, expected: list[int]) -> None:
    assert ticks(peak) == expected


def test_areas_stack_and_end_where_there_is_nothing() -> None:
    counts: Counts = {"CLOSE_WAIT": (0, 2, 2, 0), "ESTABLISHED": (3, 1, 0, 1)}
    [strip] = strips(counts)
    found = list(areas(strip, counts, Plot((0, 10, 20, 30, 40), 100, 10)))
    assert [(area.state, area.edge) for area in found] == [
        ("CLOSE_WAIT", ((10, 80), (30, 80))),
        ("ESTABLISHED", ((0, 70), (20, 70))),
        ("ESTABLISHED", ((30, 90), (40, 90))),
    ]
    assert found[1].points == ((0, 70), (20, 70), (20, 80), (10, 80), (10, 100), (0, 100))


def test_words_stand_where_an_area_is_highest_and_no_line_crosses() -> None:
    counts: Counts = {"CLOSE_WAIT": (1, 4, 4, 4, 4, 1)}
    [strip] = strips(counts)
    plot = Plot(tuple(100.0 * i for i in range(7)), 100, 10)
    found = room(strip, "CLOSE_WAIT", counts, plot, 100, [])
    assert found is not None
    assert (found.height, 100 < found.x < 500) == (40, True)
    found = room(strip, "CLOSE_WAIT", counts, plot, 100, [150, 250, 450])
    assert found is not None
    assert (found.x, found.height) == (350, 40)
    assert room(strip, "CLOSE_WAIT", counts, plot, 700, []) is None


@pytest.mark.parametrize(
    ("seconds", "last"),
    [(0.004, "+4 ms"), (1.2, "+1.2 s"), (8, "+8 s"), (78, "+70 s"), (900, "+14 min")],
)
def test_times_are_round(seconds: float, last: str) -> None:
    end = FIRST + round(seconds * SECOND)
    told = [words for _, words in Axis((FIRST, end), FIRST, 1600).ticks()]
    assert told[0] == "0"
    assert told[-1].replace("\u00a0", " ") == last
    assert 3 <= len(told) <= 9


def test_badges_stand_apart_in_order_of_time() -> None:
    for name in CASES:
        badges = [mark for mark in drawn(name).marks if isinstance(mark, Badge)]
        row = [badge for badge in badges if badge.y == badges[0].y]
        assert [badge.number for badge in row] == list(range(1, len(row) + 1))
        assert all(b.x - a.x >= 40 for a, b in pairwise(row))


def test_every_state_is_named_with_what_it_came_to() -> None:
    words = {mark.words for mark in drawn("busy").marks if isinstance(mark, Text)}
    assert {"CLOSE_WAIT", "TIME_WAIT", "FIN_WAIT_1", "ESTABLISHED", "UNKNOWN"} <= words
    assert {"50", "28,000", "1,234,567", "9,994 others"} <= words


def test_small_areas_are_as_high_as_they_need_to_be_seen() -> None:
    leak = next(m for m in drawn("busy").marks if isinstance(m, Area) and m.state == "CLOSE_WAIT")
    heights = [y for _, y in leak.points]
    assert max(heights) - min(heights) > 100


@pytest.mark.parametrize("size", get_args(Size))
@pytest.mark.parametrize("name", CASES)
def test_nothing_overlaps(name: str, size: Size) -> None:
    assert overlaps(drawn(name, size)) == []
    assert overlaps(drawn(name, size, Ruler("dejavu"))) == []


@pytest.mark.parametrize("name", CASES)
def test_a_slide_has_the_form_of_slides(name: str) -> None:
    chart = drawn(name, "slide")
    assert chart.width / chart.height == pytest.approx(16 / 9)


@pytest.mark.parametrize("name", CASES)
def test_chart_is_as_it_was(name: str) -> None:
    assert dump(drawn(name)) == (GOLDEN / f"{name}.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("suffix", [".png", ".svg", ".pdf"])
def test_the_same_picture_has_the_same_octets(suffix: str) -> None:
    once = render(drawn("pool"), suffix, Finish(dpi=50))
    assert once == render(drawn("pool"), suffix, Finish(dpi=50))
    if suffix == ".svg":
        assert b"CLOSE_WAIT 44 in the end, 50 the most" in once


def test_a_chart_has_no_form_in_words() -> None:
    with pytest.raises(UsageError):
        render(drawn("pool"), ".mmd")


if __name__ == "__main__":
    for case in CASES:
        (GOLDEN / f"{case}.txt").write_text(dump(drawn(case)), encoding="utf-8")
        for folder in sys.argv[1:]:
            write(drawn(case), Path(folder) / f"chart-{case}.png")
