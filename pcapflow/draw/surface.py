"""A page of px, y downwards, that marks are painted on: what every drawing library must do."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from pcapflow.scene.marks import Anchor, Text, Type

Point = tuple[float, float]
Dashes = tuple[float, ...]
"""On and off lengths in px."""


class Surface(Protocol):
    """Lines, shapes and words in painting order; what is added later lies above.

    Colours are the names of ``scene.style``, or ``none``.
    """

    def named(self, title: str) -> AbstractContextManager[None]:
        """What is painted meanwhile is one thing, called so."""

    def line(
        self, points: Sequence[Point], colour: str, weight: float, dashes: Dashes | None = None
    ) -> None:
        """A line through the points; ``weight`` is its width in px."""

    def polygon(
        self, points: Sequence[Point], fill: str, edge: str | None = None, weight: float = 0.0
    ) -> None:
        """A filled shape, outlined where ``edge`` is given."""

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

    def circle(self, x: float, y: float, radius: float, fill: str) -> None:
        """A disc."""

    def curve(self, points: tuple[Point, Point, Point, Point], colour: str, weight: float) -> None:
        """A Bézier curve: from the first point to the last."""

    def text(self, text: Text) -> None:
        """One line of words, never wider than the scene planned."""

    def words(self, x: float, y: float, words: str, kind: Type, anchor: Anchor = "middle") -> None:
        """Words with their baseline at y."""
