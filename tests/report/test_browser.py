"""What notebooks show, in a browser: legible on light and dark pages, and complete in itself."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pcapflow import analyze
from pcapflow.report.html import connection_page, report_page
from tests.chromium import opened
from tests.report import reports

SAMPLES = Path(__file__).parents[2] / "samples"
PROBE = (Path(__file__).parent / "probe.js").read_text(encoding="utf-8")
SCHEMES = {"light": 1, "dark": 0}
"""As Chromium numbers what its user prefers."""
ENOUGH = 4.5
"""WCAG 2.2, 1.4.3: the contrast of words that anybody can read."""


def shown(cell: str, scheme: str, folder: Path) -> dict[str, Any]:
    """What ``probe.js`` tells of a cell of a notebook, with what the console said."""
    page = folder / "page.html"
    page.write_text(
        "<!doctype html><meta charset='utf-8'><meta name='color-scheme' content='light dark'>"
        f"<title>A notebook</title><body style='font-family: sans-serif'>{cell}"
        f"<script>{PROBE}</script>",
        encoding="utf-8",
    )
    seen = opened(
        page,
        folder / "home",
        f"--blink-settings=preferredColorScheme={SCHEMES[scheme]}",
        "--window-size=900,1200",
    )
    told: dict[str, Any] = json.loads(seen.told)
    return {**told, "said": seen.said}


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("name", ["connection", "report", "crowd"])
def test_a_cell_can_be_read_on_any_page(name: str, scheme: str, tmp_path: Path) -> None:
    report = analyze([str(SAMPLES / "leaking_pool.pcap")])
    cells = {
        "connection": lambda: connection_page(report.connection(4), "report.diagram(4) draws it."),
        "report": lambda: report_page(report),
        "crowd": lambda: report_page(reports.crowd()),
    }
    seen = shown(cells[name](), scheme, tmp_path)

    assert seen["dark"] == (scheme == "dark")
    assert len(seen["words"]) > 20
    assert [each for each in seen["words"] if each[1] < ENOUGH] == []
    assert seen["wider"] <= 0
    assert seen["said"] == []
    assert seen["fetched"] == []


def test_faults_are_seen(tmp_path: Path) -> None:
    cell = """<p style="color:#333">on the dark</p><div style="width:2000px">wide</div>
        <p style="opacity:.4">faint</p><p>well</p><img src="http://127.0.0.1:9/x.png">
        <script>nothing()</script>"""
    seen = shown(cell, "dark", tmp_path)
    assert [words for words, stands in seen["words"] if stands < ENOUGH] == ["on the dark", "faint"]
    assert seen["wider"] > 1000
    assert ["nothing is not defined" in words for words in seen["said"]] == [True]
    assert seen["fetched"] == ["http://127.0.0.1:9/x.png"]
