"""What a rule says of the lab's recordings, beside what the kernels of both ends went through."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from typing import Any, NamedTuple

from pcapflow import api
from pcapflow.model import Connection, End, Finding
from pcapflow.tcp.timers import DEFAULTS, SECOND, Settings
from tests.lab.fixtures import captures, fixture_names, load


class Recorded(NamedTuple):
    """One connection of a recording, captured at ``point``; ``kernel`` is what its kernels said."""

    scenario: str
    point: str
    connection: Connection
    kernel: dict[str, Any]

    def stays(self, end: End, state: str) -> list[tuple[float, str]]:
        """How long (s) the kernel was in a state each time, and what it left it for."""
        timeline = self.kernel["timeline"][end]
        return [
            ((later["at"] - step["at"]) / SECOND, later["state"])
            for step, later in pairwise(timeline)
            if step["state"] == state
        ]


@cache
def recorded(settings: Settings = DEFAULTS) -> tuple[Recorded, ...]:
    """All connections of all recordings, from every point where they were captured."""
    return tuple(_all(settings))


def found(code: str, settings: Settings = DEFAULTS) -> dict[tuple[str, str], list[Finding]]:
    """A rule's findings by scenario and point; without the points where there are none."""
    told: dict[tuple[str, str], list[Finding]] = {}
    for each in recorded(settings):
        for finding in each.connection.findings:
            if finding.code == code:
                told.setdefault((each.scenario, each.point), []).append(finding)
    return told


def scenarios(code: str, settings: Settings = DEFAULTS) -> set[str]:
    """The recordings in which a rule finds its case, from wherever."""
    return {scenario for scenario, _ in found(code, settings)}


def _all(settings: Settings) -> Iterator[Recorded]:
    for name in fixture_names():
        told = load(name)["connections"]
        for point, path in captures(name):
            waiting = list(told)
            for connection in api.analyze([str(path)], settings).connections():
                ports = (connection.client.port, connection.server.port)
                kernel = next((it for it in waiting if _ports(it) == ports), None)
                if kernel is None:  # roles guessed the other way round, or one of two on a tuple
                    kernel = next(it for it in told if set(_ports(it)) == set(ports))
                else:
                    waiting.remove(kernel)
                yield Recorded(name, point, connection, kernel)


def _ports(kernel: dict[str, Any]) -> tuple[int, int]:
    return kernel["client"]["port"], kernel["server"]["port"]
