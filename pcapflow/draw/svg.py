"""A scene as SVG: text as text, named for screen readers, with the letters it needs in it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha256
from html import escape
from typing import get_args

from pcapflow.draw.finish import PLAIN, Finish
from pcapflow.draw.fonts import shipped
from pcapflow.draw.paint import paint
from pcapflow.draw.prose import prose
from pcapflow.draw.surface import Dashes, Point
from pcapflow.draw.themes import THEMES, Theme
from pcapflow.draw.webfont import NAMES, WEIGHTS, face_rules
from pcapflow.scene import Chart, Scene
from pcapflow.scene.marks import Anchor, Face, Text, Type

_HALO = 5.0
_ANCHORS: dict[Anchor, str] = {"left": "start", "middle": "middle", "right": "end"}
_INCH = 96
"""Px of CSS."""


def svg(scene: Scene | Chart, finish: Finish = PLAIN) -> str:
    """The picture as one SVG document that needs nothing beside it."""
    theme = THEMES[finish.theme]
    words = scene.words if isinstance(scene, Chart) else prose(scene.script)
    page = _Page(theme)
    for mark in scene.marks:
        paint(mark, page)
    body = "\n".join(page.parts)
    # Several of these may stand in one HTML page, where names must not clash.
    key = sha256(body.encode()).hexdigest()[:8]
    width = scene.inches * _INCH
    return f"""\
<svg xmlns="http://www.w3.org/2000/svg" width="{_n(width)}" \
height="{_n(width * scene.height / scene.width)}" viewBox="0 0 {_n(scene.width)} \
{_n(scene.height)}" role="img" aria-labelledby="title-{key} words-{key}">
<title id="title-{key}">{escape(scene.title)}</title>
<desc id="words-{key}">{escape(words)}</desc>
<style>
{_style(page.letters, key)}
</style>
<rect width="{_n(scene.width)}" height="{_n(scene.height)}" fill="{theme["paper"]}"/>
<g class="pf-{key}">
{body}
</g>
</svg>
"""


def _style(letters: dict[Face, set[str]], key: str) -> str:
    """One class a face, and the fonts themselves where the package has them."""
    rules = [f".pf-{key} text {{ white-space: pre }}"]
    for face in get_args(Face):
        if not letters[face]:
            continue
        own = f"pf-{key}-{face}"
        families = ", ".join(f"'{name}'" for name in (own, *NAMES[face]))
        generic = "monospace" if face == "mono" else "sans-serif"
        slant = "; font-style: italic" if face == "italic" else ""
        rules.append(
            f".pf-{key} .{face} {{ font-family: {families}, {generic}; "
            f"font-weight: {WEIGHTS[face]}{slant} }}"
        )
        if shipped():
            rules.append(face_rules(face, own, letters[face]))
    return "\n".join(rules)


class _Page:
    """A ``Surface`` that writes elements."""

    def __init__(self, theme: Theme) -> None:
        self.parts: list[str] = []
        self.letters: dict[Face, set[str]] = {face: set() for face in get_args(Face)}
        self._theme = theme

    @contextmanager
    def named(self, title: str) -> Iterator[None]:
        """A group with a title, which browsers show and screen readers read."""
        self.parts.append(f"<g><title>{escape(title)}</title>")
        yield
        self.parts.append("</g>")

    def line(
        self, points: Sequence[Point], colour: str, weight: float, dashes: Dashes | None = None
    ) -> None:
        """A line through the points; ``weight`` is its width in px."""
        dashed = f' stroke-dasharray="{" ".join(map(_n, dashes))}"' if dashes else ""
        self.parts.append(
            f'<path d="M{_path(points)}" fill="none"{self._edge(colour, weight)}{dashed}/>'
        )

    def polygon(
        self, points: Sequence[Point], fill: str, edge: str | None = None, weight: float = 0.0
    ) -> None:
        """A filled shape, outlined where ``edge`` is given."""
        self.parts.append(
            f'<path d="M{_path(points)}z" fill="{self._theme[fill]}"{self._edge(edge, weight)}/>'
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
        dashed = f' stroke-dasharray="{" ".join(map(_n, dashes))}"' if dashes else ""
        rounded = f' rx="{_n(radius)}"' if radius else ""
        self.parts.append(
            f'<rect x="{_n(left)}" y="{_n(top)}" width="{_n(max(0, right - left))}" '
            f'height="{_n(max(0, bottom - top))}"{rounded} fill="{self._theme[fill]}"'
            f"{self._edge(edge, weight)}{dashed}/>"
        )

    def circle(self, x: float, y: float, radius: float, fill: str) -> None:
        """A disc."""
        self.parts.append(
            f'<circle cx="{_n(x)}" cy="{_n(y)}" r="{_n(radius)}" fill="{self._theme[fill]}"/>'
        )

    def curve(self, points: tuple[Point, Point, Point, Point], colour: str, weight: float) -> None:
        """A Bézier curve: from the first point to the last."""
        start, *rest = (f"{_n(x)},{_n(y)}" for x, y in points)
        self.parts.append(
            f'<path d="M{start} C{" ".join(rest)}" fill="none"{self._edge(colour, weight)}/>'
        )

    def text(self, text: Text) -> None:
        """One line of words, exactly as wide as the scene planned."""
        self._words(text.x, text.y, text.words, text.type, text.anchor, text.width, text.halo)

    def words(self, x: float, y: float, words: str, kind: Type, anchor: Anchor = "middle") -> None:
        """Words with their baseline at y."""
        self._words(x, y, words, kind, anchor)

    def _words(
        self,
        x: float,
        y: float,
        words: str,
        kind: Type,
        anchor: Anchor,
        width: float | None = None,
        halo: bool = False,
    ) -> None:
        self.letters[kind.face] |= set(words)
        placed = f' text-anchor="{_ANCHORS[anchor]}"' if anchor != "left" else ""
        if width is not None and len(words) > 1:
            placed += f' textLength="{_n(width)}" lengthAdjust="spacingAndGlyphs"'
        if halo:
            placed += (
                f' paint-order="stroke" stroke="{self._theme["paper"]}" '
                f'stroke-width="{_n(_HALO)}" stroke-linejoin="round"'
            )
        self.parts.append(
            f'<text class="{kind.face}" x="{_n(x)}" y="{_n(y)}" font-size="{_n(kind.size)}" '
            f'fill="{self._theme[kind.colour]}"{placed}>{escape(words, quote=False)}</text>'
        )

    def _edge(self, colour: str | None, weight: float) -> str:
        if colour is None:
            return ""
        return f' stroke="{self._theme[colour]}" stroke-width="{_n(weight)}"'


def _path(points: Sequence[Point]) -> str:
    return " L".join(f"{_n(x)},{_n(y)}" for x, y in points)


def _n(number: float) -> str:
    """A number as short as a hundredth of a px allows."""
    short = f"{number:.2f}".rstrip("0").rstrip(".")
    return "0" if short == "-0" else short
