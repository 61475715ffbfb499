"""The sentences at the top: at most two lines, and true to the record."""

from __future__ import annotations

from typing import get_args

import pytest

from pcapflow.model import Ending
from pcapflow.scene import scene
from pcapflow.scene.marks import Text
from pcapflow.scene.steps import steps
from pcapflow.scene.verdict import verdict
from pcapflow.values import replace
from tests.scene.demo import DEMOS


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        (
            "lost-final-ack",
            "Closed in order, no data lost. The final ACK never reached the server, so it sent its "
            "FIN again 213 ms later.",
        ),
        (
            "close-wait-leak",
            "The client has not closed: 5.51 s after the server’s FIN it still sits in CLOSE_WAIT "
            "when the capture ends.",
        ),
        (
            "closed-socket",
            "The client closed; 50.5 ms later the server still sent it 50 bytes. They were thrown "
            "away and answered with a reset.",
        ),
        (
            "half-close",
            "The client closed its side; the server sent 34.8 kB more and closed 1.99 s later. "
            "Closed in order, no data lost.",
        ),
        ("fin-unanswered", "The client sent its FIN 7 times in 13 s; nobody acknowledged it."),
        ("unanswered", "The client asked to open 4 times, and nobody answered."),
    ],
)
def test_verdict(name: str, sentence: str) -> None:
    assert scene(*DEMOS[name](), "1.0.0").title.replace("\u00a0", " ") == sentence


@pytest.mark.parametrize("name", DEMOS)
def test_a_verdict_takes_at_most_two_lines(name: str) -> None:
    drawn = scene(*DEMOS[name](), "1.0.0")
    lines = [m for m in drawn.marks if isinstance(m, Text) and m.type.size == 36]
    assert 1 <= len(lines) <= 2


@pytest.mark.parametrize("ending", get_args(Ending))
@pytest.mark.parametrize("name", DEMOS)
def test_every_ending_has_a_sentence_whatever_else_the_record_says(
    name: str, ending: Ending
) -> None:
    connection, segments, _ = DEMOS[name]()
    sentences = verdict(replace(connection, ending=ending), steps(connection, segments))
    assert all(sentence.endswith(".") for sentence in sentences)
