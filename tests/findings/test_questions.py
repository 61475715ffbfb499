"""Questions and answers: by any spelling of a state, and with codes that exist."""

import pytest

from pcapflow.errors import UsageError
from pcapflow.findings import catalogue
from pcapflow.findings.questions import QUESTIONS, Question, question
from pcapflow.report import explain, text


@pytest.mark.parametrize(
    ("typed", "topic"),
    [
        ("CLOSE_WAIT", "close-wait"),
        ("CLOSE-WAIT", "close-wait"),
        ("close-wait", "close-wait"),
        ("TIME_WAIT", "time-wait"),
        ("FIN_WAIT_2", "fin-wait-2"),
        ("FIN_WAIT2", "fin-wait-2"),
        ("fin-wait-2", "fin-wait-2"),
        ("too many open files", "too-many-open-files"),
    ],
)
def test_states_as_netstat_and_ss_spell_them(typed: str, topic: str) -> None:
    found = question(typed)

    assert found is not None
    assert found.topic == topic


def test_topics_are_no_codes_and_lead_to_codes() -> None:
    codes = {rule.CODE for rule in catalogue.EVERY}

    assert codes.isdisjoint(each.topic for each in QUESTIONS)
    assert {code for each in QUESTIONS for code in each.codes} <= codes


@pytest.mark.parametrize("asked", QUESTIONS, ids=lambda asked: asked.topic)
@pytest.mark.parametrize("width", [80, 140])
def test_every_answer_fits(asked: Question, width: int) -> None:
    told = text.plain(explain.lines(asked.topic, width), "utf-8")

    assert max(map(len, told.splitlines())) <= width
    assert asked.asked.split()[0] in told
    assert all(f"→ pcapflow explain {code}" in told for code in asked.codes)


@pytest.mark.parametrize(
    ("topic", "said"),
    [
        ("close-wait", "no timer ends CLOSE_WAIT"),
        ("too-many-open-files", "1,024"),
        ("fin-wait-2", "The end in FIN_WAIT_2 is the victim"),
        ("fin-wait-2", "Apache"),
        ("close-was-called", "another descriptor still holds the same socket"),
        ("tuning", "tcp_close_wait_interval of old Solaris never did it"),
        ("half-closes", "Legal."),
        ("time-wait", "470 connections a second"),
    ],
)
def test_what_the_answers_say(topic: str, said: str) -> None:
    found = question(topic)

    assert found is not None
    assert said in " ".join(found.answer)


def test_the_list_names_every_topic() -> None:
    told = text.plain(explain.lines(None, 80), "utf-8")

    assert all(f"{each.topic}  " in told for each in QUESTIONS)


def test_what_is_neither_is_told_so() -> None:
    with pytest.raises(UsageError, match="there is no finding 'closed-wait'"):
        explain.lines("closed-wait", 80)
