"""A capture at a glance: what shares a row, in which order, and that nothing overlaps.

After a wanted change: ``python -m tests.cli.test_glance FOLDER`` writes the expected pictures anew,
and paints them into the folder: look at them.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import get_args

import pytest

from pcapflow.api import analyze
from pcapflow.cli.choice import Choice
from pcapflow.cli.flow import service as service_of
from pcapflow.cli.glance import picture
from pcapflow.cli.selection import Selection
from pcapflow.draw import render, write
from pcapflow.draw.finish import Finish
from pcapflow.draw.fonts import Ruler
from pcapflow.scene import Chart
from pcapflow.scene.marks import Plate, Rail, Text
from pcapflow.scene.measure import Measure, plex
from pcapflow.scene.sheet import Size
from tests.cli import captures as made
from tests.cli.program import SAMPLES, pcapflow, sample
from tests.lab.fixtures import captures, fixture_names
from tests.scene.dump import dump
from tests.scene.overlaps import overlaps
from tests.wire import in_time_order, pcap

DEJAVU = Ruler("dejavu")
GOLDEN = Path(__file__).parent / "golden"
CASES = {
    "pool": ("leaking_pool",),
    "lost": ("lost_final_ack", "unanswered_fin", "refused", "simultaneous_close"),
    "all": tuple(sorted(path.stem for path in SAMPLES.glob("*.pcap"))),
}


def drawn(name: str, size: Size = "report") -> Chart:
    report = analyze([sample(each) for each in CASES[name]], hashing=True)
    return picture(report, size=size)


def words(chart: Chart) -> list[str]:
    return [mark.words.replace("\u00a0", " ") for mark in chart.marks if isinstance(mark, Text)]


@pytest.mark.parametrize("name", fixture_names())
def test_nothing_overlaps(name: str) -> None:
    _, path = next(captures(name))
    report = analyze([str(path)])
    looks: tuple[tuple[Size, Measure], ...] = (("report", plex), ("slide", DEJAVU))
    for size, measure in looks:
        assert (size, overlaps(picture(report, size=size, measure=measure))) == (size, [])


@pytest.mark.parametrize("size", get_args(Size))
@pytest.mark.parametrize("name", CASES)
def test_nothing_overlaps_in_several_captures(name: str, size: Size) -> None:
    report = analyze([sample(each) for each in CASES[name]])
    for measure in (plex, DEJAVU):
        chart = picture(report, size=size, measure=measure)
        assert overlaps(chart) == []
        if size == "slide":
            assert chart.width / chart.height == pytest.approx(16 / 9)


def test_the_worst_come_first_then_the_most() -> None:
    said = words(drawn("pool"))
    order = [said.index(each) for each in ("WARNING", "close-wait-leak", "NO FINDING")]
    assert order == sorted(order)
    assert said.index("orderly, server first") < said.index("still open")
    assert {"10", "76.9 %", "2", "15.4 %", "1", "7.7 %"} <= set(said)


def test_bars_share_one_scale_and_none_is_too_small_to_see(tmp_path: Path) -> None:
    bars = {
        mark.fill: round(mark.right - mark.left, 1)
        for mark in drawn("pool").marks
        if isinstance(mark, Plate) and mark.bottom - mark.top == 12 and mark.fill != "plate"
    }
    assert bars["warning"] == 185
    assert bars["stretched"] == 18.5
    many = [made.orderly(port=52000 + i) for i in range(400)]
    path = made.written(tmp_path, pcap(in_time_order(*many, made.aborted())))
    chart = picture(analyze([str(path)]))
    assert min(
        mark.right - mark.left
        for mark in chart.marks
        if isinstance(mark, Plate) and mark.bottom - mark.top == 12 and mark.fill != "plate"
    ) == pytest.approx(3.5)


def test_a_page_of_rows_and_what_is_left() -> None:
    chart = drawn("all")
    assert len([mark for mark in chart.marks if isinstance(mark, Rail)]) >= 24
    assert any(each.startswith("and ") and "more shapes: " in each for each in words(chart))
    assert {"ERROR", "WARNING", "INFO", "NO FINDING"} <= set(words(chart))


@pytest.mark.parametrize("name", CASES)
def test_the_picture_is_as_it_was(name: str) -> None:
    assert dump(drawn(name)) == (GOLDEN / f"shapes-{name}.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("suffix", [".png", ".svg", ".pdf"])
def test_the_same_capture_has_the_same_octets(suffix: str) -> None:
    once = render(drawn("lost"), suffix, Finish(dpi=50))
    assert once == render(drawn("lost"), suffix, Finish(dpi=50))


def test_rows_and_marks_are_read_aloud() -> None:
    heard = render(drawn("pool"), ".svg").decode()
    assert "warning, close-wait-leak, 10.77.4.2:8080: 10 connections, 76.9" in heard
    assert "<title>client: ESTABLISHED, CLOSE_WAIT, still there</title>" in heard
    assert "<title>server to client: FIN</title>" in heard
    lost = render(drawn("lost"), ".svg").decode()
    assert "<title>client to server: FIN times 5, not answered</title>" in lost.replace("  ", " ")


# ------------------------------------------------------------------------------ the command line


def test_it_is_written_where_nobody_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    done = pcapflow("diagram", sample("leaking_pool"), "--shapes", "--size", "slide")

    assert (done.code, done.out) == (0, "")
    assert done.err == "pcapflow: wrote leaking_pool-shapes.png: 13 connections\n"
    assert (tmp_path / "leaking_pool-shapes.png").read_bytes().startswith(b"\x89PNG")
    again = pcapflow("diagram", sample("leaking_pool"), "--shapes")
    assert again.code == 2
    assert "--force" in again.err


def test_addresses_can_stay_at_home(tmp_path: Path) -> None:
    target = tmp_path / "shapes.svg"
    pcapflow("diagram", sample("leaking_pool"), "--shapes", "--redact", "-o", target)

    svg = target.read_text(encoding="utf-8")
    assert "server-1:8080" in svg
    assert "10.77." not in svg


def test_of_the_connections_that_were_chosen_it_tells_the_same(tmp_path: Path) -> None:
    """Those of one sample among all, and those of the sample alone."""
    alone = analyze([sample("leaking_pool")])
    [service] = {group.service for group in alone.groups}
    every = analyze([sample(each) for each in CASES["all"]])
    choice = Choice(services=frozenset({service_of(str(service))}))
    chosen = words(picture(Selection(every, choice)))
    assert chosen[0].endswith("13 of 35 connections, 1 service")
    wanted = words(picture(alone))
    start, stop = wanted.index("WHAT HAPPENED, AND WHERE"), wanted.index("C client   S server")
    assert wanted[start:stop] == chosen[start:stop]


def test_filters_choose_what_it_is_of(tmp_path: Path) -> None:
    target = tmp_path / "shapes.png"
    done = pcapflow(
        "diagram", sample("leaking_pool"), "--shapes", "--from", "+3s", "--to", "+4s", "-o", target
    )
    assert done.code == 0
    assert done.err == f"pcapflow: wrote {target}: 11 connections\n"


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["--flow", "1"], "--shapes is of many connections; leave out --flow and --findings"),
        (["--findings"], "--shapes is of many connections; leave out --flow and --findings"),
        (["--port", "80"], "there is no TCP connection left by the filters"),
        (["--around", "lost-final-ack"], "leave out --around, --clock, --absolute and --even"),
        (["--clock", "utc"], "leave out --around, --clock, --absolute and --even"),
        (["--format", "mmd"], "--shapes draws no .mmd. Try: -o FILE.png, .svg or .pdf"),
        (["-o", "shapes.txt"], "--shapes draws no .txt. Try: -o FILE.png, .svg or .pdf"),
    ],
)
def test_what_does_not_go_together_is_one_line(arguments: list[str], line: str) -> None:
    done = pcapflow("diagram", sample("orderly"), "--shapes", *arguments)
    assert (done.code, done.err.count("\n")) == (2, 1)
    assert line in done.err


if __name__ == "__main__":
    for case in CASES:
        (GOLDEN / f"shapes-{case}.txt").write_text(dump(drawn(case)), encoding="utf-8")
        for folder in sys.argv[1:]:
            write(drawn(case), Path(folder) / f"shapes-{case}.png")
