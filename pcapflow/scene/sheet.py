"""The columns of a page: what lies where, from left to right, in px.

From the left they are the same on every sheet: times, the axis, the client's band and lifeline.
How far off the server's are, and where header, findings and footer stand, is the sheet's.
"""

from __future__ import annotations

from collections.abc import Callable
from math import ceil
from typing import Literal

from pcapflow.model import End
from pcapflow.scene.style import MARGIN
from pcapflow.values import Record

Size = Literal["report", "slide", "wide"]
Span = tuple[float, float]

SLIDE_ASPECT = 16 / 9
NARROWEST = 1920.0
"""Of slides; the wider one is, the smaller are its words."""
_NEAR = 16

GUTTER_X = 164.0
AXIS_X = 176.0
CLIENT_BAND: Span = (204.0, 388.0)
CLIENT_X = 392.0


class Sheet(Record):
    """One size of page.

    ``inches`` is its width as meant; ``most`` is how many things are drawn before segments fold,
    and ``scaled`` about how many px the spans of time to scale may take.
    """

    size: Size
    width: float
    inches: float
    server_x: float
    head: Span
    column: Span
    foot: Span
    most: int = 60
    scaled: float = 900.0

    @property
    def server_band(self) -> Span:
        return self.server_x + 4, self.server_x + 188

    @property
    def middle(self) -> float:
        return (CLIENT_X + self.server_x) / 2

    @property
    def labels(self) -> Span:
        """Where words between the lifelines may stand: clear of brackets and the capture point."""
        return CLIENT_X + 60, self.server_x - 60

    @property
    def cards(self) -> Span:
        return CLIENT_X + 38, self.server_x - 38

    @property
    def badge_x(self) -> float:
        return self.server_x - 78

    @property
    def card_badge_x(self) -> float:
        return self.server_x - 70

    def lifeline(self, end: End) -> float:
        """The x of an end's lifeline."""
        return CLIENT_X if end == "client" else self.server_x

    def band(self, end: End) -> Span:
        """From which x to which an end's states stand."""
        return CLIENT_BAND if end == "client" else self.server_band

    def lost_at(self, end: End, vantage: str) -> float:
        """The x of a cross: strictly beyond the capture point, seen from the sender."""
        if end == "client":
            return self.server_x - (82 if vantage == "server" else 128)
        return CLIENT_X + (82 if vantage == "client" else 128)


def _report(width: float, inches: float, server_x: float) -> Sheet:
    """A page with its findings at the right, below a header as wide as the page."""
    inside = (MARGIN, width - MARGIN)
    column = (server_x + 252, width - MARGIN)
    size: Size = "report" if width == 1600 else "wide"
    return Sheet(size, width, inches, server_x, inside, column, inside)


REPORT = _report(1600, 8.0, 968.0)
WIDE = _report(2240, 11.2, 1488.0)


def slide_width(height: Callable[[float], float]) -> float:
    """The narrowest slide (px) that is high enough for what takes ``height`` at a width."""
    low = high = NARROWEST
    while (needed := height(high) * SLIDE_ASPECT) > high + 1:
        low, high = high, ceil(needed)
    while high - low > _NEAR:
        middle = (low + high) // 2
        if height(middle) * SLIDE_ASPECT > middle + 1:
            low = middle
        else:
            high = middle
    return high


def slide(width: float = NARROWEST) -> Sheet:
    """A page as projectors have it; all words that are no part of the diagram stand at its right.

    Half of what a slide is wider than the narrowest makes the arrows longer.
    """
    server_x = REPORT.server_x + (width - NARROWEST) / 2
    right = (server_x + 252, width - MARGIN)
    return Sheet("slide", width, 40 / 3, server_x, right, right, right, 10, 360.0)
