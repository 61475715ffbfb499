"""A dozen pictures, pixel by pixel, are what somebody looked at and found right.

After a wanted change: ``python -m tests.draw.test_images`` writes them anew, and each that changed
wants to be looked at.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeGuard, get_args

import matplotlib
import numpy as np
import pytest

from pcapflow.draw import Finish
from pcapflow.draw.png import png
from pcapflow.draw.themes import ThemeName
from pcapflow.scene.marks import Area, Arrow, Badge, Band, Fold, Hop, Mark, Plate, Rail, Text
from pcapflow.values import replace
from tests.draw.images import fault, pixels, stored
from tests.draw.pictures import PICTURES

FOLDER = Path(__file__).parent / "images"
DPI = 75
"""600 px on a page of a report: enough to see a fault, and small."""


def needs_the_same_letters() -> None:
    """Before 3.11 matplotlib set words without HarfBuzz: a long line was up to 6 px longer."""
    if matplotlib.__version_info__ < (3, 11):
        pytest.skip("the stored pictures are of matplotlib 3.11, which sets words otherwise")


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_is_as_it_was(name: str, tmp_path: Path) -> None:
    needs_the_same_letters()
    expected = pixels((FOLDER / f"{name}.png").read_bytes())
    assert fault(expected, pixels(PICTURES[name].png(DPI)), tmp_path) == ""


def test_they_are_a_dozen_small_and_of_all_themes() -> None:
    files = {path.stem: path.stat().st_size for path in FOLDER.iterdir()}
    assert files.keys() == PICTURES.keys()
    assert sum(files.values()) < 600_000
    assert {picture.theme for picture in PICTURES.values()} == set(get_args(ThemeName))


# ---------------------------------------------------------------------- faults that must be seen


def moved(mark: Mark, right: float = 0, down: float = 0) -> Mark:
    """The mark with its first words elsewhere."""
    if isinstance(mark, Text):
        return replace(mark, x=mark.x + right, y=mark.y + down)
    if isinstance(mark, Band | Arrow | Fold | Plate | Hop) and mark.texts:
        first, *others = mark.texts
        elsewhere = replace(first, x=first.x + right, y=first.y + down)
        return replace(mark, texts=(elsewhere, *others))
    return mark


def recoloured(mark: Mark) -> Mark:
    """A state in the colour of another."""
    if isinstance(mark, Band) or lasting(mark):
        other = "FIN_WAIT_2" if mark.state != "FIN_WAIT_2" else "CLOSE_WAIT"
        tint = {"tint" if isinstance(mark, Band) else "fill": f"{other} tint"}
        return replace(mark, colour=f"{other} spine", **tint)
    if isinstance(mark, Rail) and mark.spans:
        (_, *where), *others = mark.spans
        return replace(mark, spans=(("CLOSE_WAIT", *where), *others))
    return mark


def missing(mark: Mark) -> Mark | None:
    """Nothing in place of an arrow, a card, a badge or an area."""
    return None if isinstance(mark, Arrow | Fold | Badge | Hop) or lasting(mark) else mark


def lasting(mark: Mark) -> TypeGuard[Area]:
    """An area of a state that some socket was in for more than a px."""
    passing = ("SYN_SENT", "SYN_RECEIVED", "FIN_WAIT_1")
    return isinstance(mark, Area) and mark.state not in passing


FAULTS: dict[str, Callable[[Mark], Mark | None]] = {
    "words 10 px to the right": lambda mark: moved(mark, right=10),
    "words 10 px lower": lambda mark: moved(mark, down=10),
    "another colour": recoloured,
    "a thing missing": missing,
}


@pytest.mark.parametrize("kind", FAULTS)
@pytest.mark.parametrize("name", ["leak", "states-dark", "shapes"])
def test_a_fault_is_seen(name: str, kind: str, tmp_path: Path) -> None:
    """Of all marks, those with the smallest words and one in the middle are spoilt in turn."""
    picture = PICTURES[name]
    drawn = picture.draw()
    right = pixels(stored(pixels(picture.png(DPI))))
    spoilt = [(i, FAULTS[kind](mark)) for i, mark in enumerate(drawn.marks)]
    spoilt = [(i, mark) for i, mark in spoilt if mark != drawn.marks[i]]
    spoilt.sort(key=lambda each: _width(each[1]))
    for i, mark in [*spoilt[:2], spoilt[len(spoilt) // 2]]:
        instead = () if mark is None else (mark,)
        marks = (*drawn.marks[:i], *instead, *drawn.marks[i + 1 :])
        wrong = png(replace(drawn, marks=marks), Finish(theme=picture.theme, dpi=DPI))
        assert "look at" in fault(right, pixels(wrong), tmp_path), drawn.marks[i]


def test_what_is_wrong_is_shown(tmp_path: Path) -> None:
    right = pixels(PICTURES["orderly"].png(DPI))
    wrong = right.copy()
    wrong[200:208, 300:350] = (0, 114, 178)
    told = fault(right, wrong, tmp_path)
    assert told.startswith("is off in 400 px, x 300 to 349, y 200 to 207; look at ")
    shown = pixels((tmp_path / "apart.png").read_bytes())
    assert (shown[204, 325] == (213, 0, 0)).all()
    assert (pixels((tmp_path / "actual.png").read_bytes()) == wrong).all()
    assert fault(right, right[:-5], tmp_path).startswith("is 600 × ")


def test_a_shade_is_no_fault(tmp_path: Path) -> None:
    """What another processor's rounding may make of it."""
    right = pixels(PICTURES["leak"].png(DPI))
    rough = np.random.default_rng(1).integers(-5, 6, right.shape)
    assert fault(right, np.clip(right + rough, 0, 255).astype(right.dtype), tmp_path) == ""
    assert fault(pixels(stored(right)), right, tmp_path) == ""


def _width(mark: Mark | None) -> float:
    if isinstance(mark, Text):
        return mark.width
    return mark.texts[0].width if isinstance(mark, Band | Arrow) and mark.texts else 1000


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for name, picture in PICTURES.items():
        (FOLDER / f"{name}.png").write_bytes(stored(pixels(picture.png(DPI))))
