"""What pcapflow reads from the samples against what the kernel says of the same connections.

The expected files are the kernel's own words (see ``samples/README.md``).  Where the observer
cannot know something, it is skipped here, with the reason.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from pcapflow.api import analyze
from pcapflow.model import ENDS, Connection, End, Transition
from tests.lab.score.baseline import read_open_items
from tests.lab.score.items import OPEN
from tests.lab.score.judge import Judge

SAMPLES = Path(__file__).parents[2] / "samples"
ALL = sorted(path.stem for path in SAMPLES.glob("*.pcap"))
RESOLUTION_NS = 1_000
STACK_NS = 3_000_000
"""Between a kernel's tracepoint and its packet at the capture point, on a busy machine."""
TIMER_LATE_NS = 7_500_000_000
"""Linux's timer wheel fires up to an eighth of the time late (kernel/time/timer.c): of 60 s."""


@cache
def expected(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((SAMPLES / f"{name}.expected.json").read_text())
    return found


# The others tell themselves what cannot be known, and are judged as the lab's fixtures are.
NAMES = [name for name in ALL if expected(name)["schema"] == 1]
JUDGED = [name for name in ALL if name not in NAMES]


@cache
def captured(name: str) -> tuple[Connection, ...]:
    report = analyze([str(SAMPLES / f"{name}.pcap")])
    assert report.fault is None
    return tuple(report.connections())


def pairs(name: str) -> list[tuple[dict[str, Any], Connection]]:
    """The kernel's connections with ours, by the client's port."""
    found = {c.client.port: c for c in captured(name)}
    return [(truth, found[truth["client"]["port"]]) for truth in expected(name)["connections"]]


@pytest.fixture(scope="module")
def compared() -> dict[str, int]:
    return {}


def test_there_are_samples() -> None:
    assert len(NAMES) >= 12
    assert len(ALL) >= 16


@pytest.mark.parametrize("name", JUDGED)
def test_judged_samples(name: str) -> None:
    told = expected(name)
    items = Judge(told, told["point"]).items(list(captured(name)))
    listed = read_open_items()
    assert [str(it) for it in items if it.verdict in OPEN and it.key not in listed] == []


@pytest.mark.parametrize("name", NAMES)
def test_connections(name: str) -> None:
    truths = expected(name)["connections"]
    assert len(captured(name)) == len(truths)
    for truth, found in pairs(name):
        for end in ENDS:
            assert {"ip": getattr(found, end).ip, "port": getattr(found, end).port} == truth[end]
        assert found.roles == "handshake"


@pytest.mark.parametrize("name", NAMES)
def test_states_at_the_end(name: str) -> None:
    for truth, found in pairs(name):
        states = dict(zip(ENDS, found.states, strict=True))
        for end in ENDS:
            if not known(name, truth, end):
                continue
            assert states[end] == truth["states"][end]


def known(name: str, truth: dict[str, Any], end: End) -> bool:
    """Whether the capture can show the end's last state.

    The recording runs on behind the capture's last packet (``until``): what an end did in
    silence then (a TIME_WAIT ran out, an orphan gave up), nobody can see.
    """
    steps: list[dict[str, Any]] = truth["timeline"][end]
    capture_end: int = expected(name)["capture"]["last"]
    return not steps or entered(steps[-1]) <= capture_end + slack(name)


def entered(step: dict[str, Any]) -> int:
    """The earliest time at which the kernel can have entered the state."""
    earliest: int = step.get("not_before", step["at"])
    return earliest


@pytest.mark.parametrize("name", NAMES)
def test_closers_fins_and_the_last_ack(name: str) -> None:
    for truth, found in pairs(name):
        assert found.first_closer == truth["first_closer"]
        assert found.final_ack == truth["final_ack"]
        for end, fin in zip(ENDS, found.fin, strict=True):
            assert (fin.sent if fin else 0) == truth["fin"][end]["captured"]


@pytest.mark.parametrize("name", NAMES)
def test_resets(name: str) -> None:
    for truth, found in pairs(name):
        for end, frames, total in zip(ENDS, found.rst, found.rst_total, strict=True):
            assert total == len(frames) == len(truth["resets"][end])
        at = {e.frame: e.at for e in found.events}
        for end, frames in zip(ENDS, found.rst, strict=True):
            for frame, reset in zip(frames, truth["resets"][end], strict=True):
                assert abs(at[frame] - reset["at"]) <= slack(name)


def slack(name: str) -> int:
    """A round trip of the wire, and what a kernel takes."""
    delay_ms: float = expected(name)["wire"]["delay_ms"]
    return round(2 * delay_ms * 1e6) + STACK_NS + RESOLUTION_NS


@pytest.mark.parametrize("name", NAMES)
def test_the_path_of_each_end(name: str) -> None:
    for truth, found in pairs(name):
        for end in ENDS:
            path = [t for t in found.transitions if t.end == end]
            steps = [s for s in truth["timeline"][end] if s["state"] != "LISTEN"]
            steps = steps[: len(steps) - (0 if known(name, truth, end) else 1)]
            if not steps:
                # A closed port has no socket whose path the kernel could tell.
                assert found.ending == "refused"
                continue
            assert [t.after for t in path] == [s["state"] for s in steps], (name, end)
            for transition, step in zip(path, steps, strict=True):
                in_time(name, transition, step)


def in_time(name: str, transition: Transition, step: dict[str, Any]) -> None:
    """Within a round trip; a state that was looked up has a span in which it was entered."""
    earliest, latest = entered(step) - slack(name), step["at"] + slack(name)
    if transition.evidence == "timer":
        earliest -= TIMER_LATE_NS
    assert earliest <= transition.at <= latest, (name, transition, step)


def test_how_much_was_compared() -> None:
    ends = [(name, truth, end) for name in NAMES for truth, _ in pairs(name) for end in ENDS]
    last_states = [it for it in ends if known(*it)]
    steps = sum(len(truth["timeline"][end]) for _, truth, end in ends)
    fins = sum(truth["fin"][end]["captured"] for _, truth, end in ends)
    resets = sum(len(truth["resets"][end]) for _, truth, end in ends)
    assert len(ends) >= 48
    assert len(last_states) == len(ends), "states at the end that were skipped"
    assert steps >= 150
    assert fins >= 34
    assert resets >= 4
