"""A scene as PNG: 1600 px wide, 200 dpi, the same octets from run to run."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any

from matplotlib import style

from pcapflow.draw.canvas import Canvas
from pcapflow.draw.fonts import Family, shipped
from pcapflow.draw.paint import paint
from pcapflow.scene import Scene

# The user's own matplotlib settings must not show in the picture.
STYLE: list[str | Path | dict[str, Any]] = ["default", {"text.hinting": "none"}]


def png(scene: Scene, family: Family | None = None) -> bytes:
    """The octets of a PNG; with DejaVu where the fonts of the package are missing."""
    with style.context(STYLE):
        canvas = Canvas(scene.width, scene.height, family or ("plex" if shipped() else "dejavu"))
        for mark in scene.marks:
            paint(mark, canvas)
        out = BytesIO()
        canvas.figure.savefig(out, format="png", metadata={"Software": None, "Title": scene.title})
    return out.getvalue()
