"""The fonts of the package inside an SVG: only the letters that it uses."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Collection
from io import BytesIO

from fontTools import subset

from pcapflow.draw.fonts import font
from pcapflow.scene.marks import Face

WEIGHTS: dict[Face, int] = {
    "regular": 400,
    "medium": 500,
    "semibold": 600,
    "italic": 400,
    "mono": 400,
}
_SANS = ("IBM Plex Sans", "DejaVu Sans", "Helvetica", "Arial")
NAMES: dict[Face, tuple[str, ...]] = {
    **dict.fromkeys(("regular", "medium", "semibold", "italic"), _SANS),
    "mono": ("IBM Plex Mono", "DejaVu Sans Mono", "Menlo", "Consolas"),
}
"""What to take where a viewer does not read the font that comes along."""


def face_rules(face: Face, name: str, letters: Collection[str]) -> str:
    """A CSS rule that holds the face, called ``name``, with these letters."""
    data = b64encode(_subset(face, letters)).decode()
    slant = "; font-style: italic" if face == "italic" else ""
    return (
        f"@font-face {{ font-family: '{name}'; font-weight: {WEIGHTS[face]}{slant}; "
        f"src: url(data:font/woff;base64,{data}) format('woff') }}"
    )


def _subset(face: Face, letters: Collection[str]) -> bytes:
    options = subset.Options()
    options.flavor = "woff"
    options.layout_features = ["kern"]
    options.name_IDs = [0, 13, 14]  # copyright and licence stay with the letters
    chosen = subset.Subsetter(options)
    chosen.populate(text="".join(sorted(letters)))
    out = BytesIO()
    with subset.load_font(font("plex", face).get_file(), options) as made:
        chosen.subset(made)
        subset.save_font(made, out, options)
    return out.getvalue()
