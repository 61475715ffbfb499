"""The check for overlaps knows every kind of mark, and how large each is painted."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import get_args

import pytest
from matplotlib import style
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Text as Words
from matplotlib.transforms import Bbox

from pcapflow.api import analyze
from pcapflow.draw.canvas import Canvas
from pcapflow.draw.fonts import Family, Ruler
from pcapflow.draw.paint import paint
from pcapflow.draw.png import STYLE
from pcapflow.scene import Chart, Scene, scene
from pcapflow.scene.marks import Mark, Text
from pcapflow.scene.measure import Measure, plex
from pcapflow.scene.style import INK
from pcapflow.values import replace
from tests.scene.boxes import boxes
from tests.scene.demo import DEMOS
from tests.scene.overlaps import overlaps
from tests.scene.recordings import SAMPLES
from tests.scene.sweep.pictures import FONTS, charts
from tests.scene.test_chart import drawn as over_time

NAMES = [kind.__name__ for kind in get_args(Mark)]
FAMILIES: dict[Family, Measure] = {"plex": plex, "dejavu": Ruler("dejavu")}
DRAWN = ("lost-final-ack", "close-wait-leak", "time-wait", "simultaneous-close", "closed-socket")


@cache
def pictures(family: Family = "plex") -> tuple[Scene | Chart, ...]:
    """Pictures in which there is every kind of mark."""
    fonts = next(name for name in FONTS if name == family)
    lost = next(path for path in SAMPLES if path.stem == "lost_final_ack")
    shapes = charts(lost, analyze([str(lost)]), ("report",), (fonts,))
    return (
        *(scene(*DEMOS[name](), "1.0.0", measure=FAMILIES[family]) for name in DRAWN),
        over_time("busy", measure=FAMILIES[family]),
        *(each.drawn for each in shapes),
    )


def marks(name: str) -> Iterator[tuple[Scene | Chart, Mark]]:
    for picture in pictures():
        for mark in picture.marks:
            if type(mark).__name__ == name:
                yield picture, mark


@pytest.mark.parametrize("name", NAMES)
def test_every_kind_of_mark_leaves_a_page_that_is_too_small(name: str) -> None:
    found = list(marks(name))
    assert found, "no picture here has such a mark: add one that does"
    for picture, mark in found:
        assert overlaps(replace(picture, marks=(mark,), height=1.0))


@pytest.mark.parametrize("name", NAMES)
def test_words_on_any_kind_of_mark_are_found(name: str) -> None:
    kind = next(m.type for p in pictures() for m in p.marks if isinstance(m, Text))
    for picture, mark in marks(name):
        part = next(iter(boxes(mark, 0)))
        middle = (part.left + part.right) / 2, (part.top + part.bottom) / 2
        words = Text(middle[0], middle[1] + 7, "planted", replace(kind, colour=INK), 60, "middle")
        assert overlaps(replace(picture, marks=(mark, words)))


# ------------------------------------------------------------------- and what is painted of it


def painted(mark: Mark, picture: Scene | Chart, family: Family) -> list[tuple[str | None, Bbox]]:
    """The words, if it is words, and the box in px of the page, of each thing that is painted."""
    canvas = Canvas(picture.width, picture.height, family, picture.inches)
    paint(mark, canvas)
    renderer = FigureCanvasAgg(canvas.figure).get_renderer()  # type: ignore[no-untyped-call]
    found: list[tuple[str | None, Bbox]] = []
    for artist in canvas.figure.get_children():
        if artist is canvas.figure.patch:
            continue
        box = artist.get_window_extent(renderer)
        y0, y1 = picture.height - box.y1, picture.height - box.y0
        words = artist.get_text() if isinstance(artist, Words) else None
        found.append((words, Bbox([[box.x0, y0], [box.x1, y1]])))
    return found


def holds(outer: Bbox, inner: Bbox, room: float) -> bool:
    return bool(
        outer.x0 - room <= inner.x0
        and inner.x1 <= outer.x1 + room
        and outer.y0 - room <= inner.y0
        and inner.y1 <= outer.y1 + room
    )


@pytest.mark.parametrize("family", FAMILIES)
def test_what_is_painted_lies_in_the_boxes(family: Family) -> None:
    """All of a mark in all of its boxes, and each line of words in its own."""
    with style.context(STYLE):
        for picture in pictures(family):
            for number, mark in enumerate(picture.marks):
                own = {
                    box: Bbox([[box.left, box.top], [box.right, box.bottom]])
                    for box in boxes(mark, number)
                }
                around = Bbox.union(list(own.values()))
                for words, box in painted(mark, picture, family):
                    assert holds(around, box, 3), (mark, box)
                    lines = [own[b] for b in own if b.kind == "text" and b.name == repr(words)]
                    assert not lines or any(holds(line, box, 2) for line in lines), (words, box)
