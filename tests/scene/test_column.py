"""What was found, in the column beside the diagram or below it: nothing missing, little empty."""

from __future__ import annotations

import pytest

from pcapflow.scene import Scene, scene
from pcapflow.scene.marks import Badge, Plate, Text
from pcapflow.scene.sheet import REPORT
from pcapflow.scene.view import View
from tests.scene.demo import DEMOS
from tests.scene.demo.parts import Demo
from tests.scene.overlaps import overlaps
from tests.scene.tape import Tape

CODES = ("half-open", "data-lost-at-close", "idle-drop", "reset-closed-socket")


def short(*codes: str, sentences: int = 8) -> Demo:
    """A connection of few segments, about whose reset there is much to say."""
    tape = Tape()
    tape.handshake()
    tape.send("client", 900, "PSH, ACK", 1, 1, 5, "DATA")
    tape.send("server", 901, "RST", 1, None, 0, "RST_REPLY", client="CLOSED", server="CLOSED")
    for code in codes:
        words = "It had said nothing since. " * sentences
        tape.find(code, "warning", "server", "likely", (tape.frame,), words, "ask\nlook\ncapture")
    return tape.cut("reset", 902, ended_by="server")


def drawn(demo: Demo, size: str = "report") -> Scene:
    return scene(*demo, "1.0.0", view=View(size=size))  # type: ignore[arg-type]


def heads(picture: Scene, codes: tuple[str, ...] = CODES) -> list[Text]:
    return [m for m in picture.marks if isinstance(m, Text) and m.words in codes]


def right(mark: Text) -> bool:
    """Whether it stands in the column."""
    return mark.x >= REPORT.column[0]


def test_what_does_not_fit_beside_the_diagram_stands_below_it() -> None:
    picture = drawn(short(*CODES))
    assert sorted(each.words for each in heads(picture)) == sorted(CODES)
    assert {right(each) for each in heads(picture)} == {True, False}
    in_column = max(each.y for each in heads(picture) if right(each))
    assert all(each.y > in_column for each in heads(picture) if not right(each))
    said = [mark.words for mark in picture.marks if isinstance(mark, Text)]
    assert ("FINDINGS" in said, "MORE FINDINGS" in said) == (True, True)
    assert overlaps(picture) == []


def test_a_short_story_stays_beside_it() -> None:
    picture = drawn(short("half-open", sentences=1))
    assert [right(each) for each in heads(picture)] == [True]


def test_every_finding_has_the_number_of_what_it_is_about() -> None:
    picture = drawn(short(*CODES))
    badges = [mark for mark in picture.marks if isinstance(mark, Badge)]
    assert [badge.number for badge in badges] == [1] * (1 + len(CODES))
    beside = {(badge.y, badge.x) for badge in badges}
    assert all((head.y - 7, head.x - 46 + 17) in beside for head in heads(picture))


@pytest.mark.parametrize("size", ["report", "wide", "slide"])
def test_what_to_do_comes_last_wherever_it_stands(size: str) -> None:
    picture = drawn(short(*CODES), size)
    [advice] = [
        m
        for m in picture.marks
        if isinstance(m, Plate) and m.texts[:1] and m.texts[0].words == "What to do"
    ]
    marks = list(picture.marks)
    assert all(marks.index(head) < marks.index(advice) for head in heads(picture))
    assert [t.words for t in advice.texts if t.words != "→"] == [
        "What to do",
        "ask",
        "look",
        "capture",
    ]


def test_a_code_that_is_wider_than_the_column_breaks() -> None:
    long = "time-wait-assassination-of-a-very-long-name"
    picture = drawn(short(long, sentences=1))
    assert overlaps(picture) == []
    pieces = [m.words for m in picture.marks if isinstance(m, Text) and m.words in long]
    assert "".join(dict.fromkeys(piece for piece in pieces if len(piece) > 2)) == long


@pytest.mark.parametrize("name", DEMOS)
def test_a_slide_is_no_wider_than_it_must_be(name: str) -> None:
    """It is as narrow as slides can be, or full almost to its lower edge."""
    picture = drawn(DEMOS[name](), "slide")
    lowest = max(m.y for m in picture.marks if isinstance(m, Text))
    assert picture.width == 1920 or lowest > 0.93 * picture.height
