"""The font files of the pictures, and how wide they set words."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Literal

import matplotlib
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import TextToPath

from pcapflow.scene.marks import Face

Family = Literal["plex", "dejavu"]

_HERE = Path(__file__).parent / "fonts"
_PLEX: dict[Face, str] = {
    "regular": "IBMPlexSans-Regular.ttf",
    "medium": "IBMPlexSans-Medium.ttf",
    "semibold": "IBMPlexSans-SemiBold.ttf",
    "italic": "IBMPlexSans-Italic.ttf",
    "mono": "IBMPlexMono-Regular.ttf",
}
_DEJAVU: dict[Face, str] = {
    "regular": "DejaVuSans.ttf",
    "medium": "DejaVuSans.ttf",
    "semibold": "DejaVuSans-Bold.ttf",
    "italic": "DejaVuSans-Oblique.ttf",
    "mono": "DejaVuSansMono.ttf",
}


def shipped() -> bool:
    """Whether the fonts that the pictures are designed for are installed with the package."""
    return all((_HERE / name).is_file() for name in _PLEX.values())


@cache
def font(family: Family, face: Face) -> FontProperties:
    """A face by its file: nothing is looked up by name, nothing is registered."""
    folder = _HERE if family == "plex" else Path(matplotlib.get_data_path(), "fonts", "ttf")
    name = _PLEX[face] if family == "plex" else _DEJAVU[face]
    return FontProperties(fname=folder / name)


class Ruler:
    """Measures words as they will be painted with one family of fonts."""

    def __init__(self, family: Family) -> None:
        self._family = family
        self._outlines = TextToPath()
        self._known: dict[tuple[str, Face, float], float] = {}

    def __call__(self, words: str, face: Face, size: float) -> float:
        """Width in px of ``words`` set in ``face`` at ``size`` px."""
        key = (words, face, size)
        if key not in self._known:
            properties = font(self._family, face).copy()
            properties.set_size(size)
            width, _, _ = self._outlines.get_text_width_height_descent(words, properties, False)
            self._known[key] = float(width)
        return self._known[key]
