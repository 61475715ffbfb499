"""Runs on cards: what they are called, and when a run is one."""

from __future__ import annotations

import pytest

from pcapflow.scene import scene
from pcapflow.scene.fold import fold
from pcapflow.scene.items import Run
from pcapflow.scene.marks import Hold, Line
from pcapflow.scene.script import Turn
from pcapflow.scene.steps import Step, steps
from pcapflow.scene.style import MUTED
from pcapflow.values import replace
from tests.scene.demo.parts import Demo, requests
from tests.scene.tape import Tape, Vantage


def backoff(repeats: int, first: float = 200.0, factor: float = 2.0) -> Demo:
    """The client's FIN, and again after 0.2 s, 0.4 s ...: nobody acknowledges it."""
    tape = Tape()
    tape.handshake()
    requests(tape)
    tape.send("client", 10, "FIN, ACK", 201, 601, 0, "FIN", client="FIN_WAIT_1")
    at, gap = 10.0, first
    for _ in range(repeats):
        at, gap = at + gap, gap * factor
        tape.send("client", at, "FIN, ACK", 201, 601, 0, "FIN_AGAIN")
    return tape.cut("unacknowledged", at + 1000, first_closer="client")


def cards(demo: Demo) -> list[tuple[str, str]]:
    items = fold(demo[0], steps(demo[0], demo[1]))
    return [(item.title, item.sub) for item in items if isinstance(item, Run)]


def test_a_fin_that_backs_off_is_one_card() -> None:
    assert cards(backoff(9))[-1] == (
        "FIN A again ×9",
        "#11–19 · backoff 400.0 ms → 51.2 s · 102 s",
    )


def test_repeats_at_one_distance_are_no_backoff() -> None:
    assert cards(backoff(9, factor=1.0))[-1][1] == "#11–19 · 200.0 ms apart · 1.60 s"


def test_a_slide_has_no_room_for_many_repeats() -> None:
    demo = backoff(7)
    items = fold(demo[0], steps(demo[0], demo[1]), most=8)
    assert [item.title for item in items if isinstance(item, Run)][-1] == "FIN A again ×7"


def test_few_repeats_are_drawn_each() -> None:
    demo = backoff(7)
    drawn = [i for i in fold(demo[0], steps(demo[0], demo[1])) if isinstance(i, Step)]
    assert [step.what for step in drawn] == ["FIN A", *["FIN A again"] * 7]


def lossy(found: bool) -> Demo:
    """Forty times an octet goes twice, each after another time; then the client closes."""
    tape = Tape()
    tape.handshake()
    for i in range(40):
        at = 100.0 + 300 * i
        tape.send("client", at, "PSH, ACK", 1 + 10 * i, 1, 10, "DATA")
        tape.send("client", at + 210, "PSH, ACK", 1 + 10 * i, 1, 10, "DATA_AGAIN")
        tape.send("server", at + 220, "ACK", 1, 11 + 10 * i, 0, "ACK")
    if found:
        tape.find("zero-window-stall", "info", "server", "certain", (50,), "It stood still.", "-")
    tape.send("client", 20_000, "FIN, ACK", 401, 1, 0, "FIN", client="FIN_WAIT_1")
    return tape.cut("closing", 20_100, first_closer="client")


def test_a_long_life_before_the_first_fin_is_one_card() -> None:
    assert cards(lossy(found=False))[1:] == [
        ("The client sends data: 120 segments", "#4–123 · 800 B → · 40 sent again · 11.9 s")
    ]


def test_but_what_a_finding_is_about_is_drawn() -> None:
    demo = lossy(found=True)
    assert [count for count, _ in cards(demo)[1:]] == [
        "The client sends data: 46 segments",
        "The client sends data: 73 segments",
    ]
    drawn = [i for i in fold(demo[0], steps(demo[0], demo[1])) if isinstance(i, Step)]
    assert [step.segment.frame for step in drawn] == [50, 124]


# ------------------------------------------------------------------ what stands beside the rows


def closed(vantage: Vantage, lost: bool) -> Demo:
    """The server closes first; the ACK of the client's FIN is lost, or not."""
    tape = Tape(vantage=vantage)
    tape.handshake(20)
    tape.send("server", 60, "FIN, ACK", 1, 1, 0, "FIN", client="CLOSE_WAIT", server="FIN_WAIT_1")
    tape.send(
        "client", 90, "FIN, ACK", 1, 2, 0, "ACK_OF_FIN FIN", client="LAST_ACK", server="TIME_WAIT"
    )
    tape.send("server", 120, "ACK", 2, 2, 0, "ACK_OF_FIN", client="CLOSED")
    if lost:
        tape.send("client", 400, "FIN, ACK", 1, 2, 0, "FIN_AGAIN_LATE")
        tape.send("server", 420, "ACK", 2, 2, 0, "ACK_OF_FIN_AGAIN")
    tape.timer("server", 60_420 if lost else 60_090, "CLOSED")
    return tape.cut("orderly", 90_000, first_closer="server")


@pytest.mark.parametrize("lost", [False, True])
def test_time_wait_that_the_capture_outlives_has_a_closed_bracket(lost: bool) -> None:
    demo = closed("client", lost)
    (hold,) = (mark for mark in scene(*demo, "1").marks if isinstance(mark, Hold))
    assert hold.known == hold.bottom > hold.top


def test_time_wait_that_a_new_connection_ends_is_cut_short() -> None:
    connection, segments, info = closed("client", lost=False)
    *turns, over = connection.transitions
    taken = replace(over, at=over.at - 30_000_000_000, frame=17, evidence="presumed")
    picture = scene(replace(connection, transitions=(*turns, taken)), segments, info, "1")
    (hold,) = (mark for mark in picture.marks if isinstance(mark, Hold))
    assert not hold.whole
    (told,) = (act for act in picture.script.acts if act.kind == "moment")
    assert (told.head, told.words) == (
        "the server’s TIME_WAIT ends",
        "with #17, of another connection",
    )
    assert told.turns == (Turn("server", "CLOSED", ("presumed",)),)


@pytest.mark.parametrize(
    ("vantage", "lost", "shown"),
    [("between", True, True), ("between", False, False), ("client", True, False)],
)
def test_a_third_lifeline_where_the_capture_point_matters(
    vantage: Vantage, lost: bool, shown: bool
) -> None:
    picture = scene(*closed(vantage, lost), "1")
    pieces = [
        mark
        for mark in picture.marks
        if isinstance(mark, Line) and mark.colour == MUTED and mark.x0 == mark.x1 == 680
    ]
    assert bool(pieces) == shown
