"""Spans of time, measured over rows: what begins them, what ends them, and what was not kept."""

from __future__ import annotations

import pytest

from pcapflow.engine.groups import Groups
from pcapflow.engine.layout import KEPT_HEAD, KEPT_TAIL
from pcapflow.engine.pump import Pump
from pcapflow.engine.segments import Decoder
from pcapflow.engine.spans import Span, Waits
from pcapflow.engine.track import Tracker
from tests.wire import Wire, in_time_order, pcap, transcript

SECOND = 1_000_000_000
SHAPE = """
    0.000  C > S  SYN
    1.000  S > C  SYN ACK
    2.000  C > S  ACK
    3.000  C > S  PSH ACK  len=100
    4.000  S > C  ACK
    5.000  S > C  FIN ACK
    6.000  C > S  ACK
"""
SYN, SYN_ACK, HANDSHAKE_ACK, DATA, ACK, FIN, ACK_OF_FIN, NEXT = range(8)
"""Its events; ACK is the server's first."""


def grouped(*wires: Wire, alone: int = 0, waits: Waits | None = None) -> Groups:
    """Their rows in groups, all held but those that stand alone; ``waits`` are measured."""
    tracker = Tracker()
    pump = Pump(tracker, Decoder())
    pump.feed(memoryview(pcap(in_time_order(*wires), nano=True)))
    pump.close()
    tracker.close()
    groups = Groups(tracker, 60 * SECOND, lambda node, marks: waits)
    assert len(groups.take(tracker.rows.finished, True)) == alone
    return groups


def seconds(groups: Groups, span: Span) -> list[float]:
    """The span in the rows of the first group."""
    return [length / SECOND for length in groups.lengths(0, span)]


WIRES = transcript(SHAPE), transcript("9.000  C > S  SYN", "10.0.0.77:1")


@pytest.fixture
def one() -> Groups:
    return grouped(*WIRES)


def test_a_span_runs_to_the_end_of_the_capture(one: Groups) -> None:
    assert seconds(one, Span((ACK_OF_FIN,))) == [3]


def test_a_span_begins_with_the_latest_of_its_events(one: Groups) -> None:
    assert seconds(one, Span((SYN, FIN, SYN_ACK))) == [4]


def test_a_span_begins_with_the_last_octet_if_that_is_later(one: Groups) -> None:
    assert seconds(one, Span((SYN_ACK,), data_of=0)) == [6]
    assert seconds(one, Span((ACK_OF_FIN,), data_of=0)) == [3]
    assert seconds(one, Span((ACK_OF_FIN,), data_of=1)) == [3]  # the server sent none


def test_a_span_begins_with_the_last_segment_if_that_is_later(one: Groups) -> None:
    assert seconds(one, Span((), sent_of=0)) == [3]
    assert seconds(one, Span((), sent_of=1)) == [4]
    assert seconds(one, Span((ACK_OF_FIN,), sent_of=1)) == [3]


def test_a_span_that_is_the_silence_before_an_end_asked_in_vain(one: Groups) -> None:
    gone = SHAPE.replace("5.000  S > C  FIN ACK\n    6.000  C > S  ACK", "50.000  S > C  RST ACK")

    assert seconds(grouped(transcript(gone)), Span((), idle_of=0)) == [46]
    assert list(one.lengths(0, Span((), idle_of=0))) == [-1]


def test_a_span_ends_with_an_event(one: Groups) -> None:
    assert seconds(one, Span((SYN,), until=FIN)) == [5]
    assert seconds(one, Span((FIN,), until=SYN)) == [0]


def test_a_span_without_its_events_is_not_known(one: Groups) -> None:
    assert list(one.lengths(0, Span((NEXT,)))) == [-1]
    assert list(one.lengths(0, Span((SYN,), until=NEXT))) == [-1]


def test_of_repeats_the_last_begins_and_the_first_ends() -> None:
    again = "7.000  S > C  again=6\n7.500  S > C  again=6\n"  # both crossed the ACK: one event
    groups = grouped(transcript(SHAPE + again + "9.000  C > S  ACK"))

    assert seconds(groups, Span((NEXT,))) == [1.5]
    assert seconds(groups, Span((SYN,), until=NEXT)) == [7]


def test_waits_count_connections_not_spans() -> None:
    steps = ((2 * SECOND, 0), (4 * SECOND, 1))
    waits = Waits(tuple((Span((event,)), steps) for event in (ACK_OF_FIN, FIN, DATA)), 2)

    groups = grouped(*WIRES, waits=waits)

    waited = groups.waited(0)
    assert waited is not None
    assert (list(waited.counts), waited.affected) == ([1, 1], 1)  # 3 s; 4 s and 6 s
    assert waited.longest == groups.rows(0)[0]


def test_each_group_is_counted_by_itself() -> None:
    groups = grouped(*WIRES, waits=Waits(((Span((SYN,)), ((1, 0),)),), 1))

    assert groups.waited(0) is not None
    assert groups.waited(1) is None  # a late SYN: over at once, so nobody looks


def test_what_reaches_no_step_is_not_affected() -> None:
    groups = grouped(*WIRES, waits=Waits(((Span((ACK_OF_FIN,)), ((3 * SECOND + 1, 0),)),), 1))

    waited = groups.waited(0)
    assert waited is not None  # nine seconds, so it was looked at
    assert (list(waited.counts), waited.affected, waited.longest) == ([0], 0, -1)


@pytest.mark.parametrize("until", [FIN, -1])
def test_where_time_ran_backwards_a_connection_is_shorter_than_its_spans(until: int) -> None:
    """The clock was set after the SYN: seven seconds later the capture ends where it began."""
    tracker = Tracker()
    pump = Pump(tracker, Decoder())
    packets = transcript(SHAPE.replace("0.000  C", "6.000  C")).packets
    pump.feed(memoryview(pcap(packets, nano=True)))
    pump.close()
    tracker.close()
    waits = Waits(((Span((SYN_ACK,), until=until), ((4 * SECOND, 0),)),), 1)
    groups = Groups(tracker, 60 * SECOND, lambda node, marks: waits)
    groups.take(tracker.rows.finished, True)

    waited = groups.waited(0)
    assert waited is not None
    assert waited.affected == 1


def test_what_ends_a_span_may_come_later_than_the_connection() -> None:
    """Its four-tuple is taken over three minutes after its last segment."""
    again = "186.000  C > S  SYN  seq=1000000\n186.001  S > C  SYN ACK  ack=1000001"
    span = Span((ACK_OF_FIN,), until=NEXT, late=True)
    waits = Waits(((span, ((180 * SECOND, 0),)),), 1)

    groups = grouped(transcript(SHAPE), transcript(again), waits=waits)

    assert [groups.key(group)[2] for group in range(groups.count)] == [1, 1]
    waited = groups.waited(0)
    assert waited is not None
    assert waited.affected == 1


def test_where_not_every_event_is_kept_there_is_no_group() -> None:
    """A connection whose middle is not kept: keep-alives for minutes, then the other FIN."""
    wire = transcript(SHAPE)
    for n in range(KEPT_HEAD + KEPT_TAIL):
        wire.at_since_start(10 + n)
        wire.c("ACK", seq=100, ack=2)
    wire.at_since_start(500)
    wire.c("FIN ACK", seq=101, ack=2)
    wire.at_since_start(501)
    wire.s("ACK", seq=2, ack=102)

    assert grouped(wire, alone=1).count == 0
