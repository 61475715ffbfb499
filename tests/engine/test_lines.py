"""Templates filled from a row, octet for octet as the numbers and times are written elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import msgspec
import pytest

from pcapflow.engine.lines import Template, Writer
from pcapflow.engine.pump import Pump
from pcapflow.engine.segments import Decoder
from pcapflow.engine.track import Tracker
from pcapflow.report.times import iso, whole
from pcapflow.tcp.codes import Code
from tests.wire import Packet, pcap, transcript

SECOND = 1_000_000_000
TWO_MSL = 60 * SECOND
SYN, SYN_ACK, AGAIN, RST = range(4)
"""The events of all rows here."""
CLIENT, SERVER = 0, 1
LATEST = 2**32 * SECOND - 1  # that a pcap file can say
TIMER = -1
NOWHERE = -1
encode = msgspec.json.Encoder().encode


def packets() -> list[Packet]:
    return transcript(
        """
        0.00  C > S  SYN
        1.50  S > C  SYN ACK
        1.75  S > C  again=2
        1.80  S > C  again=2
        2.00  C > S  RST
        """,
        "10.0.0.1:1025",
    ).packets


def filled(
    *slots: tuple[str, int],
    seen: Sequence[Packet] = packets(),
    steps: Sequence[tuple[int, int, bool, int]] = (),
    stays: Sequence[tuple[int, int]] = ((NOWHERE, -1), (NOWHERE, -1)),
    given: tuple[bytes, ...] = (),
    late: frozenset[int] = frozenset(),
    events: int = 4,
    most: int = 9,
) -> list[str] | None:
    """What these slots are filled with; None where the template does not fit."""
    tracker = Tracker()
    pump = Pump(tracker, Decoder())
    pump.feed(memoryview(pcap(seen, nano=True)))
    pump.close()
    tracker.close()
    index = tracker.rows.finished[0]
    texts = [b"", *[b"|"] * (len(slots) - 1), b""]
    syn_acks = frozenset(code << 1 | SERVER for code in (Code.SYN_ACK, Code.SYN_ACK_AGAIN))
    writer = Writer(
        tracker,
        TWO_MSL,
        [frozenset(), syn_acks],
        most,
        lambda at: whole(at).encode(),
        lambda span: encode(span / SECOND),
    )
    template = Template(texts, list(slots), list(steps), list(stays), events, late)
    line = writer.line(template, index, given)
    return None if line is None else line.decode().split("|")


def test_numbers_of_a_row() -> None:
    ports, counts = [("port", CLIENT), ("port", SERVER)], [("packets", SERVER), ("octets", CLIENT)]
    fins = [("fins", CLIENT), ("fin acked", CLIENT)]

    assert filled(*ports, *counts, *fins) == ["1025", "8080", "3", "0", "0", "null"]


def test_frames_of_events() -> None:
    assert filled(("frame", SYN), ("frame", AGAIN), ("frame", RST)) == ["1", "3", "5"]
    assert filled(("frame", AGAIN), late=frozenset({AGAIN})) == ["4"]  # the last of repeats
    assert filled(("frames", 0), ("frames", 1)) == ["", "2,3,4"]
    assert filled(("frames", 1), most=3) == ["2,3,4"]
    assert filled(("frames", 1), most=2) is None


def test_other_events_are_not_the_templates() -> None:
    assert filled(("first", 0), events=3) is None
    assert filled(("first", 0), events=5) is None


@pytest.mark.parametrize("at", [0, 1, 999_999_999, SECOND, 64 * SECOND + 7, LATEST])
def test_times(at: int) -> None:
    """As ``report.times`` writes them; 64 seconds on, another second has the same place."""
    times = [at, at + SECOND // 2, at + SECOND, at + 64 * SECOND, at + 64 * SECOND]
    seen = [replace(p, time=min(t, LATEST)) for p, t in zip(packets(), times, strict=True)]
    slots = [("first", 0), ("since", SYN), ("since", SYN_ACK), ("since", RST), ("last", 0)]
    told = [seen[0].time, seen[0].time, seen[1].time, seen[4].time, seen[4].time]

    assert filled(*slots, seen=seen) == [iso(each) for each in told]


@pytest.mark.parametrize(
    "span",
    [
        *(0, 1, 999, 9_999, 10_000, 74_000, 999_999_999, SECOND, 60 * SECOND, 1_234_567_890),
        *(10**15 - 1, 10**15, 10**15 + 1, 123_456_789_012_345_678, 2**53 + 1, LATEST),
    ],
)
def test_seconds_are_written_as_a_float_is(span: int) -> None:
    """A step that adds the time since 1970: to a first packet ``span`` ns behind that."""
    seen = [replace(packets()[0], time=span)]
    step = (SYN, CLIENT, False, 0)

    told = filled(("spent", 0), seen=seen, steps=[step], events=1)
    assert told == [encode(span / SECOND).decode()]


def test_a_stay_begins_where_the_last_step_was_and_may_be_limited() -> None:
    steps = [(SYN, CLIENT, False, NOWHERE), (RST, SERVER, False, NOWHERE)]

    assert filled(("spent", 0), steps=steps, stays=[(0, -1), (NOWHERE, -1)]) == ["2.0"]
    assert filled(("spent", 0), steps=steps, stays=[(0, SECOND), (NOWHERE, -1)]) == ["1.0"]


def test_steps_of_an_end_do_not_run_backwards() -> None:
    steps = [(RST, CLIENT, False, NOWHERE), (SYN_ACK, CLIENT, False, 0), (RST, CLIENT, False, 1)]

    assert filled(("at", 1), ("spent", 0), ("spent", 1), steps=steps) == [
        iso(packets()[1].time),
        "0.0",
        "0.0",
    ]


def test_a_timer_that_is_not_over_does_not_fit() -> None:
    timer = (TIMER, CLIENT, False, NOWHERE)
    other = transcript("0.0  C > S  SYN", "10.0.0.2:1", start="2026-01-01T00:01:02Z").packets
    sooner = transcript("0.0  C > S  SYN", "10.0.0.2:1", start="2026-01-01T00:01:01Z").packets

    assert filled(("at", 0), steps=[timer], seen=[*packets(), *other]) == [iso(other[0].time)]
    assert filled(("at", 0), steps=[timer], seen=[*packets(), *sooner]) is None


def test_what_was_given_stands_as_it_is() -> None:
    assert filled(("given", 1), ("given", 0), given=(b"[]", b'"\xc3\xa9"')) == ['"é"', "[]"]
    assert filled(("given", 0), given=(b"x" * 100_000,)) == ["x" * 100_000]
