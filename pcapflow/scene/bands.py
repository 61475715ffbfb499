"""The states of both ends as bands beside their lifelines, with name and dwell in each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import accumulate, zip_longest

from pcapflow.model import ENDS, End, State
from pcapflow.scene.marks import Band, Text, Type
from pcapflow.scene.measure import Setter
from pcapflow.scene.places import Places
from pcapflow.scene.sheet import Sheet
from pcapflow.scene.spells import Spell
from pcapflow.scene.style import (
    BADGE_R,
    DWELL,
    DWELL_BIG,
    LEAK_TINT,
    QUALIFIER,
    SEAM,
    SPINE,
    STATE,
    STATE_SMALL,
    STATE_UNKNOWN,
    WAVE,
    spine,
    tint,
)
from pcapflow.scene.words import joined
from pcapflow.values import Record, replace

_WEDGE = 40.0
_TIP = 44.0
_ONE_LINE = 52.0


class Stay(Record):
    """A spell with its place: from a height to a height."""

    spell: Spell
    top: float
    bottom: float

    @property
    def end(self) -> End:
        return self.spell.end

    @property
    def state(self) -> State:
        return self.spell.state

    @property
    def leaking(self) -> bool:
        return self.spell.leaking


class Frame(Record):
    """The heights that bands reach to: the capture's end, and the end of the picture below it."""

    top: float
    end: float
    bottom: float


def stays(spells: Sequence[Spell], places: Places, frame: Frame) -> Iterator[Stay]:
    """Both ends' spells in order, those that took no room left out."""
    for end in ENDS:
        chain = [spell for spell in spells if spell.end == end]
        tops = list(accumulate((_top(spell, places, frame) for spell in chain), max))
        for spell, top, below in zip_longest(chain, tops, tops[1:]):
            bottom = below if below is not None else _bottom(spell, frame)
            if bottom - top > SEAM:
                yield Stay(spell, top, bottom)


def _top(spell: Spell, places: Places, frame: Frame) -> float:
    if spell.reach == "after":
        return frame.end
    if spell.entered is None:
        return frame.top
    return places.touch(spell.end, spell.entered.frame, spell.entered.at)


def _bottom(spell: Spell, frame: Frame) -> float:
    return frame.end if spell.reach == "captured" else frame.bottom


def band(stay: Stay, breaks: Sequence[float], badge: bool, sheet: Sheet, setter: Setter) -> Band:
    """A stay as a band; its words keep clear of the ``breaks`` across it and of a badge."""
    left, right = sheet.band(stay.end)
    made = Band(
        stay.end,
        stay.state,
        left,
        stay.top,
        right,
        stay.bottom,
        spine(stay.state),
        LEAK_TINT if stay.leaking else tint(stay.state),
        stay.spell.certainty,
        "right" if stay.end == "client" else "left",
        _WEDGE if stay.leaking else 0.0,
        _TIP if stay.leaking else 0.0,
    )
    return replace(made, texts=_words(stay, made, breaks, badge, setter))


def _words(
    stay: Stay, band: Band, breaks: Sequence[float], badge: bool, setter: Setter
) -> tuple[Text, ...]:
    """The state's name and as many of its lines as the tallest free piece of the band holds."""
    x = (band.left + band.right + (-SPINE if band.spine == "right" else SPINE)) / 2
    top, bottom = _slice(stay.top + SEAM, stay.bottom - SEAM, breaks, stay.leaking)
    if badge:
        top += 2 * BADGE_R + 12
    room = bottom - top
    halo = stay.spell.certainty != "certain"
    if room < _ONE_LINE:
        y = (top + bottom) / 2 + 6
        named = setter.text(x, y, stay.state, STATE_SMALL, "middle", halo)
        return (named,) if room >= 20 else ()
    space = band.right - band.left - SPINE - 6
    kinds = [STATE if stay.spell.certainty != "unknown" else STATE_UNKNOWN, DWELL, QUALIFIER]
    steps = [0.0, 25.0, 24.0]
    big = _big(stay, space - _WEDGE, setter)
    if big is not None and room > 150:
        kinds[1], steps = big, [0.0, big.size + 4, 34.0]
        x -= 8
    words = [stay.state, *(w for w in stay.spell.lines if setter.width(joined(w), DWELL) <= space)]
    while len(words) > 1 and sum(steps[: len(words)]) + 22 > room - 4:
        words.pop()
    height = sum(steps[: len(words)]) + 15
    y = top + 29 if stay.leaking else (top + bottom - height) / 2 + 15
    texts = []
    for line, kind, step in zip(words, kinds, steps, strict=False):
        y += step
        texts.append(setter.text(x, y, joined(line), kind, "middle", halo))
    return tuple(texts)


def _big(stay: Stay, space: float, setter: Setter) -> Type | None:
    """How large a leak's dwell may be set, if at all."""
    if not stay.leaking:
        return None
    return next(
        (kind for kind in DWELL_BIG if setter.width(stay.spell.lines[0], kind) <= space), None
    )


def _slice(top: float, bottom: float, breaks: Sequence[float], first: bool) -> tuple[float, float]:
    """The tallest piece between the breaks; for a leak the first that holds its large figure."""
    edges = [top]
    for y in sorted(breaks):
        if top < y < bottom:
            edges += [y - WAVE - 5, y + WAVE + 5]
    edges.append(bottom)
    pieces = list(zip(edges[::2], edges[1::2], strict=True))
    if first:
        tall = [piece for piece in pieces if piece[1] - piece[0] > 190]
        if tall:
            return tall[0]
    return max(pieces, key=lambda piece: piece[1] - piece[0])
