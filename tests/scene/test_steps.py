"""What became of each segment, and what folds: read as transcripts of a wire."""

from __future__ import annotations

import pytest

from pcapflow.scene.fold import MAX_DRAWN, fold
from pcapflow.scene.items import Expected, Item, Moment, Run
from pcapflow.scene.steps import Step, steps
from pcapflow.tcp.codes import CODES
from tests.scene.demo import DEMOS, Demo
from tests.scene.tape import Tape


def told(demo: Demo) -> list[Step]:
    return steps(demo[0], demo[1])


def items(name: str) -> list[Item]:
    demo = DEMOS[name]()
    return fold(demo[0], told(demo))


def test_a_late_repeat_shows_that_the_ack_before_it_was_lost() -> None:
    fates = {s.segment.frame: (s.what, s.fate) for s in told(DEMOS["lost-final-ack"]())[-4:]}
    assert fates == {
        12: ("FIN B", "arrived"),
        13: ("ACK of B", "lost"),
        14: ("FIN B again", "arrived"),
        15: ("ACK of B, again", "arrived"),
    }


def test_a_repeat_without_an_ack_leaves_open_which_of_the_two_was_lost() -> None:
    fins = [s for s in told(DEMOS["lost-fin"]()) if s.letter == "A"]
    assert [s.fate for s in fins] == ["lost", "lost", "arrived"]
    assert {s.words for s in fins[:2]} == {"lost, or its ACK was"}


def test_a_repeat_that_a_dsack_answers_lost_nothing() -> None:
    tape = Tape()
    tape.handshake()
    tape.send("client", 1, "FIN, ACK", 1, 1, 0, "FIN", client="FIN_WAIT_1", server="CLOSE_WAIT")
    tape.send("client", 6, "FIN, ACK", 1, 1, 0, "FIN_AGAIN")
    tape.send("server", 9, "ACK", 1, 2, 0, "ACK_OF_FIN", client="FIN_WAIT_2")
    tape.send("server", 9.1, "ACK", 1, 2, 0, "ACK_OF_FIN_DSACK")
    assert {s.fate for s in told(tape.cut("half-closed"))} == {"arrived"}


def test_the_silence_of_an_end_that_was_never_captured_shows_no_loss() -> None:
    tape = Tape(opening="mid-stream", states=("ESTABLISHED", "UNKNOWN"))
    tape.send("client", 0, "FIN, ACK", 1, 1, 0, "FIN", client="FIN_WAIT_1")
    tape.send("client", 400, "FIN, ACK", 1, 1, 0, "FIN_AGAIN")
    assert {s.fate for s in told(tape.cut("unacknowledged"))} == {"arrived"}


def test_data_that_a_closed_socket_answers_was_thrown_away() -> None:
    data, reset = told(DEMOS["closed-socket"]())[-2:]
    assert (data.fate, data.words) == ("discarded", "nobody will read them")
    assert (reset.reset, reset.words) == ("closed socket", "the reply to #12")


def test_a_finding_makes_a_reset_injected() -> None:
    kinds = [s.reset for s in told(DEMOS["ignored-resets"]()) if s.reset]
    assert kinds == ["ignored", "not exact", "injected"]


def test_capture_duplicates_are_not_drawn() -> None:
    demo = DEMOS["mid-stream"]()
    assert len(told(demo)) == len(demo[1]) - 6


def test_handshake_and_early_data_fold() -> None:
    handshake, data, *rest = items("orderly")
    assert isinstance(handshake, Run)
    assert handshake.sub == "#1–3 · SYN, SYN-ACK, ACK · 0.18 ms"
    assert isinstance(data, Run)
    assert data.title == "2 requests, 2 replies: 6 segments"
    assert data.sub == "#4–9 · 200 B →  ← 600 B · 0.25 ms"
    assert [item.what for item in rest if isinstance(item, Step)] == [
        "FIN A",
        "ACK of A",
        "FIN B",
        "ACK of B",
    ]


def test_many_repeats_fold_and_few_do_not() -> None:
    folded = [i.title for i in items("fin-flood") if isinstance(i, Run)]
    assert folded[-1] == "FIN A again ×14"
    assert sum(isinstance(i, Step) for i in items("fin-unanswered")) == 7


def test_what_time_did_and_what_never_came_are_drawn() -> None:
    assert [i.words for i in items("time-wait") if isinstance(i, Moment)] == [
        "the server’s TIME_WAIT ends by timer"
    ]
    assert [i.end for i in items("close-wait-leak") if isinstance(i, Expected)] == ["client"]


@pytest.mark.parametrize("name", DEMOS)
def test_never_more_than_sixty_things_are_drawn_and_every_turn_shows(name: str) -> None:
    demo = DEMOS[name]()
    shown = items(name)
    assert len(shown) <= MAX_DRAWN
    alone = {i.segment.frame for i in shown if isinstance(i, Step)}
    cards = [i for i in shown if isinstance(i, Run)]
    for turn in demo[0].transitions:
        frame = turn.frame
        assert frame is None or frame in alone or any(c.first <= frame <= c.last for c in cards)


def test_the_mess_has_about_forty() -> None:
    assert 35 <= len(items("mess")) <= MAX_DRAWN


def test_every_code_of_the_engine_can_name_a_segment() -> None:
    # These go with another, or with none.
    besides = {"ACK", "UNANSWERED", "ANSWERED", "FIN_UNREAD", "LIVES_ON", "UNREACHABLE"} | {
        "RST_ODD",
        "RST_FOREIGN",
        "RST_DISOWNED",
    }
    for code in CODES.keys() - besides:
        tape = Tape(opening="mid-stream")
        tape.send("client", 0, "ACK", 1, 1, 0, code)
        (step,) = told(tape.cut("open"))
        assert step.lead == code
        assert step.what
