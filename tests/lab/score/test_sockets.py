"""The sockets that pcapflow tells at a moment are those that the kernels had then.

`python -m tests.lab.score.test_sockets` prints how many are right of those that can be known.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import pytest

from pcapflow.api import analyze
from pcapflow.model import Socket
from pcapflow.sockets import Chosen, Sockets

from ..fixtures import captures, fixture_names, load
from ..segment import ROLES, Role, peer_of
from .items import OPEN, Verdict
from .judge import STACK_NS, noted

NO_SOCKET = "CLOSED"


@dataclass(frozen=True)
class Asked:
    """A moment well inside a state of the kernel's end; ``unknowable`` says why no packet tells."""

    at: int
    number: int
    role: Role
    state: str
    unknowable: str | None


@dataclass(frozen=True)
class Answer:
    key: str
    asked: Asked
    claim: str
    verdict: Verdict

    def __str__(self) -> str:
        return f"{self.key}: is {self.asked.state}, said {self.claim}"


def moments(told: dict[str, Any], point: str) -> Iterator[Asked]:
    """A moment in each state of each end, if it lasts: farther from its ends than the wire is long.

    Of ends whose four-tuple is used again, the kernel's last word at the time counts.
    """
    span = told["points"][point]
    near = told["wire"]["round_trip_ns"] + STACK_NS
    for number, truth in enumerate(told["connections"], start=1):
        seen = truth["seen"].get(point)
        if seen is None:
            continue
        for role in ROLES:
            steps = [*truth["timeline"][role], {"state": "the end", "at": span["last"] + near}]
            for i, (step, after) in enumerate(pairwise(steps)):
                begin = max(step["at"], span["first"]) + near
                until = min(after.get("not_before", after["at"]) - near, span["last"])
                if begin <= until and not _overlaps(told, number, (begin + until) // 2):
                    why = _unknowable(seen, role, i, last=i + 2 == len(steps))
                    item = f"{point}.{role}.time.{step['state']}"
                    why = why or noted(told["notes"], number, item)
                    yield Asked((begin + until) // 2, number, role, step["state"], why)


def _overlaps(told: dict[str, Any], number: int, at: int) -> bool:
    """Whether a later connection had the four-tuple by then."""
    mine, *later = told["connections"][number - 1 :]
    began = [
        it["timeline"]["client"][0]["at"]
        for it in later
        if (it["client"], it["server"]) == (mine["client"], mine["server"])
    ]
    return any(each <= at for each in began)


def _unknowable(seen: dict[str, Any], role: Role, i: int, *, last: bool) -> str | None:
    path = seen["path"][role]
    why: str | None = path[i].get("unknowable") or path[i].get("time_unknowable")
    if last:
        why = why or seen["last_unknowable"][role]
        return why
    why = why or path[i + 1].get("time_unknowable")
    return why


def answers(name: str) -> Iterator[Answer]:
    told = load(name)
    for point, path in captures(name):
        report = analyze([str(path)])
        timeline = report.timeline()
        if timeline is None:
            continue
        sockets = Sockets(report, timeline, Chosen())
        for asked in moments(told, point):
            there = [it for host in sockets.at(asked.at) for it in sockets.listed(host, asked.at)]
            truth = told["connections"][asked.number - 1]
            mine = [it for it in there if _is(it, truth, asked.role)]
            yield _judged(f"{name} {point} {asked.number}:{asked.role}", asked, mine)


def _is(socket: Socket, truth: dict[str, Any], role: Role) -> bool:
    local, peer = truth[role], truth[peer_of(role)]
    return (socket.local.ip, socket.local.port, socket.peer.ip, socket.peer.port) == (
        *(local["ip"], local["port"]),
        *(peer["ip"], peer["port"]),
    )


def _judged(key: str, asked: Asked, mine: list[Socket]) -> Answer:
    claim = " and ".join(it.state for it in mine) or NO_SOCKET
    verdict: Verdict = "wrong"
    if claim == asked.state:
        verdict = "right"
    elif asked.unknowable and not any(it.confidence == "certain" for it in mine):
        verdict = "not knowable"
    elif any(it.confidence == "certain" for it in mine):
        verdict = "false-certain"
    elif claim == "UNKNOWN":
        verdict = "missed"
    return Answer(key, asked, claim, verdict)


@pytest.mark.parametrize("name", fixture_names())
def test_each_moment_shows_the_kernels_states(name: str) -> None:
    assert not [str(it) for it in answers(name) if it.verdict in OPEN]


def test_most_moments_can_be_known() -> None:
    names = ("orderly", "half_close_data", "simultaneous_close", "close_wait_leak", "lost_fin")
    every = [it for name in names for it in answers(name)]
    right = [it for it in every if it.verdict == "right"]
    assert len(right) > 0.9 * len(every)


if __name__ == "__main__":
    found = [answer for name in fixture_names() for answer in answers(name)]
    counts = Counter(it.verdict for it in found)
    hidden = counts["not knowable"]
    print(f"{counts['right']}/{len(found) - hidden} moments, +{hidden} that nobody can know")
    print("\n".join(str(it) for it in found if it.verdict in OPEN))
