"""The state machine's table against RFC 9293's figure 5, and whether every row of it is of use."""

from __future__ import annotations

import random
from typing import get_args

from pcapflow.model import ENDS, End, State
from pcapflow.tcp.codes import CODES
from pcapflow.tcp.replay import DECIDING, replay
from pcapflow.tcp.table import TABLE, step
from pcapflow.values import replace

STATES: tuple[State, ...] = get_args(State)

# RFC 9293 §3.3.2, figure 5, edge by edge, as (state, event, state).  An event of the figure is
# named by what can be seen of it on the wire: "CLOSE / snd FIN" by the FIN that is sent.
FIGURE_5: tuple[tuple[State, str, State], ...] = (
    ("CLOSED", "snd_syn", "SYN_SENT"),  # active OPEN
    ("LISTEN", "rcv_syn", "SYN_RECEIVED"),  # snd SYN,ACK
    ("SYN_SENT", "rcv_syn", "SYN_RECEIVED"),  # snd SYN,ACK
    ("SYN_SENT", "rcv_syn_ack", "ESTABLISHED"),  # snd ACK
    ("SYN_RECEIVED", "rcv_ack_of_syn", "ESTABLISHED"),
    ("SYN_RECEIVED", "snd_fin", "FIN_WAIT_1"),  # CLOSE
    ("ESTABLISHED", "snd_fin", "FIN_WAIT_1"),  # CLOSE
    ("ESTABLISHED", "rcv_fin", "CLOSE_WAIT"),  # snd ACK
    ("FIN_WAIT_1", "rcv_ack_of_fin", "FIN_WAIT_2"),
    ("FIN_WAIT_1", "rcv_fin", "CLOSING"),  # snd ACK
    ("FIN_WAIT_2", "rcv_fin", "TIME_WAIT"),  # snd ACK
    ("CLOSING", "rcv_ack_of_fin", "TIME_WAIT"),
    ("CLOSE_WAIT", "snd_fin", "LAST_ACK"),  # CLOSE
    ("LAST_ACK", "rcv_ack_of_fin", "CLOSED"),
    ("TIME_WAIT", "timer_2msl", "CLOSED"),
)
# Edges of the figure that no segment shows: passive OPEN, CLOSE in LISTEN and SYN-SENT, SEND in
# LISTEN (an observer takes that end for CLOSED before).  "rcv RST" from SYN-RECEIVED back to
# LISTEN is the listening socket's, not the connection's: the connection is CLOSED (§3.10.7.4).
WIRE_EVENTS = {event for _, event, _ in FIGURE_5}

# §3.10.7: what the text adds to the figure for the same events.
TEXT: tuple[tuple[State, str, State], ...] = (
    ("SYN_RECEIVED", "rcv_fin", "CLOSE_WAIT"),  # eighth, FIN bit
    ("SYN_RECEIVED", "rcv_syn_ack", "ESTABLISHED"),  # fifth, ACK: crossed SYNs
)


def test_states_are_those_of_the_contract() -> None:
    for row in TABLE:
        assert row.state in STATES
        assert row.after in STATES
        assert row.state != row.after
        assert row.source


def test_no_state_has_two_rows_for_one_stimulus() -> None:
    keys = [(row.state, row.stimulus) for row in TABLE]
    assert len(keys) == len(set(keys))


def test_the_table_says_what_figure_5_says() -> None:
    for state, event, after in FIGURE_5:
        assert step(state, event) == after


def test_the_table_adds_nothing_to_the_rfc_but_what_it_calls_the_observers() -> None:
    rfc = {*FIGURE_5, *TEXT}
    for row in TABLE:
        if row.stimulus in WIRE_EVENTS and not row.source.startswith("observer"):
            assert (row.state, row.stimulus, row.after) in rfc, row


def test_the_rows_of_the_observer_begin_a_path_or_catch_one_up() -> None:
    """They never lead back, and never further than an end's own segment shows."""
    order = ["UNKNOWN", "CLOSED", "LISTEN", "SYN_SENT", "SYN_RECEIVED", "ESTABLISHED", "CLOSE_WAIT"]
    for row in TABLE:
        if row.source.startswith("observer") and row.after != "CLOSED":
            assert order.index(row.after) > order.index(row.state), row


def test_a_reset_ends_every_synchronized_state() -> None:
    """RFC 9293 §3.10.7.4, TIME_WAIT too; for the sender of one nothing is left in any state."""
    for state in STATES:
        if state not in ("CLOSED", "LISTEN"):
            assert step(state, "rcv_rst") == "CLOSED"
        if state != "CLOSED":
            assert step(state, "snd_rst") == "CLOSED"


def test_ignored_is_not_invalid() -> None:
    known = {(row.state, row.stimulus) for row in TABLE}
    stimuli = {row.stimulus for row in TABLE}
    for state in STATES:
        for stimulus in stimuli:
            if (state, stimulus) not in known:
                assert step(state, stimulus) == state


def test_every_state_is_reached_from_where_an_end_begins() -> None:
    reached: set[State] = {"CLOSED", "LISTEN", "UNKNOWN"}
    grown = True
    while grown:
        found = {row.after for row in TABLE if row.state in reached} - reached
        reached |= found
        grown = bool(found)
    assert reached == set(STATES)


def test_every_row_is_taken_by_some_story() -> None:
    """Stories of random events take each row at least once; the timer's is taken by the clock."""
    chance = random.Random(9293)
    names = list(CODES)
    taken: set[tuple[State, State]] = set()
    for _ in range(60_000):
        events: list[tuple[str, End]] = []
        for _ in range(chance.randint(1, 7)):
            events.append((chance.choice(names), chance.choice(ENDS)))
        taken |= {(s.before, s.after) for s in replay(events, frozenset()).steps}
    missed = {(row.state, row.after) for row in TABLE if row.stimulus != "timer_2msl"} - taken
    assert not missed


def test_stories_of_any_events_only_walk_the_table() -> None:
    chance = random.Random(5961)
    names = list(CODES)
    edges = {(row.state, row.after) for row in TABLE}
    for _ in range(5_000):
        events: list[tuple[str, End]] = [
            (chance.choice(names), chance.choice(ENDS)) for _ in range(chance.randint(0, 12))
        ]
        story = replay(events, frozenset())
        for end, state in zip(ENDS, story.states, strict=True):
            own = [s for s in story.steps if s.end == end]
            assert all((s.before, s.after) in edges for s in own)
            assert not own or sorted(own, key=lambda s: s.after == state)[-1].after == state


def test_of_the_marks_only_two_decide_a_story() -> None:
    chance = random.Random(7413)
    names = list(CODES)
    others = ("duplicates", "gap", "client-last", "busy", "truncated", "damaged")
    for _ in range(5_000):
        events: list[tuple[str, End]] = [
            (chance.choice(names), chance.choice(ENDS)) for _ in range(chance.randint(0, 12))
        ]
        deciding = frozenset(chance.sample(sorted(DECIDING), chance.randint(0, 2)))
        marks = deciding | {chance.choice(others)}

        assert replay(events, marks) == replace(replay(events, deciding), marks=marks)
