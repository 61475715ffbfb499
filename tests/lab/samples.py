"""The recordings that are shipped in samples/, and the page that lists them."""

from __future__ import annotations

import json
from pathlib import Path

from .scenarios import SCENARIOS

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
`wire.tampered` names the frames that were lost behind the capture point.

| file | what happens | captured at | kernel |
|---|---|---|---|
"""


def sample_names() -> list[str]:
    return [scenario.name for scenario in SCENARIOS.values() if scenario.sample]


def write_readme() -> None:
    """List the samples, from their expected files, in the order of the scenarios."""
    README.write_text(INTRODUCTION + "".join(_row(name) for name in sample_names()))


def _row(name: str) -> str:
    told = json.loads((SAMPLES / f"{name}.expected.json").read_text())
    kernel = told["kernel"].split()[1]
    return f"| [{name}.pcap]({name}.pcap) | {told['what']} | {told['point']} | {kernel} |\n"
