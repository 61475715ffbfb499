"""A scene as PNG, the same octets from run to run."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any

from matplotlib import style

from pcapflow.draw.canvas import Canvas
from pcapflow.draw.finish import PLAIN, Finish
from pcapflow.draw.fonts import Family, shipped
from pcapflow.draw.paint import paint
from pcapflow.draw.themes import THEMES
from pcapflow.scene import Chart, Scene

# The user's own matplotlib settings must not show in the picture.
STYLE: list[str | Path | dict[str, Any]] = [
    "default",
    {"text.hinting": "none", "pdf.fonttype": 42},
]


def png(scene: Scene | Chart, finish: Finish = PLAIN, family: Family | None = None) -> bytes:
    """The octets of a PNG; with DejaVu where the fonts of the package are missing."""
    with style.context(STYLE):
        out = BytesIO()
        painted(scene, finish, family).figure.savefig(
            out,
            format="png",
            dpi=finish.dpi,
            metadata={"Software": None, "Title": scene.title},
        )
    return out.getvalue() if finish.colours is None else _few(out, finish.colours)


def _few(picture: BytesIO, colours: int) -> bytes:
    """The same PNG with so many colours at most, and its title."""
    from PIL import Image, PngImagePlugin  # which matplotlib writes a PNG with

    told = PngImagePlugin.PngInfo()
    out = BytesIO()
    with Image.open(picture) as full:
        told.add_itxt("Title", str(full.info["Title"]))
        few = full.convert("RGB").quantize(colours, dither=Image.Dither.NONE)
        few.save(out, "PNG", optimize=True, pnginfo=told, dpi=full.info["dpi"])
    return out.getvalue()


def painted(scene: Scene | Chart, finish: Finish = PLAIN, family: Family | None = None) -> Canvas:
    """The scene's marks on a canvas."""
    chosen = family or ("plex" if shipped() else "dejavu")
    canvas = Canvas(scene.width, scene.height, chosen, scene.inches, THEMES[finish.theme])
    for mark in scene.marks:
        paint(mark, canvas)
    return canvas
