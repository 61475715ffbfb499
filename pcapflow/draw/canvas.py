"""A page of px, y downwards, on a matplotlib figure: lines, shapes and words in painting order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Literal

from matplotlib.artist import Artist
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Circle, FancyBboxPatch, PathPatch, Polygon
from matplotlib.path import Path
from matplotlib.patheffects import AbstractPathEffect, Stroke
from matplotlib.text import Text as Words
from matplotlib.transforms import Affine2D

from pcapflow.draw.fonts import Family, Ruler, font
from pcapflow.draw.surface import Dashes, Point
from pcapflow.draw.themes import LIGHT, Theme
from pcapflow.scene.marks import Anchor, Text, Type

_HALO = 5.0
_ALIGNED: dict[Anchor, Literal["left", "center", "right"]] = {
    "left": "left",
    "middle": "center",
    "right": "right",
}


class Canvas:
    """A ``Surface``: one figure, ``inches`` wide."""

    def __init__(
        self, width: float, height: float, family: Family, inches: float, theme: Theme = LIGHT
    ) -> None:
        size = (inches, inches * height / width)
        self.figure = Figure(figsize=size, dpi=width / inches, facecolor=theme["paper"])
        self.point = 72 * inches / width
        self._theme = theme
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

    @contextmanager
    def named(self, title: str) -> Iterator[None]:
        """No name is kept: nothing in a painted picture can be pointed at."""
        yield

    def line(
        self, points: Sequence[Point], colour: str, weight: float, dashes: Dashes | None = None
    ) -> None:
        """A line through the points; ``weight`` is its width in px."""
        xs, ys = zip(*points, strict=True)
        line = Line2D(
            xs, ys, color=self._theme[colour], linewidth=weight * self.point, solid_capstyle="butt"
        )
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
                facecolor=self._theme[fill],
                edgecolor=self._theme[edge or "none"],
                linewidth=weight * self.point,
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
            facecolor=self._theme[fill],
            edgecolor=self._theme[edge or "none"],
            linewidth=weight * self.point,
        )
        if dashes is not None:
            patch.set_linestyle((0, tuple(length / weight for length in dashes)))
        self._add(patch)

    def circle(self, x: float, y: float, radius: float, fill: str) -> None:
        """A disc."""
        self._add(
            Circle((x, y), radius, facecolor=self._theme[fill], edgecolor="none", linewidth=0)
        )

    def curve(self, points: tuple[Point, Point, Point, Point], colour: str, weight: float) -> None:
        """A Bézier curve: from the first point to the last."""
        path = Path(list(points), [Path.MOVETO, Path.CURVE4, Path.CURVE4, Path.CURVE4])
        self._add(
            PathPatch(
                path, facecolor="none", edgecolor=self._theme[colour], linewidth=weight * self.point
            )
        )

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
        if halo:
            # A text of its own: what has effects is painted as outlines, which nobody can select.
            rim = Stroke(
                linewidth=_HALO * self.point,
                foreground=self._theme["paper"],
                joinstyle="round",
            )
            self._add(self._set(x, y, words, kind, anchor, size, [rim]))
        self._add(self._set(x, y, words, kind, anchor, size, []))

    def _set(
        self,
        x: float,
        y: float,
        words: str,
        kind: Type,
        anchor: Anchor,
        size: float,
        effects: list[AbstractPathEffect],
    ) -> Words:
        return Words(
            x,
            y,
            words,
            path_effects=effects,
            color=self._theme[kind.colour],
            fontproperties=font(self._family, kind.face),
            fontsize=size * self.point,
            horizontalalignment=_ALIGNED[anchor],
            verticalalignment="baseline",
            parse_math=False,
            usetex=False,
        )
