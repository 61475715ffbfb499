"""Every notebook runs, and shows what it has stored: the words alike, pictures where they were."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import need_library
from tests.notebooks.kernel import NOTEBOOKS, executed, read

_MOST_CELLS = 25
_MOST_OCTETS = 1_500_000


@pytest.fixture(autouse=True)
def jupyter() -> None:
    for name in ("ipykernel", "nbclient", "nbformat", "pyarrow"):
        need_library(name)


def shown(notebook: Any) -> list[tuple[str, ...]]:
    """What stands below each cell: words as they are, of pictures only that there is one."""
    return [
        tuple(part for output in cell.outputs for part in _parts(output))
        for cell in notebook.cells
        if cell.cell_type == "code"
    ]


def _parts(output: Any) -> list[str]:
    if output.output_type == "stream":
        return [f"{output.name}: {output.text}"]
    return [
        f"{kind}: {_picture(data) if kind == 'image/png' else data}"
        for kind, data in sorted(output.data.items())
    ]


def _picture(data: str) -> str:
    return "PNG" if base64.b64decode(data).startswith(b"\x89PNG") else "no PNG"


def test_there_are_two() -> None:
    assert [path.stem for path in NOTEBOOKS] == ["article", "close_wait_leak"]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_it_shows_what_it_has_stored(path: Path) -> None:
    """After a wanted change: ./do notebooks, and read the difference."""
    stored, now = read(path), executed(path)

    assert shown(now) == shown(stored)
    assert any("image/png: PNG" in part for parts in shown(stored) for part in parts)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_it_is_short(path: Path) -> None:
    assert len(read(path).cells) <= _MOST_CELLS
    assert path.stat().st_size < _MOST_OCTETS


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_it_tells_nothing_of_who_ran_it(path: Path) -> None:
    stored = path.read_text(encoding="utf-8")

    assert "/home/" not in stored
    assert str(Path.cwd()) not in stored
    assert '"stderr"' not in stored
