"""Pictures of real recordings: all samples, and the lab's fixtures seen from all three points."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

from pcapflow.api import analyze, segments
from pcapflow.model import CaptureInfo, Connection, Segment
from pcapflow.scene import Scene, View, scene
from pcapflow.scene.measure import Measure, plex
from pcapflow.scene.script import Act, Script
from pcapflow.scene.view import PLAIN
from tests.lab.fixtures import captures, fixture_names

SAMPLES = sorted((Path(__file__).parents[2] / "samples").glob("*.pcap"))
_MOST = 3
"""Connections of one capture that are drawn: the leaking pool's others look alike."""


class Recorded(NamedTuple):
    """A connection with a name, and what its picture is made of."""

    name: str
    connection: Connection
    segments: tuple[Segment, ...]
    info: CaptureInfo

    def scene(self, view: View = PLAIN, measure: Measure = plex) -> Scene:
        return scene(self.connection, self.segments, self.info, "1.0.0", view=view, measure=measure)


@cache
def samples() -> tuple[Recorded, ...]:
    """The connections of the samples, each with a name."""
    return tuple(each for path in SAMPLES for each in _connections(path.stem, path))


@cache
def fixtures() -> tuple[Recorded, ...]:
    """The connections of the lab's fixtures, from each point where they were captured."""
    return tuple(
        each
        for name in fixture_names()
        for point, path in captures(name)
        for each in _connections(f"{name} {point}", path)
    )


def _connections(name: str, path: Path) -> Iterator[Recorded]:
    report = analyze([str(path)])
    drawn = [c for c in report.connections() if c.id <= _MOST]
    traced = segments([str(path)], report, [c.id for c in drawn])
    for connection in drawn:
        if traced[connection.id]:
            yield Recorded(
                f"{name} {connection.id}", connection, traced[connection.id], report.info
            )


def story(script: Script) -> str:
    """What a picture tells, in a line: who sends what, and which states that begins."""
    return " · ".join(_told(act) for act in script.acts if act.kind not in ("idle", "end"))


def _told(act: Act) -> str:
    head = f"[{act.head}]" if act.kind == "card" else act.head
    who = f"{act.end[0].upper()} " if act.end is not None else ""
    fate = " lost" if act.lost else "" if act.look in ("once", "again", "reset") else f" {act.look}"
    turns = ", ".join(f"{turn.end[0].upper()} {turn.state}" for turn in act.turns)
    return f"{who}{head}{fate}" + (f" → {turns}" if turns else "")
