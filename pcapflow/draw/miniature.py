"""How the marks of a miniature look: steep arrows, and rails of states."""

from __future__ import annotations

from math import hypot

from pcapflow.draw.surface import Dashes, Surface
from pcapflow.model import State
from pcapflow.scene.marks import Hop, Rail
from pcapflow.scene.style import (
    ALARM,
    INK,
    PAPER,
    RAIL,
    RAIL_BAR,
    RAIL_CROSS,
    RAIL_TIP,
    STRETCHED,
    rail_weight,
    spine,
)
from pcapflow.tcp.stays import NO_SOCKET

_DOUBLE = 3.0
_CORES: dict[State, Dashes | None] = {
    "TIME_WAIT": None,
    "LAST_ACK": (7, 4),
    "FIN_WAIT_1": (2.5, 4.5),
    "CLOSING": (2.5, 4.5),
}
"""What tells a rail without its colour: a light core, unbroken or in dashes."""
_CORE = 2.2


def rail(mark: Rail, surface: Surface) -> None:
    """An end's states, each in its colour, up to an arrowhead or a bar."""
    y = mark.y
    for state, start, stop in mark.spans:
        line = [(start, y), (stop, y)]
        if state in NO_SOCKET or state == "UNKNOWN":
            surface.line(line, STRETCHED, 2, (2.5, 5.5))
            continue
        surface.line(line, spine(state), rail_weight(state))
        if state in _CORES:
            surface.line(line, PAPER, _CORE, _CORES[state])
    if mark.tip:
        state, _, x = mark.spans[-1]
        half = max(RAIL_TIP / 2, rail_weight(state))
        corners = [(x - 0.5, y - half), (x + RAIL_TIP, y), (x - 0.5, y + half)]
        surface.polygon(corners, spine(state))
    if mark.gone is not None:
        surface.line([(mark.gone, y - RAIL_BAR), (mark.gone, y + RAIL_BAR)], INK, 3.4)


def hop(mark: Hop, surface: Surface) -> None:
    """An arrow; of one that nobody answered only the first half, and a cross."""
    long = hypot(mark.x1 - mark.x0, mark.y1 - mark.y0)
    way = (mark.x1 - mark.x0) / long, (mark.y1 - mark.y0) / long
    across = -way[1], way[0]

    def at(along: float, aside: float = 0.0) -> tuple[float, float]:
        return (
            mark.x0 + way[0] * along + across[0] * aside,
            mark.y0 + way[1] * along + across[1] * aside,
        )

    reset = mark.look in ("reset", "ignored")
    colour = {"reset": ALARM, "ignored": STRETCHED, "expected": STRETCHED}.get(mark.look, INK)
    dashes = {"again": (6.5, 4.0), "expected": (2.5, 5.0)}.get(mark.look)
    begin = RAIL / 2
    if mark.lost:
        middle = at(long / 2)
        surface.line([at(begin), at(long / 2 - RAIL_CROSS)], colour, 2.4, dashes)
        x, y = middle
        for side in (-RAIL_CROSS, RAIL_CROSS):
            surface.line([(x - RAIL_CROSS, y - side), (x + RAIL_CROSS, y + side)], ALARM, 4.2)
    else:
        tip, half = (19.0, 8.5) if reset else (16.0, 6.8)
        end = long - RAIL / 2
        for aside in (-_DOUBLE, _DOUBLE) if reset else (0.0,):
            surface.line([at(begin, aside), at(end - tip + 1, aside)], colour, 2.2, dashes)
        corners = [at(end), at(end - tip, -half), at(end - tip, half)]
        if mark.look in ("ignored", "expected"):
            surface.polygon(corners, PAPER, colour, 2)
        else:
            surface.polygon(corners, colour)
    for text in mark.texts:
        surface.text(text)
