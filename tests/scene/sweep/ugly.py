"""How ugly a picture is, in figures that an eye can check: the higher, the worse to look at."""

from __future__ import annotations

from collections.abc import Sequence

from pcapflow.scene import Chart, Scene
from pcapflow.scene.marks import Arrow, Badge, Text
from pcapflow.values import Record
from tests.scene.boxes import boxes

_CELL = 40


class Ugly(Record):
    """What is measured.

    ``empty``: the largest empty rectangle's share of the page. ``tall``: height by width, of a
    page above 1.5. ``crowded``: parts of marks in each 100 px of height, above 30. ``cut short``:
    share of the arrows without sequence numbers. ``pushed``: the way from a finding's badge to its
    text, in thousands of px. ``homeless``: findings without a badge in the diagram. ``long words``:
    lines of words above 60.
    """

    empty: float
    tall: float
    crowded: float
    cut_short: float
    pushed: float
    homeless: int
    long_words: float

    @property
    def score(self) -> float:
        return (
            10 * self.empty
            + self.tall
            + self.crowded / 10
            + 3 * self.cut_short
            + 2 * self.pushed
            + 0.5 * self.homeless
            + self.long_words / 20
        )

    def __str__(self) -> str:
        return (
            f"{self.score:4.1f} (empty {self.empty:.0%}, tall {self.tall:.1f}, crowded "
            f"{self.crowded:.0f}, cut short {self.cut_short:.0%}, pushed {self.pushed:.2f}, "
            f"homeless {self.homeless}, long words {self.long_words:.0f})"
        )


def ugly(drawn: Scene | Chart) -> Ugly:
    parts = [box for i, mark in enumerate(drawn.marks) for box in boxes(mark, i)]
    arrows = [m for m in drawn.marks if isinstance(m, Arrow) and m.frame is not None]
    short = [a for a in arrows if not any("seq " in text.words for text in a.texts)]
    places: dict[int, list[float]] = {}
    for mark in drawn.marks:
        if isinstance(mark, Badge):
            places.setdefault(mark.number, []).append(mark.y)
    words = [mark for mark in drawn.marks if isinstance(mark, Text)]
    taken = [
        (box.left, box.top, box.right, box.bottom) for box in parts if box.bottom - box.top < 2000
    ]
    inside = isinstance(drawn, Scene)
    return Ugly(
        _emptiest(drawn.width, drawn.height, taken),
        max(0.0, drawn.height / drawn.width - 1.5),
        max(0.0, 100 * len(drawn.marks) / drawn.height - 30),
        len(short) / len(arrows) if arrows else 0.0,
        max((max(ys) - min(ys) for ys in places.values()), default=0.0) / 1000 if inside else 0.0,
        sum(len(ys) == 1 for ys in places.values()) if inside else 0,
        max(0.0, len(words) - 60) if inside else 0.0,
    )


def _emptiest(
    width: float, height: float, taken: Sequence[tuple[float, float, float, float]]
) -> float:
    """The share of the page that the largest rectangle with nothing in it has, in cells."""
    columns, rows = int(width // _CELL), int(height // _CELL)
    free = [[True] * columns for _ in range(rows)]
    for left, top, right, bottom in taken:
        for row in range(max(0, int(top // _CELL)), min(rows, int(bottom // _CELL) + 1)):
            for column in range(max(0, int(left // _CELL)), min(columns, int(right // _CELL) + 1)):
                free[row][column] = False
    most = 0
    heights = [0] * columns
    for cells in free:
        heights = [h + 1 if cell else 0 for h, cell in zip(heights, cells, strict=True)]
        for left in range(columns):
            low = heights[left]
            for right in range(left, columns):
                low = min(low, heights[right])
                if low == 0:
                    break
                most = max(most, low * (right - left + 1))
    return most / max(1, columns * rows)
