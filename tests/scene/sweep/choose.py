"""Captures below some directories, and connections of them that are as different as can be."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from pcapflow.api import analyze
from pcapflow.errors import CaptureError
from pcapflow.fold import Report
from pcapflow.model import Connection

NO_CAPTURES = (".json", ".md", ".txt", ".log", ".svg", ".png", ".py", "LICENSE")


class Capture(NamedTuple):
    """A capture that could be read, and what came of it."""

    path: Path
    report: Report


class Chosen(NamedTuple):
    """Connections of a capture that are to be drawn."""

    capture: Capture
    flows: tuple[int, ...]


class Refused(NamedTuple):
    """A file that is no capture, and why."""

    path: Path
    why: str


def captures(folders: Iterable[Path]) -> tuple[list[Capture], list[Refused]]:
    """All captures below the folders, packed ones too, whatever their names end in."""
    read: list[Capture] = []
    refused: list[Refused] = []
    for folder in folders:
        for path in sorted(folder.rglob("*")) if folder.is_dir() else [folder]:
            if not path.is_file() or path.name.endswith(NO_CAPTURES):
                continue
            try:
                report = analyze([str(path)], hashing=True)
            except CaptureError as error:
                refused.append(Refused(path, str(error)))
            else:
                read.append(Capture(path, report))
    return read, refused


def kind(connection: Connection) -> tuple[object, ...]:
    """What makes a picture another one: the events, the ending, the findings."""
    codes = tuple(event.code for event in connection.events)
    found = tuple((f.code, f.severity, f.end) for f in connection.findings)
    return codes, connection.ending, connection.opening, connection.vantage, found


def choose(read: Sequence[Capture], most: int) -> list[Chosen]:
    """So many connections: one of every capture, then one of every kind, then what is rarest.

    Of a capture the one is that with the worst finding, since its groups come worst first.
    """
    worst = {
        (each, next(iter(group.examples)))
        for each, capture in enumerate(read)
        for group in list(capture.report.groups)[:1]
    }
    known: Counter[object] = Counter()
    ranked = []
    for each, capture in enumerate(read):
        for connection in capture.report.connections():
            of_kind = kind(connection)
            first = (each, connection.id) in worst
            ranked.append((not first, known[of_kind], known[each, of_kind], each, connection.id))
            known[of_kind] += 1
            known[each, of_kind] += 1
    flows: dict[int, list[int]] = {}
    for *_, each, flow in sorted(ranked)[:most]:
        flows.setdefault(each, []).append(flow)
    return [Chosen(read[each], tuple(sorted(some))) for each, some in sorted(flows.items())]


def kinds(read: Sequence[Capture]) -> int:
    """How many kinds of connection there are."""
    return len({kind(each) for capture in read for each in capture.report.connections()})
