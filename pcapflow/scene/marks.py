"""The marks of a picture: what a renderer has to paint, in order, with all positions settled.

Positions and sizes are px on a page 1600 px wide, y downwards; a text's ``y`` is its baseline.
"""

from __future__ import annotations

from typing import Literal

from pcapflow.model import End, State
from pcapflow.values import Record

Face = Literal["regular", "medium", "semibold", "italic", "mono"]
Anchor = Literal["left", "middle", "right"]
Dash = Literal["solid", "dashed", "dotted", "dash-dot"]
Look = Literal["once", "again", "expected", "discarded", "reset", "ignored"]
Certainty = Literal["certain", "presumed", "unknown"]


class Type(Record):
    """A way of setting text: face, size in px, colour."""

    face: Face
    size: float
    colour: str


class Text(Record):
    """One line of words; ``width`` is what it was measured to take, ``halo`` a white rim."""

    x: float
    y: float
    words: str
    type: Type
    width: float
    anchor: Anchor = "left"
    halo: bool = False

    @property
    def left(self) -> float:
        return self.x - {"left": 0.0, "middle": 0.5, "right": 1.0}[self.anchor] * self.width


class Line(Record):
    """A straight line: a rule, a lifeline, a piece of the time axis, a tick."""

    x0: float
    y0: float
    x1: float
    y1: float
    colour: str
    weight: float
    dash: Dash = "solid"


class Band(Record):
    """One end's state for a while.

    The spine lies at the lifeline (``spine`` says on which side of the band); ``wedge`` is by how
    much it widens towards the bottom, and ``tip`` the height of the arrow below it: a state that
    goes on although it should not.
    """

    end: End
    state: State
    left: float
    top: float
    right: float
    bottom: float
    colour: str
    tint: str
    certainty: Certainty
    spine: Literal["left", "right", "none"]
    wedge: float = 0.0
    tip: float = 0.0
    texts: tuple[Text, ...] = ()


class Arrow(Record):
    """A segment under way from (x0, y0) to (x1, y1); ``cross`` is the x where it was lost.

    What a ``router`` between the ends sent begins with a dot.
    """

    end: End
    frame: int | None
    x0: float
    y0: float
    x1: float
    y1: float
    look: Look
    cross: float | None = None
    router: bool = False
    texts: tuple[Text, ...] = ()

    def y_at(self, x: float) -> float:
        return self.y0 + (self.y1 - self.y0) * (x - self.x0) / (self.x1 - self.x0)


class Fold(Record):
    """A stacked card in place of several segments."""

    left: float
    top: float
    right: float
    bottom: float
    texts: tuple[Text, ...] = ()


class Cut(Record):
    """A double wave: time was taken out here.  ``spans`` are the (from, to) x that it covers."""

    y: float
    spans: tuple[tuple[float, float], ...]


class Bracket(Record):
    """Ties a FIN to the ACK that covers it; ``open`` at the bottom where none was captured."""

    x: float
    lifeline: float
    top: float
    bottom: float
    letter: str
    letter_y: float
    open: bool


class Hold(Record):
    """TIME_WAIT's 2MSL: solid down to ``known``, then dotted, with a zigzag where it is cut.

    Where it ends at ``known`` nothing of it is cut; it is not ``whole`` where something else than
    time ended it.
    """

    x: float
    band: float
    top: float
    known: float
    bottom: float
    whole: bool = True


class Badge(Record):
    """A finding's number."""

    x: float
    y: float
    number: int
    colour: str
    ink: str


class Plate(Record):
    """A box with words in it: chip, pill, tag, advice."""

    left: float
    top: float
    right: float
    bottom: float
    radius: float
    fill: str
    edge: str | None = None
    dashed: bool = False
    texts: tuple[Text, ...] = ()


class Arc(Record):
    """At one lifeline, from a segment's arrival to the reset that answers it."""

    x: float
    y0: float
    y1: float
    bulge: float


class Area(Record):
    """Sockets in one state for a while, stacked on others: the outline, and its upper edge."""

    state: State
    points: tuple[tuple[float, float], ...]
    edge: tuple[tuple[float, float], ...]
    fill: str
    colour: str


class Hop(Record):
    """A segment in a miniature, steep from one rail to the other; ``lost``: nobody answered it."""

    end: End
    x0: float
    y0: float
    x1: float
    y1: float
    look: Look
    lost: bool = False
    texts: tuple[Text, ...] = ()


class Rail(Record):
    """An end's states in a miniature: (state, from x, to x); between them is order, not time.

    At its right it has a ``tip`` where the socket is still there; ``gone`` is the x of a bar.
    """

    end: End
    y: float
    spans: tuple[tuple[State, float, float], ...]
    tip: bool
    gone: float | None = None


Mark = (
    Area
    | Text
    | Line
    | Band
    | Arrow
    | Fold
    | Cut
    | Bracket
    | Hold
    | Badge
    | Plate
    | Arc
    | Hop
    | Rail
)
