"""Where things lie on the time axis, which tells the truth in one of three ways.

A span between two things is *to scale* (one scale a picture), *stretched* to hold the labels, or
*cut* where a silence would take too much room.  The axis shows which.  On request all are *even*.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from itertools import pairwise
from typing import Literal

from pcapflow.model import End
from pcapflow.scene.items import Expected, Item, Moment, Notice, Run
from pcapflow.scene.steps import Step
from pcapflow.scene.style import SLANT
from pcapflow.scene.words import MS
from pcapflow.values import Record

Mode = Literal["scale", "stretched", "cut", "even"]

CARD = 58.0
"""Height of a fold's card."""
SUB_LINE = 21.0
"""From a line below an arrow to the next."""
STACK = 6.0
"""By how much the card below it shows."""
CROSSING = 12.0
"""By how much the lower of two crossing FINs leaves later."""
CROSSING_SLANT = 62.0
"""The slant of these two, so that both ends' bands have room between sending and receiving."""

_LONGEST = 300.0
_WANTED = 260.0
_WANTED_ALONE = 190.0
_SILENCE = 400 * MS
_SHORTEST = 5 * MS
_SHORTEST_ALONE = 30 * MS
_WAVE_ROOM = 104.0
_TALL = 250.0
_AIR = 8.0
_TICKS = 46.0
_WORTH = 60.0


class Row(Record):
    """An item with its place: ``middle`` of its mark, ``tick`` where the axis names its time."""

    item: Item
    middle: float
    tick: float
    slant: float = SLANT

    def at(self, end: End) -> float:
        """The y where a step touches an end's lifeline: sent from it, or arriving."""
        sent = isinstance(self.item, Step) and self.item.end == end
        if isinstance(self.item, Notice):
            sent = self.item.end != end
        return self.middle + (-self.slant / 2 if sent else self.slant / 2)


class Span(Record):
    """A piece of the axis; ``free`` is what labels leave of it, ``wave`` the y of a cut."""

    mode: Mode
    top: float
    bottom: float
    took: int
    free: tuple[float, float]
    wave: float | None


class Rows(Record):
    """All rows, the axis between them, and the y of the capture's end."""

    rows: tuple[Row, ...]
    spans: tuple[Span, ...]
    end: float


class _Block(Record):
    """One item, or two FINs that cross: offsets are px from its middle."""

    items: tuple[Item, ...]
    middles: tuple[float, ...]
    ticks: tuple[float, ...]
    leave: float
    above: float
    below: float
    slant: float = SLANT

    @property
    def at(self) -> int:
        return self.items[0].at

    @property
    def until(self) -> int:
        return self.items[-1].until

    @property
    def again(self) -> bool:
        return isinstance(self.items[0], Step) and self.items[0].again


def place(
    items: Sequence[Item],
    top: float,
    end_at: int,
    tall_from: int | None = None,
    badged: Collection[int | None] = (),
    *,
    even: bool = False,
    sublines: int = 1,
    scaled: float = 900.0,
) -> Rows:
    """Puts the items below ``top``.

    The longest silence from ``tall_from`` (ns) on gets room for a large band; segments whose
    frame is ``badged`` get room for a badge, all of them for so many ``sublines``.  Spans to scale
    take about ``scaled`` px together, if their labels can do with that.
    """
    blocks = list(_blocks(items, badged, (sublines - 1) * SUB_LINE))
    gaps = [b.at - a.until for a, b in pairwise(blocks)] + [end_at - blocks[-1].until]
    final = 62.0 if gaps[-1] >= MS else 16.0
    least = [
        max(a.below + b.above + _AIR + b.ticks[0] - a.leave, _TICKS - a.leave + a.ticks[-1])
        for a, b in pairwise(blocks)
    ]
    least.append(blocks[-1].below + final - blocks[-1].leave)
    repeats = [b.again for b in blocks[1:]] + [False]
    scale = None if even else _scale(gaps, least, repeats, scaled)
    tall = None if even else _longest_from(blocks, gaps, tall_from)
    evenly = max(least[:-1], default=0.0)

    rows: list[Row] = []
    spans: list[Span] = []
    y = top + blocks[0].above
    for i, block in enumerate(blocks):
        rows += [
            Row(item, y + middle, y + tick, block.slant)
            for item, middle, tick in zip(block.items, block.middles, block.ticks, strict=True)
        ]
        mode, length = _length(gaps[i], least[i], scale)
        if even:
            mode, length = "even", max(least[i], evenly) if i + 1 < len(blocks) else least[i]
        if i == tall and length < least[i] + _TALL:
            length = least[i] + _TALL
            mode = "cut" if mode == "cut" else "stretched"
        start, stop = y + block.leave, y + block.leave + length
        following = blocks[i + 1] if i + 1 < len(blocks) else None
        free_from = max(y + block.below, y + block.ticks[-1] + 32)
        free_to = stop - (final if following is None else 14)
        if following is not None:
            free_to = min(free_to, stop - following.ticks[0] - following.above)
            y = stop - following.ticks[0]
        at = 0.7 if i == tall else 0.5
        wave = free_from + at * (free_to - free_from) if mode == "cut" else None
        spans.append(Span(mode, start, stop, gaps[i], (free_from, free_to), wave))
    return Rows(tuple(rows), tuple(spans), spans[-1].bottom)


