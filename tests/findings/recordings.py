"""The recordings of staged teardowns (tests/lab), and where the rules find something in them.

What was staged is the kernel's and the scenario's word, never pcapflow's.
"""

from __future__ import annotations

from functools import cache

from pcapflow import api
from pcapflow.fold import Report
from pcapflow.model import Connection, Finding
from tests.lab.fixtures import captures, fixture_names
from tests.lab.points import Point


@cache
def reports() -> tuple[tuple[str, Point, Report], ...]:
    """Each scenario as captured at each point, and what is reported of it."""
    return tuple(
        (name, point, api.analyze([str(path)]))
        for name in fixture_names()
        for point, path in captures(name)
    )


@cache
def recorded() -> dict[tuple[str, Point], tuple[Connection, ...]]:
    """All connections of each scenario as captured at each point."""
    return {(name, point): tuple(told.connections()) for name, point, told in reports()}


def findings(code: str) -> dict[tuple[str, Point], tuple[Finding, ...]]:
    """The findings with this code, by scenario and point."""
    found = {
        where: tuple(f for c in connections for f in c.findings if f.code == code)
        for where, connections in recorded().items()
    }
    return {where: each for where, each in found.items() if each}


def scenes(code: str) -> dict[str, str]:
    """In which scenarios a code is found, and at which points: ``client middle server``."""
    found: dict[str, list[str]] = {}
    for name, point in findings(code):
        found.setdefault(name, []).append(point)
    return {name: " ".join(sorted(points)) for name, points in found.items()}
