"""What is painted is what the scene planned: with both families of fonts, inside the page."""

from __future__ import annotations

from io import BytesIO

import numpy as np
import pytest
from matplotlib import style
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.image import imread
from matplotlib.text import Text as Words

from pcapflow.draw.canvas import Canvas
from pcapflow.draw.fonts import Family, Ruler
from pcapflow.draw.png import STYLE, painted, png
from pcapflow.scene import Scene, scene
from pcapflow.scene.marks import Arrow, Band, Fold, Plate, Text
from pcapflow.scene.style import MARGIN
from pcapflow.values import replace
from tests.scene.demo import DEMOS

FAMILIES: tuple[Family, ...] = ("plex", "dejavu")


def texts(drawn: Scene) -> list[Text]:
    found: list[Text] = []
    for mark in drawn.marks:
        if isinstance(mark, Text):
            found.append(mark)
        elif isinstance(mark, Band | Arrow | Fold | Plate):
            found += mark.texts
    return found


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("name", DEMOS)
def test_nothing_is_painted_in_the_margins(name: str, family: Family) -> None:
    drawn = scene(*DEMOS[name](), "1.0.0", measure=Ruler(family))
    image = imread(BytesIO(png(drawn, family=family)))
    below_bar = image[12:, :, :3]
    edge = int(MARGIN) - 8
    assert (below_bar[:, :edge] > 0.99).all()
    assert (below_bar[:, -edge:] > 0.99).all()
    assert (below_bar[-8:] > 0.99).all()


@pytest.mark.parametrize("family", FAMILIES)
def test_words_are_painted_as_wide_as_they_were_measured(family: Family) -> None:
    drawn = scene(*DEMOS["closed-socket"](), "1.0.0", measure=Ruler(family))
    with style.context(STYLE):
        canvas = painted(drawn, family=family)
        renderer = FigureCanvasAgg(canvas.figure).get_renderer()  # type: ignore[no-untyped-call]
        widths = {}
        for words in canvas.figure.findobj(Words):
            assert isinstance(words, Words)
            size = round(float(words.get_fontsize()) / canvas.point, 3)
            widths[words.get_text(), size] = words.get_window_extent(renderer).width
    for text in texts(drawn):
        assert widths[text.words, text.type.size] == pytest.approx(text.width, abs=3, rel=0.02)


def test_words_shrink_rather_than_leave_their_place() -> None:
    drawn = scene(*DEMOS["orderly"](), "1.0.0")
    ruler = Ruler("dejavu")
    wide = next(t for t in texts(drawn) if ruler(t.words, t.type.face, t.type.size) > t.width + 9)
    with style.context(STYLE):
        canvas = Canvas(drawn.width, drawn.height, "dejavu", drawn.inches)
        canvas.text(wide)
        renderer = FigureCanvasAgg(canvas.figure).get_renderer()  # type: ignore[no-untyped-call]
        (words,) = canvas.figure.findobj(Words)
        assert isinstance(words, Words)
        assert words.get_window_extent(renderer).width == pytest.approx(wide.width, abs=3)


def test_formulas_and_markup_are_words_like_others() -> None:
    drawn = scene(*DEMOS["orderly"](), "1.0.0")
    marks = (*drawn.marks, Text(60, 700, "$x^2$ \\alpha <b>", texts(drawn)[0].type, 150))
    image = imread(BytesIO(png(replace(drawn, marks=marks))))
    assert np.isfinite(image).all()
