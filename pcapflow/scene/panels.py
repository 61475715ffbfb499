"""The panels of states over time: titles, areas, scales, what it came to, and marks of findings."""

from __future__ import annotations

from collections.abc import Sequence

from pcapflow.model import Layers, State
from pcapflow.scene.marks import Badge, Line, Mark, Plate, Type
from pcapflow.scene.measure import Setter
from pcapflow.scene.strips import Plot, Strip, areas, room, strips, ticks
from pcapflow.scene.style import (
    ADDRESS,
    DWELL,
    GUTTER_SMALL,
    INK,
    LANE,
    LEAK_TINT,
    MARGIN,
    MUTED,
    QUALIFIER,
    STATE,
    STATE_SMALL,
    STRETCHED,
    spine,
    tint,
)
from pcapflow.scene.words import MS, SECOND, US, joined
from pcapflow.values import Record

_LEFT = 166.0
_COLUMN = 412.0
"""The room at the right for what it came to."""
_NUMBERS = 248.0
_HEIGHTS = (300.0, 200.0, 150.0)
"""Of a panel's areas: where there are up to two, up to four, more."""
_THIN = 78.0
_ROW = 28.0
_BETWEEN = 18.0
_BADGES = 40.0
_SAYS: dict[State, str] = {
    "CLOSE_WAIT": "the peer is done; this program has not closed",
    "FIN_WAIT_2": "waits for the peer’s FIN; the kernel may drop it unseen",
    "TIME_WAIT": "keeps the ports from reuse until 2MSL have passed",
    "LAST_ACK": "waits for the ACK of its FIN",
    "FIN_WAIT_1": "waits for the ACK of its FIN",
}
_STEPS = (
    *(unit * digit for unit in (US, 10 * US, 100 * US) for digit in (1, 2, 5)),
    *(unit * digit for unit in (MS, 10 * MS, 100 * MS) for digit in (1, 2, 5)),
    *(SECOND * seconds for seconds in (1, 2, 5, 10, 20, 30)),
    *(60 * SECOND * minutes for minutes in (1, 2, 5, 10, 20, 30)),
    *(3600 * SECOND * hours for hours in (1, 2, 6, 12)),
    *(24 * 3600 * SECOND * days for days in (1, 2, 5, 10, 20, 50, 100, 200, 500)),
)
_UNITS = (
    (24 * 3600 * SECOND, "d"),
    (3600 * SECOND, "h"),
    (60 * SECOND, "min"),
    (SECOND, "s"),
    (MS, "ms"),
)
_MOST_TICKS = 8
_LOST = 4
"""So many times lower than another, a panel has a scale of its own."""
NUMBER = Type("semibold", 19, INK)


