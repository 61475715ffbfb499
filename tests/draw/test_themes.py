"""Every theme has every colour that a scene names, and words can be read on what is below them."""

from __future__ import annotations

from typing import get_args

import pytest

from pcapflow.draw.themes import THEMES, ThemeName
from pcapflow.model import SEVERITIES, State
from pcapflow.scene import scene
from pcapflow.values import as_dict
from tests.scene.demo import DEMOS

NAMES = get_args(ThemeName)


def contrast(one: str, other: str) -> float:
    """WCAG 2.2: relative luminances, the lighter to the darker."""

    def luminance(colour: str) -> float:
        parts = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
        red, green, blue = (
            c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts
        )
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("state", get_args(State))
def test_a_state_can_be_read_on_its_band(name: ThemeName, state: State) -> None:
    theme = THEMES[name]
    assert contrast(theme["ink"], theme[f"{state} tint"]) >= 7
    assert contrast(theme[f"{state} spine"], theme["paper"]) >= (1.5 if name != "dark" else 3)


@pytest.mark.parametrize("name", NAMES)
def test_words_can_be_read(name: ThemeName) -> None:
    theme = THEMES[name]
    for below in ("paper", "plate", "card"):
        assert contrast(theme["ink"], theme[below]) >= 7
        assert contrast(theme["muted"], theme[below]) >= 4.5
    assert contrast(theme["ink"], theme["leak tint"]) >= 6
    assert contrast(theme["hold text"], theme["paper"]) >= 4.5
    for severity in (*SEVERITIES, "no finding"):
        assert contrast(theme[f"on {severity}"], theme[severity]) >= 3.8  # large and semibold
    for bold in ("alarm", "tie"):
        assert contrast(theme[bold], theme["paper"]) >= 3.8
    assert contrast(theme["on alarm"], theme["alarm"]) >= 3.8


def test_paper_needs_no_colour() -> None:
    for name, colour in THEMES["print"].items():
        assert name == "none" or colour[1:3] == colour[3:5] == colour[5:7]


@pytest.mark.parametrize("name", DEMOS)
def test_a_scene_names_colours_that_all_themes_have(name: str) -> None:
    used = set()
    for mark in scene(*DEMOS[name](), "1.0.0").marks:
        fields = as_dict(mark)
        texts = fields.get("texts", ())
        used |= {fields.get(key) for key in ("colour", "tint", "ink", "fill", "edge")}
        used |= {text.type.colour for text in texts}
        used |= {fields["type"].colour} if "type" in fields else set()
    for theme in THEMES.values():
        assert used - {None} <= set(theme)
