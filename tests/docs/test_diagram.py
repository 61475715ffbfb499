"""The picture of the states: it tells every row, and nothing in it lies over anything else."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, pairwise
from typing import get_args
from xml.etree import ElementTree

import pytest

from pcapflow.model import State
from pcapflow.tcp.table import TABLE
from tests.docs.diagram import BOX, NOTE, NOTES, ROUTES, STATES, observers, shown, svg

Rect = tuple[float, float, float, float]
"""Left, top, right, bottom."""

_SVG = "{http://www.w3.org/2000/svg}"
_SIZES = {"state": 16.0, "stimulus": 14.5, "source": 12.5, "names": 12.5}
_EM = 0.6
"""The width of a letter: that of monospaced fonts, more than that of most others."""


@pytest.fixture(scope="module")
def picture() -> ElementTree.Element:
    return ElementTree.fromstring(svg())


def test_every_row_of_the_table_is_told_with_its_source(picture: ElementTree.Element) -> None:
    told: dict[str, tuple[str, str]] = {}
    for group in picture.iter(f"{_SVG}g"):
        texts = list(group.iter(f"{_SVG}text"))
        for i, text in enumerate(texts):
            source = next((_words(t) for t in texts[i:] if t.get("class") == "source"), "")
            for span in text.iter(f"{_SVG}tspan"):
                name = span.get("id", "")
                assert name not in told
                told[name] = (_words(group), source)
    assert set(told) == {f"{row.state}.{row.stimulus}" for row in TABLE}
    for row in TABLE:
        group_words, source = told[f"{row.state}.{row.stimulus}"]
        assert row.stimulus in group_words
        assert source == shown(row)


def test_notes_tell_rows_that_lead_to_closed() -> None:
    assert {row.after for row in TABLE if row.stimulus in NOTES} == {"CLOSED"}


def test_every_arrow_has_a_row_and_every_state_a_box() -> None:
    drawn = {(r.state, r.after, observers(r)) for r in TABLE if r.stimulus not in NOTES}
    assert drawn == set(ROUTES)
    assert {state for state, _ in STATES} == set(get_args(State))


def test_arrows_join_the_boxes_of_their_states() -> None:
    for (before, after, _), route in ROUTES.items():
        for state, point in ((before, route.path[0]), (after, route.path[-1])):
            assert any(_on_edge(box, point) for name, box in _boxes() if name == state), state


def test_no_two_things_overlap(picture: ElementTree.Element) -> None:
    words = [(_words(t), _text_box(t)) for t in picture.iter(f"{_SVG}text")]
    lines = [(f"{k[0]} to {k[1]}", s) for k, r in ROUTES.items() for s in _segments(r.path)]
    for (one, a), (other, b) in combinations(words, 2):
        assert not _meet(a, b), (one, other)
    for one, a in words:
        for other, b in lines:
            assert not _meet(a, b), (one, other)
        for state, box in _boxes():
            assert one == state or not _meet(a, box), (one, state)
    for (one, a), (other, b) in combinations(lines, 2):
        assert one == other or not _meet(a, b), (one, other)


def test_words_stay_in_the_picture_and_notes_in_their_plates(picture: ElementTree.Element) -> None:
    page = _numbers(picture.get("viewBox", ""))
    for text in picture.iter(f"{_SVG}text"):
        assert _within(_text_box(text), (0, 0, page[2], page[3])), _words(text)
    plates = {(x, y): (x, y, x + NOTE[0], y + NOTE[1]) for (x, y), _ in NOTES.values()}
    for group in picture.iter(f"{_SVG}g"):
        rect = group.find(f"{_SVG}rect")
        if rect is not None:
            plate = plates[int(rect.get("x", "")), int(rect.get("y", ""))]
            for text in group.iter(f"{_SVG}text"):
                assert _within(_text_box(text), plate), _words(text)


def _words(element: ElementTree.Element) -> str:
    return "".join(element.itertext())


def _numbers(text: str) -> list[float]:
    return [float(number) for number in text.split()]


def _text_box(text: ElementTree.Element) -> Rect:
    size = _SIZES.get(text.get("class", ""), 0) or float(text.get("font-size", ""))
    x, y = float(text.get("x", "")), float(text.get("y", ""))
    width = len(_words(text)) * size * _EM
    anchor = "middle" if text.get("class") == "state" else text.get("text-anchor", "start")
    left = x - width * {"start": 0.0, "middle": 0.5, "end": 1.0}[anchor]
    return left, y - 0.78 * size, left + width, y + 0.2 * size


def _boxes() -> Iterator[tuple[State, Rect]]:
    for state, (x, y) in STATES:
        yield state, (x - BOX[0] / 2, y - BOX[1] / 2, x + BOX[0] / 2, y + BOX[1] / 2)


def _segments(path: tuple[tuple[int, int], ...]) -> Iterator[Rect]:
    for (x, y), (u, v) in pairwise(path):
        assert x == u or y == v, "arrows are drawn upright or level"
        yield min(x, u) - 1, min(y, v) - 1, max(x, u) + 1, max(y, v) + 1


def _meet(a: Rect, b: Rect) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def _within(a: Rect, b: Rect) -> bool:
    return b[0] <= a[0] and b[1] <= a[1] and a[2] <= b[2] and a[3] <= b[3]


def _on_edge(box: Rect, point: tuple[int, int]) -> bool:
    x, y = point
    level = y in (box[1], box[3]) and box[0] < x < box[2]
    upright = x in (box[0], box[2]) and box[1] < y < box[3]
    return level or upright
