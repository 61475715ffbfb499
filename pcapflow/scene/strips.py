"""Sockets over time as stacked areas: which states share a scale, and what is drawn of each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pcapflow.model import State
from pcapflow.scene.marks import Area
from pcapflow.scene.style import LEAK_TINT, spine, tint
from pcapflow.tcp.stays import WORST_FIRST
from pcapflow.values import Record

_WATCHED: tuple[State, ...] = ("CLOSE_WAIT", "TIME_WAIT")
_HIDDEN = 12
"""Of a strip so many times as high, nobody sees how a state grows."""
_STEPS = (1, 2, 5)
_MOST_TICKS = 4
_CLEAR = 8.0

Counts = dict[State, tuple[int, ...]]
Point = tuple[float, float]


class Strip(Record):
    """States that are stacked on one scale, which goes up to ``peak``, the lowest first."""

    states: tuple[State, ...]
    peak: int


def strips(counts: Counts) -> list[Strip]:
    """Which states share a scale, from the top to the bottom of a panel.

    CLOSE_WAIT is never hidden, nor TIME_WAIT: where others tower above one of them, the largest
    gets a strip of its own, until both can be seen.
    """
    left = [state for state in WORST_FIRST if state in counts]
    apart: list[Strip] = []
    while True:
        strip = Strip(tuple(left), _peak(counts, left))
        watched = [max(counts[state]) for state in left if state in _WATCHED]
        if len(left) < 2 or not watched or min(watched) * _HIDDEN >= strip.peak:
            return [*apart, strip]
        largest = max(left, key=lambda state: max(counts[state]))
        apart.append(Strip((largest,), max(counts[largest])))
        left.remove(largest)


def _peak(counts: Counts, states: Sequence[State]) -> int:
    return max(map(sum, zip(*(counts[state] for state in states), strict=True)))


def ticks(peak: int) -> list[int]:
    """Round numbers from 0 up to at most ``peak``; the last one is below it by less than a step."""
    unit = 1
    while True:
        for step in _STEPS:
            if peak // (unit * step) <= _MOST_TICKS:
                return list(range(0, peak + 1, unit * step))
        unit *= 10


class Plot(Record):
    """Where a strip is drawn: moment number i begins at ``xs[i]``, and the last ends at the next.

    ``base`` is the y of no sockets; a socket is ``unit`` px high.
    """

    xs: tuple[float, ...]
    base: float
    unit: float


def areas(strip: Strip, counts: Counts, plot: Plot) -> Iterator[Area]:
    """The areas of a strip; a state that has no sockets for a while has no area there."""
    below = [0] * (len(plot.xs) - 1)
    for state in strip.states:
        above = [low + more for low, more in zip(below, counts[state], strict=True)]
        for start, stop in _runs(counts[state]):
            upper = _stairs(plot, above, start, stop)
            lower = _stairs(plot, below, start, stop)
            fill = LEAK_TINT if state == "CLOSE_WAIT" else tint(state)
            yield Area(state, (*upper, *lower[::-1]), upper, fill, spine(state))
        below = above


def _runs(counts: Sequence[int]) -> Iterator[tuple[int, int]]:
    """From where to where there are some."""
    start: int | None = None
    for i, count in enumerate((*counts, 0)):
        if count and start is None:
            start = i
        elif not count and start is not None:
            yield start, i
            start = None


def _stairs(plot: Plot, heights: Sequence[int], start: int, stop: int) -> tuple[Point, ...]:
    """A level for each moment; what goes on at the same level is one line."""
    points: list[Point] = []
    for i in range(start, stop):
        y = round(plot.base - plot.unit * heights[i], 2)
        if points and points[-1][1] == y:
            points.pop()
        else:
            points.append((plot.xs[i], y))
        points.append((plot.xs[i + 1], y))
    return tuple(points)


class Room(Record):
    """A box inside an area, by its middle."""

    x: float
    y: float
    height: float


def room(
    strip: Strip, state: State, counts: Counts, plot: Plot, width: float, clear: Sequence[float]
) -> Room | None:
    """The highest place in a state's area that is ``width`` wide, clear of some x."""
    place = strip.states.index(state)
    stacks = list(zip(*(counts[each] for each in strip.states[: place + 1]), strict=True))
    lows, highs = [sum(stack[:-1]) for stack in stacks], list(map(sum, stacks))
    found: list[Room] = []
    last = 0
    for first, left in enumerate(plot.xs[:-1]):
        while last + 1 < len(plot.xs) and plot.xs[last] < left + width:
            last += 1
        right = plot.xs[last]
        if right < left + width:
            break
        if not any(left - _CLEAR < x < right + _CLEAR for x in clear):
            low, high = max(lows[first:last]), min(highs[first:last])
            y = plot.base - plot.unit * (low + high) / 2
            found.append(Room((left + right) / 2, y, plot.unit * (high - low)))
    highest = max((each.height for each in found), default=0.0)
    best = [each for each in found if each.height >= highest - 1]
    return best[len(best) // 2] if best else None
