"""A miniature: rails hold each end's states in order, and never leave their column."""

from __future__ import annotations

from itertools import pairwise

import pytest

from pcapflow.model import ENDS, Connection
from pcapflow.scene.marks import Hop, Mark, Rail, Text
from pcapflow.scene.measure import Setter, plex
from pcapflow.scene.rails import miniature
from pcapflow.tcp.stays import NO_SOCKET
from tests.lab.fixtures import fixture_names
from tests.scene.test_beats import recorded


def drawn(connection: Connection, right: float = 980) -> list[Mark]:
    return miniature(connection, (490, right), 100, Setter(plex))


def rails(marks: list[Mark]) -> list[Rail]:
    return [mark for mark in marks if isinstance(mark, Rail)]


def hops(marks: list[Mark]) -> list[Hop]:
    return [mark for mark in marks if isinstance(mark, Hop)]


def test_a_state_begins_where_its_segment_leaves_or_arrives() -> None:
    [orderly] = recorded("orderly")
    marks = drawn(orderly)
    client, server = rails(marks)
    fin, ack, last, _ = hops(marks)
    assert [state for state, _, _ in client.spans] == [
        "ESTABLISHED",
        "FIN_WAIT_1",
        "FIN_WAIT_2",
        "TIME_WAIT",
    ]
    assert [start for _, start, _ in client.spans][1:] == [fin.x0, ack.x1, last.x1]
    assert [start for _, start, _ in server.spans][1:3] == [fin.x1, last.x0]


def test_what_is_gone_has_a_bar_and_what_is_left_a_tip() -> None:
    [orderly] = recorded("orderly")
    client, server = rails(drawn(orderly))
    assert (client.tip, client.gone) == (True, None)
    assert (server.tip, server.gone) == (False, hops(drawn(orderly))[-1].x1)


def test_fins_that_crossed_leave_at_once() -> None:
    [both] = recorded("simultaneous_close")
    first, second, *_ = hops(drawn(both))
    assert (first.x0, first.end, second.end) == (second.x0, "client", "server")


def test_of_too_many_the_first_and_the_last_are_told() -> None:
    [long] = recorded("final_ack_always_lost")
    whole, cut = drawn(long, 3000), drawn(long, 800)
    assert len(hops(cut)) < len(hops(whole))
    assert any(isinstance(mark, Text) and mark.words == "· · ·" for mark in cut)
    assert [hops(cut)[i].texts[0].words for i in (0, -1)] == [
        hops(whole)[i].texts[0].words for i in (0, -1)
    ]


@pytest.mark.parametrize("name", fixture_names())
def test_rails_end_in_the_last_states_and_stay_in_their_column(name: str) -> None:
    for connection in recorded(name):
        marks = drawn(connection)
        for i, rail in enumerate(rails(marks)):
            assert rail.end == ENDS[i]
            assert all(a[2] == b[1] for a, b in pairwise(rail.spans))
            assert all(490 <= start < stop <= 980 for _, start, stop in rail.spans)
            state = connection.states[i]
            assert rail.tip == (state not in NO_SOCKET and state != "UNKNOWN")
            if rail.tip:
                assert rail.spans[-1][0] == state
        for hop in hops(marks):
            assert min(hop.x0, hop.texts[0].left) >= 490
            assert max(hop.x1, hop.texts[0].left + hop.texts[0].width) <= 980
