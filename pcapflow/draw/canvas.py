"""A page of px, y downwards, on a matplotlib figure: lines, shapes and words in painting order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from matplotlib.artist import Artist
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Circle, FancyBboxPatch, PathPatch, Polygon
from matplotlib.path import Path
from matplotlib.patheffects import Normal, Stroke
from matplotlib.text import Text as Words
from matplotlib.transforms import Affine2D

from pcapflow.draw.fonts import DPI, POINT, Family, Ruler, font
from pcapflow.scene.marks import Anchor, Text, Type

Point = tuple[float, float]
Dashes = tuple[float, ...]
"""On and off lengths in px."""

_HALO = 5.0
_ALIGNED: dict[Anchor, Literal["left", "center", "right"]] = {
    "left": "left",
    "middle": "center",
    "right": "right",
}


class Canvas:
    """One figure; what is added later lies above what was added before."""

    def __init__(self, width: float, height: float, family: Family) -> None:
        self.figure = Figure(figsize=(width / DPI, height / DPI), dpi=DPI, facecolor="white")
        self._family: Family = family
        self._ruler = Ruler(family)
        page = Affine2D().scale(1 / width, -1 / height).translate(0, 1)
        self._transform = page + self.figure.transFigure
        self._depth = 0

    def _add(self, artist: Artist) -> None:
        self._depth += 1
        artist.set_zorder(self._depth)
        artist.set_transform(self._transform)
        self.figure.add_artist(artist)

    def line(
        self, points: Sequence[Point], colour: str, weight: float, dashes: Dashes | None = None
    ) -> None:
        """A line through the points; ``weight`` is its width in px."""
        xs, ys = zip(*points, strict=True)
        line = Line2D(xs, ys, color=colour, linewidth=weight * POINT, solid_capstyle="butt")
        if dashes is not None:
            line.set_linestyle((0, tuple(length / weight for length in dashes)))
            line.set_dash_capstyle("butt")
        self._add(line)

    def polygon(
        self, points: Sequence[Point], fill: str, edge: str | None = None, weight: float = 0.0
    ) -> None:
        """A filled shape, outlined where ``edge`` is given."""
        self._add(
            Polygon(
                list(points),
                closed=True,
                facecolor=fill,
                edgecolor=edge if edge is not None else "none",
                linewidth=weight * POINT,
                joinstyle="miter",
            )
        )

    def box(
        self,
        left: float,
        top: float,
        right: float,
        bottom: float,
        fill: str,
        edge: str | None = None,
        weight: float = 0.0,
        radius: float = 0.0,
        dashes: Dashes | None = None,
    ) -> None:
        """A rectangle with round corners."""
        patch = FancyBboxPatch(
            (left, top),
            right - left,
            bottom - top,
            boxstyle=f"round,pad=0,rounding_size={radius}" if radius else "square,pad=0",
            facecolor=fill,
            edgecolor=edge if edge is not None else "none",
            linewidth=weight * POINT,
        )
        if dashes is not None:
            patch.set_linestyle((0, tuple(length / weight for length in dashes)))
        self._add(patch)

    def circle(self, x: float, y: float, radius: float, fill: str) -> None:
        """A disc."""
        self._add(Circle((x, y), radius, facecolor=fill, edgecolor="none", linewidth=0))

    def curve(self, points: tuple[Point, Point, Point, Point], colour: str, weight: float) -> None:
        """A Bézier curve: from the first point to the last."""
        path = Path(list(points), [Path.MOVETO, Path.CURVE4, Path.CURVE4, Path.CURVE4])
        self._add(PathPatch(path, facecolor="none", edgecolor=colour, linewidth=weight * POINT))

    def text(self, text: Text) -> None:
        """One line of words, never wider than the scene planned."""
        self.words(text.x, text.y, text.words, text.type, text.anchor, text.width, text.halo)

    def words(
        self,
        x: float,
        y: float,
        words: str,
        kind: Type,
        anchor: Anchor = "middle",
        room: float | None = None,
        halo: bool = False,
    ) -> None:
        """Words with their baseline at y."""
        size = kind.size
        if room is not None:
            width = self._ruler(words, kind.face, size)
            if width > room * 1.01 + 1:
                size *= room / width
        artist = Words(
            x,
            y,
            words,
            color=kind.colour,
            fontproperties=font(self._family, kind.face),
            fontsize=size * POINT,
            horizontalalignment=_ALIGNED[anchor],
            verticalalignment="baseline",
            parse_math=False,
            usetex=False,
        )
        if halo:
            rim = Stroke(linewidth=_HALO * POINT, foreground="white", joinstyle="round")
            artist.set_path_effects([rim, Normal()])
        self._add(artist)
