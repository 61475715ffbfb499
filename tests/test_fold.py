"""How connections are counted: by group, by finding, and by how long they waited."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import median_low

import pytest

from pcapflow import tally
from pcapflow.api import analyze
from pcapflow.engine import groups as engine_groups
from pcapflow.findings import catalogue, close_wait_leak
from pcapflow.findings.rule import Doc, Rule, Sign, Telling, Wait
from pcapflow.fold import Report
from pcapflow.model import ENDS, Traffic
from pcapflow.report import table
from pcapflow.report.text import joined
from pcapflow.tcp.stays import WORST_FIRST
from pcapflow.tcp.story import Story
from pcapflow.tcp.timers import SECOND, Settings
from pcapflow.values import replace
from tests.engine.observed import report
from tests.lab.fixtures import captures, fixture_names
from tests.wire import Wire, in_time_order, pcap, transcript

HALF = """
    0.000  C > S  SYN
    0.005  S > C  SYN ACK
    0.010  C > S  ACK
    0.011  C > S  PSH ACK  len=100
    0.016  S > C  ACK
    0.017  S > C  PSH ACK  len=200
    0.018  C > S  ACK
    0.100  S > C  FIN ACK
    0.105  C > S  ACK
"""


class Slow:
    """A rule that the catalogue does not have: an end took its time between two FINs."""

    CODE = "slow"
    LEVELS = "info or warning · client"
    EVENTS = frozenset({"ACK_OF_FIN"})
    DOC: Doc = close_wait_leak.DOC

    def look(self, story: Story, settings: Settings) -> Iterator[Sign]:
        told = story.events.first({"ACK_OF_FIN"}, "client")
        fin = story.events.first({"FIN"}, "client")
        if told is not None and fin is not None:
            steps: tuple[tuple[int, str], ...] = ((SECOND, "info"), (10 * SECOND, "warning"))
            wait = Wait(since=(told,), steps=steps, until=fin)  # type: ignore[arg-type]
            yield Sign("client", "info", "certain", (told, fin), wait)

    def tell(self, connection: Traffic, sign: Sign, waited: int | None) -> Telling:
        return Telling(f"It took {waited} ns.", "close it", "tcp", ())


class Prompt(Slow):
    """The opposite: from a step without a severity on it finds nothing any more."""

    def look(self, story: Story, settings: Settings) -> Iterator[Sign]:
        for sign in super().look(story, settings):
            assert sign.wait is not None
            yield replace(sign, wait=replace(sign.wait, steps=((0, "info"), (3 * SECOND, None))))


@pytest.fixture
def prompt(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only that rule."""
    rule: Rule = Prompt()
    monkeypatch.setattr(catalogue, "RULES", (rule,))


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only that rule."""
    rule: Rule = Slow()
    monkeypatch.setattr(catalogue, "RULES", (rule,))


def closing_after(*seconds: float) -> list[Wire]:
    """Connections one behind the other, each closed so long after the server had been."""
    wires = []
    for n, wait in enumerate(seconds):
        close = f"""
            {0.105 + wait:.3f}  C > S  FIN ACK
            {0.110 + wait:.3f}  S > C  ACK
        """
        wires.append(transcript(HALF + close, f"10.0.0.{n + 10}:40000"))
    return wires


def folded(wires: list[Wire], *, until: float, keep: bool) -> Report:
    """What is reported of them where the capture runs on until then."""
    late = Wire("10.0.0.1:1", "10.0.0.2:2")
    ticks = []
    for second in range(0, int(until), 100):  # so that rows are looked at
        late.at_since_start(second)
        ticks.append(late.c("SYN") if second == 0 else late.c("ACK"))
    late.at_since_start(until)
    late.c("ACK")
    return report(pcap(in_time_order(*wires, late), nano=True), range(200, 400), keep=keep)


@pytest.mark.usefixtures("slow")
@pytest.mark.parametrize("keep", [True, False])
def test_connections_that_were_let_go_count_as_those_that_are_held(keep: bool) -> None:
    waits = (0.5, 2, 3, 20, 30, 0.1, 40, 5)

    told = folded(closing_after(*waits), until=3000, keep=keep)

    assert dict(told.findings) == {("slow", "info"): 3, ("slow", "warning"): 3}
    assert (told.total, told.healthy) == (9, 3)
    (group,) = (group for group in told.groups if group.connections == 8)
    assert group.findings == (("slow", "warning", 3), ("slow", "info", 3))


@pytest.mark.usefixtures("prompt")
@pytest.mark.parametrize("keep", [True, False])
def test_a_wait_can_be_too_long_for_a_finding(keep: bool) -> None:
    told = folded(closing_after(0.5, 2, 3, 20, 0.1), until=3000, keep=keep)

    assert dict(told.findings) == {("slow", "info"): 3}
    assert (told.total, told.healthy) == (6, 3)
    if keep:
        assert sum(len(each.findings) for each in told.connections()) == 3


@pytest.mark.usefixtures("slow")
def test_the_clearest_example_comes_first() -> None:
    told = folded(closing_after(0.5, 2, 20, 3, 30), until=50, keep=False)

    group = max(told.groups, key=lambda group: group.connections)
    assert told.examples[group.examples[0]].findings[0].message == "It took 30000000000 ns."


def test_of_several_parts_the_one_with_the_worst_finding_gives_the_examples() -> None:
    """One shape in two parts: of the first, TIME_WAIT would be over; the second is still quiet."""
    halves = [transcript(HALF, "10.0.0.10:1", start=at) for at in ("2026-01-01T00:00:00Z",)]
    halves += [transcript(HALF, f"10.0.0.{n}:1", start="2026-01-01T00:01:30Z") for n in (11, 12)]

    told = folded(halves, until=120, keep=False)

    group = max(told.groups, key=lambda group: group.connections)
    assert group.findings == (
        ("close-wait-leak", "warning", 1),
        ("close-wait-leak", "info", 2),
        ("fin-wait-2-timeout", "info", 1),
    )
    assert group.examples == (1, 3, 4)


def test_an_example_is_known_by_its_id_before_its_group_was_asked() -> None:
    told = folded(closing_after(2, 3), until=50, keep=False)

    assert told.examples[1].id == 1
    with pytest.raises(KeyError):
        told.examples[99]


@pytest.mark.parametrize("keep", [True, False])
def test_time_in_close_wait_is_the_median_of_the_group(keep: bool) -> None:
    waits = (2.0, 7.0, 3.0)

    told = folded(closing_after(*waits), until=50, keep=keep)

    group = max(told.groups, key=lambda group: group.connections)
    assert group.dwell is not None
    *where, median = group.dwell
    assert where == ["client", "CLOSE_WAIT"]
    assert median == pytest.approx(median_low(waits) * SECOND + 5_000_000)


@pytest.mark.parametrize("name", fixture_names())
def test_times_in_states_are_those_of_the_records(name: str) -> None:
    _, path = next(captures(name))
    told = analyze([str(path)])
    states = [
        state for state in WORST_FIRST if state != "ESTABLISHED"
    ]  # whose end is another where a FIN came again

    for group in told.groups:
        records = [
            each
            for each in told.connections()
            if (each.shape, each.server) == (group.shape, group.service)
        ]
        for (end, state), (median, count) in told.dwells([group], states).items():
            spans = [each.dwell[ENDS.index(end)][state] for each in records]
            assert count == len(spans)
            if state != "TIME_WAIT":  # which ends by a timer
                assert (end, state, median) == (end, state, median_low(spans))


def test_without_room_for_shapes_only_the_groups_are_coarser() -> None:
    wires = [transcript(HALF, f"10.0.0.{n}:1") for n in range(10, 14)]
    few = report(pcap(in_time_order(*wires), nano=True), node_limit=4)
    many = report(pcap(in_time_order(*wires), nano=True))

    assert [group.shape for group in few.groups] == ["..."]
    assert [group.service for group in few.groups] == [group.service for group in many.groups]
    assert few.findings == many.findings
    assert few.endings == many.endings
    assert few.states == many.states


SCANNED = "0.000  C > S  SYN"


@pytest.mark.parametrize("keep", [True, False])
def test_past_a_number_of_groups_further_services_are_counted_together(
    monkeypatch: pytest.MonkeyPatch, keep: bool
) -> None:
    monkeypatch.setattr(engine_groups, "MAX_GROUPS", 3)
    monkeypatch.setattr(tally, "MAX_GROUPS", 3)
    scan = [transcript(SCANNED, "10.0.0.1:40000", f"10.0.1.{n}:80") for n in range(10)]

    told = report(pcap(in_time_order(*scan), nano=True), range(200, 400), keep=keep)

    assert [(str(group.service), group.connections) for group in told.groups] == [
        ("0.0.0.0:0", 7),
        ("10.0.1.0:80", 1),
        ("10.0.1.1:80", 1),
        ("10.0.1.2:80", 1),
    ]
    assert told.total == 10


def test_past_twice_as_many_each_is_told_alone_under_no_shape(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(engine_groups, "MAX_GROUPS", 1)
    monkeypatch.setattr(tally, "MAX_GROUPS", 1)
    shapes = [
        SCANNED,
        SCANNED + "\n0.001  S > C  RST ACK",
        SCANNED + "\n0.001  S > C  SYN ACK",
        HALF,
    ]
    wires = [
        transcript(shape, "10.0.0.1:40000", f"10.0.1.{n}:80") for n, shape in enumerate(shapes)
    ]

    told = report(pcap(in_time_order(*wires), nano=True), range(200, 400), keep=False)

    assert told.total == sum(group.connections for group in told.groups) == 4
    assert len(told.groups) == 3
    assert sum(told.endings.values()) == 4


def test_the_table_calls_them_other_services(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_groups, "MAX_GROUPS", 1)
    monkeypatch.setattr(tally, "MAX_GROUPS", 1)
    refused = SCANNED + "\n0.001  S > C  RST ACK"
    scan = [transcript(refused, "10.0.0.1:40000", f"10.0.1.{n}:80") for n in range(3)]

    told = report(pcap(in_time_order(*scan), nano=True), range(200, 400), keep=False)

    text = "\n".join(map(joined, table.lines(told, 80)))
    assert "3 connections to more than 1 service," in text
    assert "  other services\n" in text
