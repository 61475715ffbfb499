"""The recordings that are shipped in samples/, and the page that lists them."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from .expected import as_text, expected
from .namespaces import HOST_INTERFACE
from .pcapfiles import Frame, pcap, write
from .points import Traffic
from .recording import Recording
from .scenarios import SCENARIOS
from .segment import ROLES

SAMPLES = Path(__file__).parents[2] / "samples"
README = SAMPLES / "README.md"

INTRODUCTION = """\
# Samples

Recordings of real Linux TCP sockets, each of one way in which connections end. They were made in
network namespaces by `python -m tests.lab --samples` and are in the public domain (CC0-1.0, see
[LICENSE](LICENSE)).

Beside each `NAME.pcap` lies `NAME.expected.json`: what the kernel says of the same connections,
written from its tracepoints and socket diagnostics and from the log of the wire between the two
hosts. No program that reads captures had a part in it.

A time is in nanoseconds since the epoch, UTC. `states` are those of both ends at the end of the
recording (`capture.until`), `timeline` how they came there. A state that was looked up rather
than reported (`sock_diag`) was entered between `not_before` and `at`. `fin` counts the
transmissions of an end's FIN: `sent` by its kernel, `captured` of these at the capture point.
`wire.tampered` names the frames that were lost behind the capture point. Files of schema 2 tell
under `seen` what passed the capture point, and what nobody can know there, with the reason.

| file | what happens | captured at | kernel |
|---|---|---|---|
"""


def sample_names() -> list[str]:
    return [scenario.name for scenario in SCENARIOS.values() if scenario.sample]


def write_sample(recording: Recording, directory: Path) -> Path:
    """Write NAME.pcap and NAME.expected.json; returns the path of the latter."""
    scenario = recording.scenario
    if scenario.point not in ROLES:
        raise ValueError(f"{scenario.name}: samples are recorded at an end")
    sights = Traffic(recording).at(scenario.point)
    frames = [Frame(it.at, it.frame, len(it.frame)) for it in sights]
    capture = write(directory / f"{scenario.name}.pcap", pcap(frames))
    path = directory / f"{scenario.name}.expected.json"
    path.write_text(as_text(sample(recording, capture)))
    return path


def sample(recording: Recording, capture: Path) -> dict[str, Any]:
    """The expected file of a shipped capture: what is seen from its point alone."""
    told = expected(recording)
    point = recording.scenario.point
    connections = [_at_one_point(it, point) for it in told.pop("connections")]
    span = told["points"][point]
    told["points"] = {point: span}
    return {
        **told,
        "point": point,
        "interface": HOST_INTERFACE,
        "capture": {
            "file": capture.name,
            "sha256": hashlib.sha256(capture.read_bytes()).hexdigest(),
            **span,
            "until": told.pop("until"),
        },
        "connections": connections,
    }


def _at_one_point(connection: dict[str, Any], point: str) -> dict[str, Any]:
    seen = connection["seen"][point]
    sent = connection.pop("fins")
    return {
        **connection,
        "seen": {point: seen},
        **{name: seen[name] for name in ("first_closer", "final_ack", "ending", "ended_by")},
        "fin": {role: {"sent": sent[role], "captured": seen[f"{role}.fins"]} for role in ROLES},
    }


def write_readme() -> None:
    """List the samples, from their expected files, in the order of the scenarios."""
    README.write_text(INTRODUCTION + "".join(_row(name) for name in sample_names()))


def _row(name: str) -> str:
    told = json.loads((SAMPLES / f"{name}.expected.json").read_text())
    kernel = told["kernel"].split()[1]
    return f"| [{name}.pcap]({name}.pcap) | {told['what']} | {told['point']} | {kernel} |\n"