class Axis(Record):
    """Time from left to right: ``moments`` (ns) of a capture that began at ``first``."""

    moments: tuple[int, ...]
    first: int
    width: float

    @property
    def right(self) -> float:
        return self.width - MARGIN - _COLUMN

    def x(self, at: int) -> float:
        """Where a moment is."""
        since, until = self.moments[0], self.moments[-1]
        return _LEFT + (self.right - 4 - _LEFT) * (at - since) / max(1, until - since)

    def xs(self) -> tuple[float, ...]:
        """Where each moment begins, and where the last one ends."""
        return (*(round(self.x(at), 2) for at in self.moments), self.right)

    def ticks(self) -> list[tuple[float, str]]:
        """Round times since the capture began, each with its place."""
        since, until = (at - self.first for at in (self.moments[0], self.moments[-1]))
        step = next((s for s in _STEPS if (until - since) // s < _MOST_TICKS), _STEPS[-1])
        times = range(-(-since // step) * step, until + 1, step)
        return [(self.x(self.first + at), _tick(at, step)) for at in times]


def _tick(at: int, step: int) -> str:
    if at == 0:
        return "0"
    if step < SECOND <= at:
        return joined(f"+{at / SECOND:g} s")
    for unit, name in _UNITS:
        if step >= unit:
            return joined(f"+{at // unit} {name}")
    return joined(f"+{at // US} µs")


class Panels:
    """Draws panels, one below the other, with the findings of some times marked on all of them."""

    def __init__(self, axis: Axis, setter: Setter, marked: Sequence[int]) -> None:
        self.marks: list[Mark] = []
        self._axis = axis
        self._setter = setter
        self._xs = axis.xs()
        self._marked = [axis.x(at) for at in marked]

    def draw(
        self,
        layers: Sequence[Layers],
        colours: Sequence[tuple[str, str]],
        top: float,
        tall: float = 1.0,
    ) -> float:
        """The panels from ``top`` on, each so many times as tall; returns the y below them.

        ``colours`` are those of the findings' badges, which stand below the first panel.
        """
        height = _HEIGHTS[(len(layers) > 2) + (len(layers) > 4)] * tall
        parts = [strips(each.counts) for each in layers]
        highest = max((each[-1].peak for each in parts), default=0)
        for i, each in enumerate(layers):
            top = self._panel(each, _alike(parts[i], highest), height, top + 30)
            if i == len(layers) - 1:
                top = self._times(top)
            if i == 0:
                top = self._badges(colours, top)
            top += 24
        return top

    def _panel(self, layers: Layers, parts: Sequence[Strip], height: float, top: float) -> float:
        setter, right = self._setter, self._axis.width - MARGIN
        title = setter.text(MARGIN, top, str(layers), LANE)
        ends = " and ".join(layers.ends) if layers.place is None or not layers.place.end else ""
        self.marks.append(title)
        if ends:
            x = MARGIN + title.width + 14
            self.marks.append(setter.text(x, top, f"as {ends}", ADDRESS))
        numbers, most = right - _NUMBERS, right
        self.marks.append(setter.text(numbers, top, "at the end", GUTTER_SMALL, "right"))
        self.marks.append(setter.text(most, top, "most", GUTTER_SMALL, "right"))
        y = top + 20
        for i, strip in enumerate(parts):
            tall = height if i == len(parts) - 1 else _THIN
            tall = max(tall, _ROW * len(strip.states))
            self._strip(strip, layers, y, tall)
            y += tall + (_BETWEEN if i < len(parts) - 1 else 0)
        return y

    def _strip(self, strip: Strip, layers: Layers, top: float, height: float) -> None:
        base = top + height
        plot = Plot(self._xs, base, (height - 4) / strip.peak)
        self.marks += areas(strip, layers.counts, plot)
        for x in self._marked:
            self.marks.append(Line(x, top - 8, x, base, INK, 2, "dotted"))
        self.marks.append(Line(_LEFT, base, self._axis.right, base, INK, 2.4))
        for count in ticks(strip.peak):
            y = base - plot.unit * count
            self.marks.append(Line(_LEFT - 7, y, _LEFT, y, STRETCHED, 2))
            words = f"{count:,}"
            self.marks.append(self._setter.text(_LEFT - 14, y + 6, words, GUTTER_SMALL, "right"))
        for state in strip.states:
            self._label(strip, state, layers, plot)
        self._column(strip, layers, top)

    def _label(self, strip: Strip, state: State, layers: Layers, plot: Plot) -> None:
        """The state's name inside its area, and what it means, where there is room."""
        says = _SAYS.get(state, "")
        options = [(STATE, says, 62.0)] if says else []
        for kind, words, least in (*options, (STATE, "", 30.0), (STATE_SMALL, "", 24.0)):
            lines = [(state, kind), *([(words, DWELL)] if words else [])]
            wide = max(self._setter.width(text, face) for text, face in lines) + 24
            found = room(strip, state, layers.counts, plot, wide, self._marked)
            if found is None or found.height < least:
                continue
            y = found.y + (-4 if words else kind.size * 0.36)
            for text, face in lines:
                self.marks.append(self._setter.text(found.x, y, text, face, "middle"))
                y += 27
            return

    def _column(self, strip: Strip, layers: Layers, top: float) -> None:
        """What it came to: the states in the order in which they lie above each other."""
        right = self._axis.width - MARGIN
        y = top + 17
        for state in reversed(strip.states):
            counts = layers.counts[state]
            fill = LEAK_TINT if state == "CLOSE_WAIT" else tint(state)
            left = right - _COLUMN + 26
            self.marks.append(Plate(left, y - 13, left + 15, y + 2, 2, fill, spine(state)))
            number = Type(NUMBER.face, NUMBER.size, INK if counts[-1] else MUTED)
            put = self._setter.text
            self.marks.append(put(right - _NUMBERS, y, f"{counts[-1]:,}", number, "right"))
            self.marks.append(put(right - _NUMBERS + 12, y, state, STATE_SMALL))
            self.marks.append(put(right, y, f"{max(counts):,}", QUALIFIER, "right"))
            y += _ROW

    def _times(self, top: float) -> float:
        """The times below the last panel."""
        free, left = _LEFT - 40, self._axis.right + 26
        for x, words in self._axis.ticks():
            self.marks.append(Line(x, top, x, top + 8, INK, 2))
            text = self._setter.text(x, top + 27, words, GUTTER_SMALL, "middle")
            if text.left > free and text.left + text.width < left - 10:
                self.marks.append(text)
                free = text.left + text.width + 12
        self.marks.append(self._setter.text(left, top + 27, "since the start", GUTTER_SMALL))
        return top + 34

    def _badges(self, colours: Sequence[tuple[str, str]], top: float) -> float:
        """The findings' numbers, each as near below its time as the others allow."""
        if not colours:
            return top
        places = _apart(self._marked, _BADGES, _LEFT, self._axis.right)
        for number, (x, place, (colour, ink)) in enumerate(
            zip(self._marked, places, colours, strict=True), 1
        ):
            if abs(place - x) > 1:
                self.marks.append(Line(x, top + 4, place, top + 16, INK, 2, "dotted"))
            self.marks.append(Badge(place, top + 34, number, colour, ink))
        return top + 52


def _alike(parts: Sequence[Strip], highest: int) -> list[Strip]:
    """The strips with the last on the scale of the ``highest`` of all panels, if it is not lost."""
    *above, last = parts
    if last.peak * _LOST < highest:
        return list(parts)
    return [*above, Strip(last.states, highest)]


def _apart(wanted: Sequence[float], gap: float, left: float, right: float) -> list[float]:
    """Ascending places, none nearer to the next than ``gap``, as near as that to those wanted."""
    placed: list[float] = []
    for x in wanted:
        placed.append(max(x, left, placed[-1] + gap if placed else left))
    limit = right
    for i in reversed(range(len(placed))):
        placed[i] = min(placed[i], limit)
        limit = placed[i] - gap
    return placed
