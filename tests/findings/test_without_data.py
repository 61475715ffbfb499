"""What may be said where only SYN, FIN and RST were captured."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from pcapflow import api
from pcapflow.capture import filters
from pcapflow.findings import catalogue
from pcapflow.tcp.timers import DEFAULTS, Settings
from tests.conftest import need_tool

FIXTURES = Path(__file__).parents[1] / "lab" / "fixtures"
TEARDOWNS = Settings(teardowns_only=True)
NAMES = sorted(
    str(path.relative_to(FIXTURES))
    for kind in ("client.pcap", "middle.pcapng")
    for path in FIXTURES.glob(f"*/{kind}")
)


def found(path: Path, settings: Settings) -> set[tuple[int, str]]:
    connections = api.analyze([str(path)], settings).connections()
    return {(each.client.port, finding.code) for each in connections for finding in each.findings}


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_told_that_the_whole_capture_does_not_show(name: str, tmp_path: Path) -> None:
    tcpdump = need_tool("tcpdump")
    less = tmp_path / "teardowns.pcap"
    subprocess.run(
        [tcpdump, "-r", FIXTURES / name, "-w", less, filters.TEARDOWNS],
        check=True,
        capture_output=True,
    )

    told = found(less, TEARDOWNS)
    assert told <= found(FIXTURES / name, DEFAULTS)
    assert {code for _, code in told} <= catalogue.WITHOUT_DATA
