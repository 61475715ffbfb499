"""The rules on recordings of a real kernel."""

import subprocess
from pathlib import Path

import pytest

from pcapflow import api
from tests.conftest import need_tool

SAMPLES = Path(__file__).parents[2] / "samples"
EXPECTED = {
    "abort_linger0": {("reset-abort", "info", "client")},
    "close_with_unread_data": {("reset-abort", "info", "client")},
    "full_accept_queue": {
        ("accept-queue-full", "error", "server"),
        ("data-lost-at-close", "error", "client"),
        ("reset-closed-socket", "info", "server"),
    },
    "half_close_data": {("half-close", "info", "client")},
    "leaking_pool": {
        ("close-wait-leak", "warning", "client"),
        ("fin-wait-2-timeout", "info", "server"),
    },
    "half_open": {
        ("half-open", "error", "server"),
        ("data-lost-at-close", "error", "client"),
        ("reset-closed-socket", "info", "server"),
    },
    "lost_fin": {("fin-retransmit", "info", "path")},
    "lost_final_ack": {("lost-final-ack", "info", "path"), ("fin-retransmit", "info", "path")},
    "orderly": set(),
    "orderly_server_first": set(),
    "refused": {("connection-refused", "warning", "server")},
    "simultaneous_close": {("simultaneous-close", "info", "path")},
    "unanswered_fin": {
        ("fin-unanswered", "warning", "path"),
        ("fin-retransmit", "warning", "path"),
    },
    "write_to_closed_peer": {
        ("data-after-close", "error", "client"),
        ("data-lost-at-close", "error", "server"),
        ("reset-closed-socket", "info", "client"),
    },
}


@pytest.mark.parametrize("name", EXPECTED)
def test_a_sample_has_its_findings_and_no_others(name: str) -> None:
    report = api.analyze([str(SAMPLES / f"{name}.pcap")])
    found = {(f.code, f.severity, f.end) for c in report.connections() for f in c.findings}

    assert found == EXPECTED[name]


def test_display_filters_show_the_frames_of_their_findings() -> None:
    tshark = need_tool("tshark")
    capture = str(SAMPLES / "lost_final_ack.pcap")
    (connection,) = api.analyze([capture]).connections()

    for finding in connection.findings:
        command = [tshark, "-r", capture, "-Y", finding.display_filter]
        run = subprocess.run(
            [*command, "-T", "fields", "-e", "frame.number"],
            capture_output=True,
            text=True,
            check=True,
        )
        assert tuple(map(int, run.stdout.split())) == finding.frames
