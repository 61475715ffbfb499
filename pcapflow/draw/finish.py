"""How a finished scene is to be written: what changes no word and no place in it."""

from __future__ import annotations

from pcapflow.draw.themes import ThemeName
from pcapflow.values import Record


class Finish(Record):
    """The theme of pictures, the dots an inch of a PNG; plain text in ASCII letters alone.

    ``colours`` is how many a PNG has at most: with 128 it looks the same, in a quarter of the
    octets.  None: as many as it needs.
    """

    theme: ThemeName = "light"
    dpi: int = 200
    ascii_only: bool = False
    colours: int | None = None


PLAIN = Finish()
