"""Rows at a glance, however long what they say is."""

from __future__ import annotations

from typing import get_args

import pytest

from pcapflow.draw.fonts import Ruler
from pcapflow.scene import Chart, Row, Section, glance
from pcapflow.scene.marks import Plate, Text
from pcapflow.scene.measure import Measure, plex
from pcapflow.scene.sheet import Size
from pcapflow.values import replace
from tests.scene.overlaps import overlaps
from tests.scene.test_beats import recorded
from tests.scene.test_chart import SUBJECT


def row(connections: int) -> Row:
    return Row(
        severity="error",
        head="time-wait-assassination",
        part="in 103,456,789 of 123,456,789",
        words="The client closed first; the last ACK was lost and sent again",
        where="[2001:db8:1111:2222:3333:4444:5555:6666]:65535",
        services=1,
        connections=connections,
        share="99.9 %",
        dwell=(
            ("client", "SYN_RECEIVED", "~119 min 59 s"),
            ("server", "SYN_RECEIVED", "~1122 d 23 h"),
        ),
        example=recorded("final_ack_always_lost")[0],
    )


def drawn(*counts: int, size: Size = "report", measure: Measure = plex) -> Chart:
    rows = tuple(map(row, counts))
    healthy = replace(row(1), severity=None, part="", where="7 services", services=7)
    sections = [
        Section("error", "123,456,789 connections, 2 shapes", rows),
        Section(None, "1 connection, 1 shape", (healthy,)),
    ]
    return glance(sections, SUBJECT, size=size, measure=measure)


@pytest.mark.parametrize("size", get_args(Size))
def test_long_words_and_numbers_have_room(size: Size) -> None:
    for measure in (plex, Ruler("dejavu")):
        chart = drawn(123_456_789, 1_234_567, size=size, measure=measure)
        assert overlaps(chart) == []


def test_the_number_is_always_written_beside_its_bar() -> None:
    chart = drawn(123_456_789, 1)
    said = [mark.words for mark in chart.marks if isinstance(mark, Text)]
    assert {"123,456,789", "1"} <= set(said)
    bars = [m for m in chart.marks if isinstance(m, Plate) and m.bottom - m.top == 12]
    assert [round(m.right - m.left, 1) for m in bars if m.fill == "error"] == [185, 3.5]


def test_what_is_searched_for_is_set_in_mono_and_a_number_of_services_is_not() -> None:
    faces = {m.words: m.type.face for m in drawn(1).marks if isinstance(m, Text)}
    assert faces["7 services"] == "regular"
    assert any(face == "mono" and "2001:db8" in words for words, face in faces.items())
