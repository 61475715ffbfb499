"""The recordings that tests judge without root: small, of all points, each with its truth."""

from __future__ import annotations

import gzip
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .expected import as_text, expected
from .pcapfiles import (
    PACKET_HOST,
    PACKET_OTHERHOST,
    PACKET_OUTGOING,
    Frame,
    cooked,
    cut,
    pcap,
    pcapng,
    tagged,
    write,
)
from .points import Point, Sight, Traffic
from .recording import Recording
from .segment import ROLES

FIXTURES = Path(__file__).parent / "fixtures"
EXPECTED = "expected.json"

# Enough for all headers, and for the payloads of the small exchanges.
SNAP_OCTETS = 160
# Small files stay as they are, for eyes and diffs.
GZIP_ABOVE = 8192


def write_fixture(recording: Recording, home: Path = FIXTURES) -> Path:
    """Write the captures and the expected file into a fresh directory of the scenario's name."""
    directory = home / recording.scenario.name
    told = as_text(expected(recording)).encode()
    if directory.exists():
        shutil.rmtree(directory)
    directory.mkdir(parents=True)
    traffic = Traffic(recording)
    for point in traffic.points:
        data = _capture(recording, traffic, point)
        write(directory / _file_name(recording, point), data, gzip_above=GZIP_ABOVE)
    write(directory / EXPECTED, told, gzip_above=GZIP_ABOVE)
    return directory


def fixture_names(directory: Path = FIXTURES) -> list[str]:
    return sorted(path.parent.name for path in directory.glob(f"*/{EXPECTED}*"))


def load(name: str, directory: Path = FIXTURES) -> dict[str, Any]:
    [path] = (directory / name).glob(f"{EXPECTED}*")
    data = path.read_bytes()
    told: dict[str, Any] = json.loads(gzip.decompress(data) if path.suffix == ".gz" else data)
    return told


def captures(name: str, directory: Path = FIXTURES) -> Iterator[tuple[Point, Path]]:
    """The points of a recording, each with its capture file."""
    for point in load(name, directory)["points"]:
        [path] = (directory / name).glob(f"{point}.*")
        yield point, path


def _file_name(recording: Recording, point: Point) -> str:
    several = point == "middle" and recording.scenario.link == "ethernet"
    return f"{point}.pcapng" if several else f"{point}.pcap"


def _capture(recording: Recording, traffic: Traffic, point: Point) -> bytes:
    scenario = recording.scenario
    frames = [_frame(sight, point) for sight in traffic.at(point)]
    if scenario.vlan is not None and point == "middle":
        frames = [tagged(frame, scenario.vlan) for frame in frames]
    frames = [cut(cooked(frame, scenario.link), SNAP_OCTETS) for frame in frames]
    if point == "middle" and scenario.link == "ethernet":
        return pcapng(frames, [f"to-{role}" for role in ROLES])
    return pcap(frames, scenario.link)


def _frame(sight: Sight, point: Point) -> Frame:
    """In the middle a frame comes in on one interface, addressed to another host, and goes out."""
    interface = ROLES.index(sight.cable) if point == "middle" else 0
    if point == "middle":
        kind = PACKET_OUTGOING if sight.outgoing else PACKET_OTHERHOST
    else:
        kind = PACKET_HOST if sight.outgoing else PACKET_OUTGOING
    return Frame(sight.at, sight.frame, len(sight.frame), interface, kind)
