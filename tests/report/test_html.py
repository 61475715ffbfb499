"""What a notebook shows of a report and of a connection: whole, small, and harmless."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from pcapflow.api import analyze
from pcapflow.model import Connection
from pcapflow.report.html import connection_page, report_page
from pcapflow.values import replace
from tests.report import reports
from tests.wire import transcript

SAMPLES = Path(__file__).parents[2] / "samples"
HOSTILE = '<script>alert(1)&\x1b[31m\u202e".pcap'
HARMLESS = '<script>alert(1)&\\x1b[31m\\u202e".pcap'


def words(page: str) -> str:
    """The text that a browser would show; ParseError where an element is not closed."""
    return " ".join(" ".join(ET.fromstring(page).itertext()).split())


def sample(name: str, flow: int = 1) -> Connection:
    return analyze([str(SAMPLES / f"{name}.pcap")]).connection(flow)


def test_a_connection_tells_its_ends_states_and_numbers() -> None:
    told = words(connection_page(sample("orderly")))

    assert told.startswith("10.77.1.1:40255 → 10.77.1.2:8080 · orderly · flow 1 · 242 ms from")
    assert "FIN_WAIT_2 158 ms → TIME_WAIT 13 µs and counting" in told
    assert "CLOSE_WAIT 216 ms → LAST_ACK 13 µs → CLOSED likely 5 40 1, acknowledged 0" in told
    assert told.endswith("No findings.")


def test_a_finding_has_its_severity_frames_message_and_advice() -> None:
    leak = sample("leaking_pool", 4)
    told = words(connection_page(leak))

    assert "warning close-wait-leak · client, likely, frames 96 and 97" in told
    for finding in leak.findings:
        assert finding.message in told
        for step in finding.advice.splitlines():
            assert f"→ {step}" in told


def test_a_state_that_was_entered_twice_has_no_time_of_its_own() -> None:
    """Of two stays only the sum is known."""
    orderly = sample("orderly")
    client = [step for step in orderly.transitions if step.end == "client"]
    again = replace(orderly, transitions=(*orderly.transitions, client[-3], client[-2]))

    assert "FIN_WAIT_2 → TIME_WAIT" in words(connection_page(again))


def test_a_report_tells_the_worst_first_then_the_endings() -> None:
    told = words(report_page(analyze([str(SAMPLES / "leaking_pool.pcap")])))

    places = [
        told.index(each)
        for each in (
            "leaking_pool.pcap · 164 packets · 13 TCP connections · 77.8 s from 2026-11-23",
            "error close-wait-pileup · 10 sockets of 10.77.4.1 towards 10.77.4.2:8080",
            "warning close-wait-leak · 10 connections to 10.77.4.2:8080, such as flow 4",
            "10 10.77.4.2:8080 S:FIN C:ack ─────── silence (half-closed)",
            "2 10.77.4.2:8080 S:FIN C:ack C:FIN S:ack (orderly) CLOSED CLOSED",
            "clients 10 CLOSE_WAIT, 2 CLOSED and 1 ESTABLISHED; servers 10 FIN_WAIT_2",
            "3 of 13 without a finding.",
        )
    ]
    assert places == sorted(places)


@pytest.mark.parametrize("name", ["leaking_pool", "piled", "crowd", "healthy", "nothing", "infos"])
def test_all_reports_are_whole_and_small(name: str) -> None:
    page = report_page(getattr(reports, name)())

    assert words(page)
    assert len(page) < 30_000


def test_what_is_left_out_is_counted() -> None:
    crowd = reports.crowd()
    told = words(report_page(crowd))

    largest = sorted((group.connections for group in crowd.groups), reverse=True)
    rest = largest[12:]
    assert f"and {len(rest)} more shapes: {sum(rest):,} connections" in told


def test_nothing_from_outside_becomes_markup() -> None:
    report = reports.piled()
    info = replace(report.info, files=(HOSTILE,), skipped={"<b>odd</b>": 3})
    leak = report.examples[1]
    finding = replace(leak.findings[0], message="<i>&", advice="<u>\x00", code="<a>")
    hostile = replace(leak, findings=(finding,), client=replace(leak.client, ip="<img src=x>"))
    object.__setattr__(report, "info", info)

    for page in (report_page(report), connection_page(hostile, note=HOSTILE)):
        assert {element.tag for element in ET.fromstring(page).iter()} <= {
            *("div", "b", "span", "details", "summary"),
            *("table", "thead", "tbody", "tr", "th", "td"),
        }
        assert HARMLESS in words(page)
        assert page.isprintable()
    assert "<img src=x>:" in words(connection_page(hostile))


def test_a_capture_file_with_a_hostile_name(tmp_path: Path) -> None:
    path = tmp_path / HOSTILE
    path.write_bytes(transcript("0 C > S SYN\n0.1 S > C SYN ACK\n0.2 C > S ACK").pcap())
    page = report_page(analyze([str(path)]))

    assert "<script" not in page
    assert f"{HARMLESS} · 3 packets" in words(page)
