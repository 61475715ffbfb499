"""The fonts in the package: complete, small, licensed, and as wide as the scene believes."""

from __future__ import annotations

from pathlib import Path

import pytest
from matplotlib.ft2font import FT2Font

import pcapflow.draw
from pcapflow.draw.fonts import Ruler, font, shipped
from pcapflow.scene.marks import Face
from pcapflow.scene.measure import plex

FONTS = Path(pcapflow.draw.__file__).parent / "fonts"
FACES: tuple[Face, ...] = ("regular", "medium", "semibold", "italic", "mono")


def test_the_fonts_come_with_their_licence_and_stay_small() -> None:
    assert shipped()
    licence = (FONTS / "OFL.txt").read_text(encoding="utf-8")
    assert "SIL OPEN FONT LICENSE Version 1.1" in licence
    assert sum(path.stat().st_size for path in FONTS.iterdir()) < 1_500_000


@pytest.mark.parametrize("face", FACES)
def test_a_face_has_every_letter_that_pictures_use(face: Face) -> None:
    letters = FT2Font(str(font("plex", face).get_file())).get_charmap()
    wanted = "".join(map(chr, range(32, 127))) + "\u00a0·×µ§–…’→←≥−\ufffd"
    assert [c for c in wanted if ord(c) not in letters] == []


@pytest.mark.parametrize("face", FACES)
@pytest.mark.parametrize(
    "words",
    [
        "The client has not closed: 5.5 s after the server’s FIN it still sits in CLOSE_WAIT.",
        "#1234 · FIN, ACK · seq 201 ack 601 · len 1448",
        "200 B →  ← 600 B · 0.25 ms · 10.77.13.1:40001 ≥ 12 × 3",
    ],
)
def test_the_table_of_widths_is_that_of_the_fonts(words: str, face: Face) -> None:
    assert plex(words, face, 20) == pytest.approx(Ruler("plex")(words, face, 20), rel=0.015)
