"""Pictures as files: the same octets each time, nothing of the machine in them."""

from __future__ import annotations

import os
import re
import struct
import subprocess
import sys
import zlib
from io import BytesIO
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
import pytest
from matplotlib.image import imread

from pcapflow.draw import SUFFIXES, Finish, render, write
from pcapflow.draw.png import png
from pcapflow.errors import UsageError
from pcapflow.scene import Scene, scene
from pcapflow.scene.marks import Text
from tests.scene.demo import DEMOS

PAINT = """
import sys
import zlib
from pathlib import Path
from pcapflow.draw import SUFFIXES, write
from pcapflow.scene import scene
from tests.scene.demo import DEMOS
drawn = scene(*DEMOS["lost-final-ack"](), "1.0.0")
for suffix in sorted(SUFFIXES, key=lambda suffix: suffix in (".svg", ".png", ".pdf")):
    if suffix not in (".png", ".pdf", ".svg"):
        assert "matplotlib" not in sys.modules, "matplotlib is imported before it is needed"
    write(drawn, Path(sys.argv[1]) / f"drawn{suffix}")
assert "matplotlib.pyplot" not in sys.modules, "pyplot keeps global state"
"""

DIGESTS = """
from hashlib import sha256
from tests.draw.pictures import PICTURES
for name in ("leak-dark", "states", "shapes"):
    for suffix in (".svg", ".pdf", ".png"):
        print(name, suffix, sha256(PICTURES[name].file(suffix)).hexdigest())
"""


@pytest.fixture(scope="module")
def drawn() -> Scene:
    return scene(*DEMOS["lost-final-ack"](), "1.0.0")


def chunks(data: bytes) -> dict[str, bytes]:
    """A PNG's chunks by name; of several of one name, the last."""
    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    found, at = {}, 8
    while at < len(data):
        length, name = struct.unpack_from(">I4s", data, at)
        found[name.decode()] = data[at + 8 : at + 8 + length]
        at += length + 12
    return found


def process(seed: str, home: Path, code: str, *arguments: str) -> str:
    """What the code prints in a process that hashes by this seed, of a user without settings."""
    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        check=True,
        env={**os.environ, "PYTHONHASHSEED": seed, "MPLCONFIGDIR": str(home)},
        cwd=Path(__file__).parents[2],
        stdout=subprocess.PIPE,
        text=True,
    ).stdout


def test_the_same_capture_gives_the_same_octets_in_any_process(tmp_path: Path) -> None:
    """A diagram, states over time and shapes at a glance, from the capture's octets on."""
    first, second = (process(seed, tmp_path, DIGESTS) for seed in ("1", "2"))
    assert len(first.splitlines()) == 9
    assert first == second


def test_the_same_scene_gives_the_same_octets_in_any_process(drawn: Scene, tmp_path: Path) -> None:
    for seed in ("1", "2"):
        folder = tmp_path / seed
        folder.mkdir()
        process(seed, tmp_path, PAINT, str(folder))
    for suffix in SUFFIXES:
        first = (tmp_path / "1" / f"drawn{suffix}").read_bytes()
        assert first == (tmp_path / "2" / f"drawn{suffix}").read_bytes()
        assert first == render(drawn, suffix)


def test_a_picture_is_1600_px_wide_at_200_dpi_and_names_no_software(drawn: Scene) -> None:
    found = chunks(png(drawn))
    width, height = struct.unpack_from(">II", found["IHDR"])
    per_metre, _, unit = struct.unpack(">IIB", found["pHYs"])
    assert (width, height) == (1600, drawn.height)
    assert (round(per_metre * 0.0254), unit) == (200, 1)
    told = b"".join(data for name, data in found.items() if name.endswith("Xt"))
    assert b"Software" not in told
    assert b"matplotlib" not in told.lower()
    assert "tIME" not in found


def test_dots_an_inch_change_the_size_and_nothing_else(drawn: Scene) -> None:
    found = chunks(png(drawn, Finish(dpi=100)))
    assert struct.unpack_from(">II", found["IHDR"])[0] == 800


def test_few_colours_look_the_same_in_fewer_octets(drawn: Scene) -> None:
    full, few = png(drawn, Finish(dpi=100)), png(drawn, Finish(dpi=100, colours=128))
    assert len(few) * 3 < len(full)
    assert chunks(few)["pHYs"] == chunks(full)["pHYs"]
    assert drawn.title.encode() in chunks(few)["iTXt"]
    apart = np.abs(imread(BytesIO(few))[..., :3] - imread(BytesIO(full))[..., :3])
    assert apart.mean() < 0.005
    assert (apart.max(axis=2) > 0.15).mean() < 0.001


def test_a_pdf_names_no_software_and_holds_its_words_as_words(drawn: Scene) -> None:
    data = render(drawn, ".pdf")
    assert b"matplotlib" not in data.lower()
    assert b"/CreationDate" not in data
    streams = re.findall(rb"stream\r?\n(.*?)endstream", data, re.DOTALL)
    page = max((zlib.decompress(s) for s in streams if s[:1] == b"x"), key=lambda s: s.count(b"T"))
    assert len(re.findall(rb"T[jJ]\b", page)) >= sum(isinstance(m, Text) for m in drawn.marks)


def test_the_user_s_settings_neither_show_nor_change(drawn: Scene) -> None:
    expected = png(drawn)
    changed: dict[Any, Any] = {
        "text.color": "red",
        "lines.linewidth": 9.0,
        "figure.dpi": 50,
        "savefig.dpi": 30,
    }
    with matplotlib.rc_context(changed):
        assert png(drawn) == expected
        assert {key: matplotlib.rcParams[key] for key in changed} == changed


def test_suffixes_that_nobody_paints_are_refused(drawn: Scene, tmp_path: Path) -> None:
    for name in ("a.gif", "a.jpg", "a"):
        with pytest.raises(UsageError, match=r"use one of: \.png, "):
            write(drawn, tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_suffixes_are_read_as_people_write_them(drawn: Scene, tmp_path: Path) -> None:
    write(drawn, str(tmp_path / "A.PNG"))
    assert (tmp_path / "A.PNG").read_bytes() == png(drawn)
