"""SVG: well formed, complete without anything beside it, and legible to those who only hear it."""

from __future__ import annotations

import re
from base64 import b64decode
from io import BytesIO
from xml.etree import ElementTree

import pytest
from fontTools.ttLib import TTFont

from pcapflow.draw.svg import svg
from pcapflow.scene import Scene, scene
from pcapflow.scene.marks import Arrow, Band, Fold, Plate, Text
from pcapflow.values import replace
from tests.scene.demo import DEMOS

SVG = "{http://www.w3.org/2000/svg}"


def drawn(name: str) -> Scene:
    return scene(*DEMOS[name](), "1.0.0")


def words(picture: Scene) -> list[str]:
    found: list[str] = []
    for mark in picture.marks:
        if isinstance(mark, Text):
            found.append(mark.words)
        elif isinstance(mark, Band | Arrow | Fold | Plate):
            found += [text.words for text in mark.texts]
    return found


@pytest.mark.parametrize("name", ["closed-socket", "close-wait-leak-long", "ipv6", "mess"])
def test_all_words_are_text(name: str) -> None:
    picture = drawn(name)
    page = ElementTree.fromstring(svg(picture))
    told = [element.text for element in page.iter(f"{SVG}text")]
    assert [word for word in words(picture) if word not in told] == []


def test_a_title_and_a_description_for_screen_readers() -> None:
    page = ElementTree.fromstring(svg(drawn("lost-final-ack")))
    title, description = page[0], page[1]
    assert (title.tag, description.tag) == (f"{SVG}title", f"{SVG}desc")
    assert page.get("role") == "img"
    assert page.get("aria-labelledby") == f"{title.get('id')} {description.get('id')}"
    assert title.text == drawn("lost-final-ack").title
    assert description.text is not None
    told = description.text.splitlines()
    assert "307.49 ms: client to server: ACK of B  lost  (1), #13, ACK, seq 202 ack 602." in told
    assert "The server is in LAST_ACK, 212.8 ms." in told
    assert "TIME_WAIT, 60.0 s to go, by timer." in description.text


def test_each_arrow_and_state_has_a_name_of_its_own() -> None:
    page = ElementTree.fromstring(svg(drawn("lost-final-ack")))
    names = [title.text for title in page.iter(f"{SVG}title")]
    assert "client to server, lost: ACK of B · lost · #13 · ACK · seq 202 ack 602" in names
    assert "server: LAST_ACK, 212.8 ms" in names
    assert "FIN A and its ACK" in names
    assert "finding 2" in names


def test_the_fonts_in_it_have_every_letter() -> None:
    source = svg(drawn("closed-socket"))
    fonts = {
        name: TTFont(BytesIO(b64decode(data)))
        for name, data in re.findall(r"'pf-\w+-(\w+)'[^}]*base64,([^)]+)\)", source)
    }
    for element in ElementTree.fromstring(source).iter(f"{SVG}text"):
        letters = fonts[element.get("class", "")].getBestCmap()
        assert [c for c in element.text or "" if ord(c) not in letters] == []
    assert len(source) < 200_000


def test_nothing_is_fetched_and_markup_is_words() -> None:
    picture = drawn("orderly")
    hostile = Text(60, 700, "<script>alert('&')</script>", picture.marks[2].type, 150)  # type: ignore[union-attr]
    source = svg(replace(picture, marks=(*picture.marks, hostile)))
    page = ElementTree.fromstring(source)
    assert hostile.words in [element.text for element in page.iter(f"{SVG}text")]
    allowed = {"svg", "title", "desc", "style", "rect", "g", "path", "circle", "text"}
    assert {element.tag.removeprefix(SVG) for element in page.iter()} <= allowed
    assert set(re.findall(r"url\((\w+:)", source)) == {"data:"}


def test_numbers_are_short() -> None:
    source = svg(drawn("mess"))
    numbers = re.findall(r'(?<=[" ,ML-])\d+\.?\d*(?=[" ,z])', source.split("</style>")[1])
    assert numbers
    assert [n for n in numbers if len(n.partition(".")[2]) > 2] == []
