"""The forms that are text: 80 columns, every segment in them, and read by those who draw them.

After a wanted change: ``python -m tests.draw.test_text_forms`` writes the golden files anew.
"""

from __future__ import annotations

import random
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from pcapflow.draw import Finish, render
from pcapflow.draw.text import text
from pcapflow.scene import Scene, scene
from pcapflow.scene.fold import fold
from pcapflow.scene.steps import Step, steps
from tests.conftest import need_tool
from tests.scene.demo import DEMOS, Demo
from tests.scene.test_overlaps import random_demo

GOLDEN = Path(__file__).parent / "golden"
SUFFIXES = (".txt", ".mmd", ".puml")
KEPT = ("lost-final-ack", "closed-socket", "close-wait-leak", "simultaneous-close", "mid-stream")


def drawn(demo: Demo) -> Scene:
    return scene(*demo, "1.0.0")


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("name", KEPT)
def test_text_is_as_it_was(name: str, suffix: str) -> None:
    expected = (GOLDEN / f"{name}{suffix}").read_bytes()
    assert render(drawn(DEMOS[name]()), suffix) == expected


def test_every_golden_file_is_compared() -> None:
    names = {f"{name}{suffix}" for name in KEPT for suffix in SUFFIXES}
    assert {path.name for path in GOLDEN.iterdir()} == names


@pytest.mark.parametrize("name", DEMOS)
def test_every_segment_that_is_drawn_is_told_too(name: str) -> None:
    demo = DEMOS[name]()
    picture = drawn(demo)
    alone = [
        f"#{item.segment.frame} · {item.segment.flags} ·"
        for item in fold(demo[0], steps(demo[0], demo[1]))
        if isinstance(item, Step)
    ]
    for suffix in SUFFIXES:
        told = " ".join(render(picture, suffix).decode().replace("#35;", "#").split())
        assert [words for words in alone if words not in told] == []


@pytest.mark.parametrize("name", DEMOS)
def test_both_ends_states_are_told_in_order(name: str) -> None:
    demo = DEMOS[name]()
    told = text(drawn(demo))
    for column, which in ((slice(0, 24), "client"), (slice(60, 80), "server")):
        turns = sorted((t for t in demo[0].transitions if t.end == which), key=lambda t: t.at)
        seen = re.findall(
            r"\b(?:[A-Z]+_)+(?:WAIT_?[12]?|SENT|RECEIVED|ACK)\b|\b(?:ESTABLISHED|CLOS(?:ED|ING))\b",
            "\n".join(line[column] for line in told.splitlines()[8:]),
        )
        assert {t.after for t in turns} <= set(seen)


# ----------------------------------------------------------------------------------- plain text


@pytest.mark.parametrize("ascii_only", [False, True])
@pytest.mark.parametrize("name", DEMOS)
def test_plain_text_has_80_columns(name: str, ascii_only: bool) -> None:
    told = text(drawn(DEMOS[name]()), Finish(ascii_only=ascii_only))
    assert [line for line in told.splitlines() if len(line) > 80 or line != line.rstrip()] == []
    assert "\u00a0" not in told
    assert told.isascii() or not ascii_only


@pytest.mark.parametrize("seed", range(20))
def test_plain_text_has_80_columns_whatever_the_engine_says(seed: int) -> None:
    told = text(drawn(random_demo(random.Random(seed))))
    assert [line for line in told.splitlines() if len(line) > 80] == []


def test_lifelines_are_straight() -> None:
    told = text(drawn(DEMOS["mess"]()), Finish(ascii_only=True)).splitlines()
    first, last = (
        next(i for i, line in enumerate(told) if words in line)
        for words in ("Handshake", "capture ends")
    )
    for line in told[first:last]:
        assert line[24] in "|+"
        assert line.ljust(80)[66] in "|+"


# -------------------------------------------------------------------------- their own renderers


def test_plantuml_draws_every_demonstration(tmp_path: Path) -> None:
    tool = need_tool("plantuml")
    for name, make in DEMOS.items():
        (tmp_path / f"{name}.puml").write_bytes(render(drawn(make()), ".puml"))
    subprocess.run(
        [
            tool,
            "-headless",
            "-tsvg",
            "-charset",
            "UTF-8",
            "-failfast2",
            *sorted(tmp_path.iterdir()),
        ],
        check=True,
    )
    assert len(list(tmp_path.glob("*.svg"))) == len(DEMOS)


def test_mermaid_draws_every_demonstration(tmp_path: Path) -> None:
    """Needs npm's @mermaid-js/mermaid-cli on the path, and a browser that it finds."""
    tool, browser = shutil.which("mmdc"), shutil.which("chromium")
    if tool is None or browser is None:
        pytest.skip("mmdc or chromium is not installed")
    blocks = (
        f"```mermaid\n{render(drawn(make()), '.mmd').decode()}```\n" for make in DEMOS.values()
    )
    page, settings = tmp_path / "all.md", tmp_path / "browser.json"
    page.write_text("\n".join(blocks), encoding="utf-8")
    settings.write_text(f'{{"executablePath": "{browser}", "args": ["--no-sandbox"]}}')
    subprocess.run([tool, "-q", "-p", settings, "-i", page, "-o", tmp_path / "out.md"], check=True)
    assert len(list(tmp_path.glob("*.svg"))) == len(DEMOS)


if __name__ == "__main__":
    for name in KEPT:
        for suffix in SUFFIXES:
            (GOLDEN / f"{name}{suffix}").write_bytes(render(drawn(DEMOS[name]()), suffix))
