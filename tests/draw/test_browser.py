"""SVG in a browser: its words are words, in their places, and nothing comes from elsewhere."""

from __future__ import annotations

import json
import re
from itertools import combinations
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.chromium import opened
from tests.docs import diagram
from tests.draw.pictures import PICTURES

PROBE = (Path(__file__).parent / "probe.js").read_text(encoding="utf-8")
SLACK = 1.0
Box = tuple[float, float, float, float]
"""Left, top, right, bottom, in the units of the viewBox."""


class Shown(NamedTuple):
    """What ``probe.js`` tells of a picture, and what the console said."""

    page: Box
    title: str
    texts: list[tuple[str, Box]]
    shapes: list[Box]
    stretched: list[float]
    fonts: list[str]
    fetched: list[str]
    said: list[str]


def shown(source: str, folder: Path) -> Shown:
    page = folder / "picture.svg"
    page.write_text(
        source.replace("</svg>", f"<script><![CDATA[\n{PROBE}]]></script></svg>"), encoding="utf-8"
    )
    seen = opened(page, folder / "home")
    told: dict[str, Any] = json.loads(seen.told)
    told["texts"] = [(each["words"], each["box"]) for each in told["texts"]]
    return Shown(**told, said=seen.said)


def collisions(picture: Shown) -> list[tuple[str, str]]:
    """Words that lie on other words."""
    return [(one, other) for (one, a), (other, b) in combinations(picture.texts, 2) if meet(a, b)]


def meet(a: Box, b: Box) -> bool:
    left, top = max(a[0], b[0]), max(a[1], b[1])
    right, bottom = min(a[2], b[2]), min(a[3], b[3])
    return left + SLACK < right and top + SLACK < bottom


def outside(picture: Shown) -> list[tuple[str, Box]]:
    """What leaves the page."""
    left, top, right, bottom = picture.page
    things: list[tuple[str, Box]] = [*picture.texts, *(("a shape", box) for box in picture.shapes)]
    return [
        (name, box)
        for name, box in things
        if box[0] < left - SLACK
        or box[1] < top - SLACK
        or box[2] > right + SLACK
        or box[3] > bottom + SLACK
    ]


def faults(picture: Shown) -> list[object]:
    return [*collisions(picture), *outside(picture), *picture.said, *picture.fetched]


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_in_a_browser(name: str, tmp_path: Path) -> None:
    picture = shown(PICTURES[name].file(".svg").decode(), tmp_path)
    assert faults(picture) == []
    assert len(picture.texts) > 30
    assert picture.title == PICTURES[name].draw().title
    # Each in the font that came along, as wide as it was planned.
    assert set(picture.fonts) == {"loaded"}
    assert all(0.97 < ratio < 1.03 for ratio in picture.stretched)


@pytest.mark.parametrize("name", ["leak", "lost-fin-slide", "shapes"])
def test_words_keep_their_places_in_another_font(name: str, tmp_path: Path) -> None:
    """Where a viewer takes no fonts from pictures: letters are squeezed, nothing collides."""
    source = PICTURES[name].file(".svg").decode()
    bare = re.sub(r"@font-face \{[^}]*\}", "", source).replace("IBM Plex", "No Such")
    picture = shown(bare, tmp_path)
    assert picture.fonts == []
    assert faults(picture) == []
    assert all(0.7 < ratio < 1.4 for ratio in picture.stretched)


def test_the_picture_of_the_states(tmp_path: Path) -> None:
    """It takes the fonts that a machine has."""
    picture = shown(diagram.svg(), tmp_path)
    assert picture.title == "The states of one end of a TCP connection"
    assert len(picture.texts) > 50
    assert faults(picture) == []


def test_faults_are_seen(tmp_path: Path) -> None:
    wrong = """<svg xmlns="http://www.w3.org/2000/svg" width="400" height="100"
        viewBox="0 0 800 200">
        <image href="http://127.0.0.1:9/x.png"/>
        <text x="20" y="50" font-size="20">one thing</text>
        <text x="60" y="55" font-size="20">another</text>
        <text x="780" y="100" font-size="20">too far</text>
        <circle cx="10" cy="195" r="10"/>
        <script>console.error("no good")</script>
        </svg>"""
    picture = shown(wrong, tmp_path)
    assert collisions(picture) == [("one thing", "another")]
    assert [name for name, _ in outside(picture)] == ["too far", "a shape"]
    assert ["no good" in words for words in picture.said] == [True]
    assert picture.fetched == ["http://127.0.0.1:9/x.png"]
