"""Pictures as files: the same octets each time, nothing of the machine in them."""

from __future__ import annotations

import os
import struct
import subprocess
import sys
from pathlib import Path
from typing import Any

import matplotlib
import pytest

from pcapflow.draw import write
from pcapflow.draw.png import png
from pcapflow.errors import UsageError
from pcapflow.scene import Scene, scene
from tests.scene.demo import DEMOS

PAINT = """
import sys
from pcapflow.draw import write
from pcapflow.scene import scene
from tests.scene.demo import DEMOS
assert "matplotlib" not in sys.modules, "matplotlib is imported before it is needed"
write(scene(*DEMOS["lost-final-ack"](), "1.0.0"), sys.argv[1])
assert "matplotlib.pyplot" not in sys.modules, "pyplot keeps global state"
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


def test_the_same_scene_gives_the_same_octets_in_any_process(drawn: Scene, tmp_path: Path) -> None:
    for seed in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "MPLCONFIGDIR": str(tmp_path)}
        subprocess.run(
            [sys.executable, "-c", PAINT, str(tmp_path / f"{seed}.png")],
            check=True,
            env=environment,
            cwd=Path(__file__).parents[2],
        )
    first = (tmp_path / "1.png").read_bytes()
    assert first == (tmp_path / "2.png").read_bytes()
    assert first == png(drawn)


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