def _blocks(items: Sequence[Item], badged: Collection[int | None], more: float) -> Iterator[_Block]:
    skip = False
    for item, following in zip(items, [*items[1:], None], strict=True):
        if skip:
            skip = False
        elif isinstance(following, Step) and following.crossing and isinstance(item, Step):
            skip = True
            # The client's FIN is the upper one, whichever was captured first.
            middles = (0.0, CROSSING) if item.end == "client" else (CROSSING, 0.0)
            ticks = (-CROSSING_SLANT / 2, CROSSING_SLANT / 2 + CROSSING)
            both = (item, following)
            below = CROSSING + 76
            yield _Block(both, middles, ticks, ticks[1], 52, below, CROSSING_SLANT)
        else:
            yield _single(item, badged, more)


def _single(item: Item, badged: Collection[int | None], more: float) -> _Block:
    match item:
        case Run():
            below = 66.0 if item.kind == "handshake" else 52.0
            top = -CARD / 2
            above = 50.0 if any(item.first <= (f or 0) <= item.last for f in badged) else 36.0
            return _Block((item,), (0.0,), (top,), CARD / 2 + STACK, above, below)
        case Moment():
            return _Block((item,), (0.0,), (0.0,), 0, 16, 34)
        case Expected():
            return _Block((item,), (0.0,), (0.0,), 0, 42, 24)
        case Notice():
            tick = SLANT / 2 if item.end == "client" else -SLANT / 2
            above = 62.0 if item.frame in badged and item.end == "client" else 40.0
            return _Block((item,), (0.0,), (tick,), tick, above, 38)
        case Step():
            tick = -SLANT / 2 if item.end == "client" else SLANT / 2
            above = 58.0 if item.reset else 40.0
            if item.segment.frame in badged and item.end == "server":
                above = 62.0
            return _Block((item,), (0.0,), (tick,), tick, above, 38 + more)


def _scale(
    gaps: Sequence[int], least: Sequence[float], repeats: Sequence[bool], total: float
) -> float | None:
    """Px per ns, so that as many spans as possible are to scale; None where that shows nothing.

    No short span and none before a repeat is ever cut: back-off shows only where it is whole.
    """
    long = [i for i, gap in enumerate(gaps) if gap >= _SHORTEST]
    kept = [i for i in long if gaps[i] < _SILENCE or repeats[i]]
    bound = min((_LONGEST / gaps[i] for i in kept), default=float("inf"))

    def fitting(scale: float) -> list[int]:
        return [i for i in long if _least(least[i]) <= scale * gaps[i] <= _LONGEST]

    limits = [px / gaps[i] for i in long for px in (_least(least[i]), _LONGEST)]
    candidates = [scale for scale in limits if scale <= bound]
    best = max(candidates, key=lambda scale: (len(fitting(scale)), scale), default=None)
    chosen = fitting(best) if best is not None else []
    alone = chosen[0] if len(chosen) == 1 else None
    if not chosen or (alone is not None and (alone not in kept or gaps[alone] < _SHORTEST_ALONE)):
        return None
    lower = max(_least(least[i]) / gaps[i] for i in chosen)
    wanted = min(_WANTED if len(chosen) > 1 else _WANTED_ALONE, total / 3)
    upper = min(
        bound,
        wanted / max(gaps[i] for i in chosen),
        total / sum(gaps[i] for i in chosen),
    )
    return max(lower, upper)


def _least(room: float) -> float:
    """A span to scale holds its labels and can be told from a stretched one."""
    return max(room, _WORTH)


def _length(gap: int, least: float, scale: float | None) -> tuple[Mode, float]:
    px = gap * scale if scale is not None and gap >= _SHORTEST else 0.0
    if _least(least) <= px + 0.01 and px <= _LONGEST + 0.01:
        return "scale", px
    if px > _LONGEST or (scale is None and gap >= _SILENCE):
        return "cut", least + _WAVE_ROOM
    return "stretched", least


def _longest_from(
    blocks: Sequence[_Block], gaps: Sequence[int], tall_from: int | None
) -> int | None:
    if tall_from is None:
        return None
    later = [i for i, block in enumerate(blocks) if block.until >= tall_from]
    return max(later, key=lambda i: gaps[i], default=None)
