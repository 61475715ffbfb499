"""Every sample and every recording of the lab: what its picture tells, and that nothing overlaps.

After a wanted change: ``python -m tests.scene.test_recordings`` writes the stories anew.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from pcapflow.draw.fonts import Ruler
from pcapflow.draw.text import text
from pcapflow.scene import View
from pcapflow.scene.fold import MAX_DRAWN, fold
from pcapflow.scene.steps import steps
from tests.scene.overlaps import overlaps
from tests.scene.recordings import Recorded, fixtures, samples, story

STORIES = Path(__file__).parent / "stories.txt"
VIEWS = (View(), View(size="slide"), View(size="wide"), View(even=True))


def stories() -> str:
    """The samples, and the lab's fixtures as their clients saw them."""
    told = [*samples(), *(each for each in fixtures() if " client " in each.name)]
    return "".join(f"{each.name}: {story(each.scene().script)}\n" for each in told)


def test_the_stories_are_as_they_were() -> None:
    assert stories() == STORIES.read_text(encoding="utf-8")


def faults(recorded: Recorded, view: View) -> list[str]:
    picture = recorded.scene(view)
    wide = [line for line in text(picture).splitlines() if len(line) > 80]
    told = steps(recorded.connection, recorded.segments)
    many = ["too much"] if len(fold(recorded.connection, told)) > MAX_DRAWN else []
    return [f"{recorded.name}: {fault}" for fault in (*overlaps(picture), *wide, *many)]


@pytest.mark.parametrize("view", VIEWS)
def test_nothing_overlaps_in_a_sample(view: View) -> None:
    assert [fault for each in samples() for fault in faults(each, view)] == []
    dejavu = Ruler("dejavu")
    for each in samples():
        assert (each.name, overlaps(each.scene(view, dejavu))) == (each.name, [])


@pytest.mark.parametrize("view", VIEWS)
def test_nothing_overlaps_in_a_recording_of_the_lab(view: View) -> None:
    assert len(fixtures()) > 300
    some = fixtures()[VIEWS.index(view) % 2 :: 2]  # half of them: each kind is there three times
    assert [fault for each in some for fault in faults(each, view)] == []


if __name__ == "__main__":
    STORIES.write_text(stories(), encoding="utf-8")
