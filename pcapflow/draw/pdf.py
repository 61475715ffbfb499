"""A scene as PDF, its words as words; the same octets from run to run."""

from __future__ import annotations

from io import BytesIO

from matplotlib import style

from pcapflow.draw.finish import PLAIN, Finish
from pcapflow.draw.fonts import Family
from pcapflow.draw.png import STYLE, painted
from pcapflow.scene import Chart, Scene


def pdf(scene: Scene | Chart, finish: Finish = PLAIN, family: Family | None = None) -> bytes:
    """The octets of a PDF of one page, as large as the picture."""
    untold = dict.fromkeys(("Creator", "Producer", "CreationDate"))
    with style.context(STYLE):
        out = BytesIO()
        painted(scene, finish, family).figure.savefig(
            out, format="pdf", metadata={**untold, "Title": scene.title}
        )
    return out.getvalue()
