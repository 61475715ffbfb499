"""The sweep over captures: what it chooses and finds; nothing overlaps in any sample."""

from __future__ import annotations

from pathlib import Path

import pytest

from pcapflow.scene import View
from pcapflow.scene.marks import Text
from pcapflow.values import replace
from tests.scene.overlaps import overlaps
from tests.scene.recordings import SAMPLES
from tests.scene.sweep import __main__ as sweep
from tests.scene.sweep.choose import captures, choose, kinds
from tests.scene.sweep.pictures import Picture, charts, diagrams
from tests.scene.sweep.ugly import ugly

FOLDER = SAMPLES[0].parent


def test_every_capture_is_there_and_every_kind_of_connection() -> None:
    read, refused = captures([FOLDER])
    assert [each.path for each in read] == SAMPLES
    assert refused == []
    assert len(choose(read, len(read))) == len(read)
    enough = kinds(read) + len(read)
    chosen = [
        each.capture.report.connection(f) for each in choose(read, enough) for f in each.flows
    ]
    assert {c.ending for c in chosen} == {
        c.ending for each in read for c in each.report.connections()
    }
    everything = sum(each.report.total for each in read)
    assert sum(len(each.flows) for each in choose(read, 10 * everything)) == everything


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_nothing_overlaps_in_any_picture_of_a_sample(path: Path) -> None:
    read, _ = captures([path])
    [chosen] = choose(read, kinds(read) + 1)
    pictures = [*diagrams(path, read[0].report, chosen.flows), *charts(path, read[0].report)]
    assert len(pictures) >= 40
    assert [f"{each}: {fault}" for each in pictures for fault in overlaps(each.drawn)] == []


def test_one_planted_overlap_is_told_and_is_an_error(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    orderly = str(FOLDER / "orderly.pcap")
    assert sweep.main([orderly, "--connections", "1"]) == 0
    assert "1 captures, 1 read, 1 with TCP; 1 connections of 1 kinds; 1 chosen" in (
        capsys.readouterr().out
    )

    def planted(*asked: object) -> list[Picture]:
        [first, *_] = diagrams(*asked)  # type: ignore[arg-type]
        words = next(mark for mark in first.drawn.marks if isinstance(mark, Text))
        moved = replace(words, x=words.x + 5)
        return [first._replace(drawn=replace(first.drawn, marks=(*first.drawn.marks, moved)))]

    monkeypatch.setattr(sweep, "diagrams", planted)
    assert sweep.main([orderly, "--connections", "1"]) == 1
    told = capsys.readouterr().out
    assert "1  text meets text" in told
    assert "1 overlaps" in told


def test_the_ugliest_are_painted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "worst"
    assert sweep.main([str(FOLDER / "refused.pcap"), "--worst", str(folder)]) == 0
    [picture] = folder.glob("*.png")
    assert f"{picture.name}: " in capsys.readouterr().out


def test_a_long_column_beside_a_short_diagram_is_uglier() -> None:
    read, _ = captures([FOLDER / "orderly.pcap"])
    picture = next(diagrams(read[0].path, read[0].report, (1,)))
    assert picture.view == f"plain, {View().size}, plex"
    longer = replace(picture.drawn, height=2 * picture.drawn.height)
    assert ugly(longer).empty > ugly(picture.drawn).empty
    assert ugly(longer).score > ugly(picture.drawn).score
