"""A miniature's marks: two rails of states, cards, and the segments between them.

Distances say nothing but order.
"""

from __future__ import annotations

from collections.abc import Sequence

from pcapflow.model import ENDS, Connection, End, State, Transition, other
from pcapflow.scene.beats import Beat, Told, told
from pcapflow.scene.marks import Hop, Mark, Plate, Rail, Text
from pcapflow.scene.measure import Setter
from pcapflow.scene.sheet import Span
from pcapflow.scene.style import (
    GUTTER_SMALL,
    MINI,
    MINI_ASIDE,
    MINI_LABEL,
    MINI_RESET,
    PLATE,
    RAIL_TIP,
)
from pcapflow.tcp.stays import NO_SOCKET
from pcapflow.values import Record

HEIGHT = 46.0
"""From the client's rail to the server's."""
_NAME = 24.0
_SLANT = 20.0
_STEP = 52.0
_CARD = 28.0
_BETWEEN = 9.0
_AFTER = 26.0
_ABOVE, _BELOW = 15.0, 24.0
"""From a rail to the baseline of a label."""
_GAP = "· · ·"


class _Place(Record):
    """A beat from ``x0`` to ``x1``; without a beat, a gap where some are left out."""

    beat: Beat | None
    x0: float
    x1: float
    frames: frozenset[int]
    at: int


def miniature(connection: Connection, span: Span, top: float, setter: Setter) -> list[Mark]:
    """The marks between two x, the client's rail at ``top``; ``span`` is never left."""
    drawn = _Miniature(told(connection), connection, span, top, setter)
    return drawn.marks


class _Miniature:
    def __init__(
        self, content: Told, connection: Connection, span: Span, top: float, setter: Setter
    ) -> None:
        self.marks: list[Mark] = []
        self._content = content
        self._connection = connection
        self._setter = setter
        self._ys: dict[End, float] = {"client": top, "server": top + HEIGHT}
        self._left = span[0] + _NAME
        self._right = span[1]
        x = self._cards()
        self._places, stop = self._fit(x)
        self._stop = max(stop, x + _AFTER)
        for end in ENDS:
            name = setter.text(span[0], self._ys[end] + 6, end[0].upper(), GUTTER_SMALL)
            self.marks += [name, self._rail(end)]
        for each in self._places:
            if each.beat is not None:
                self.marks.append(self._hop(each, each.beat))
            else:
                middle = top + HEIGHT / 2 + 5
                self.marks.append(setter.text(each.x0, middle, _GAP, MINI, "middle"))
        if connection.ending == "refused" and connection.states[1] in NO_SOCKET:
            y = self._ys["server"] + 5
            self.marks.append(setter.text(self._stop + 8, y, "no socket", MINI_ASIDE))

    def _cards(self) -> float:
        """What every connection does; returns the x behind it."""
        x = self._left + 8
        top = self._ys["client"] + (HEIGHT - _CARD) / 2
        for card in self._content.cards:
            wide = self._setter.width(card, MINI) + 16
            text = self._setter.text(x + wide / 2, top + 19, card, MINI, "middle")
            self.marks.append(Plate(x, top, x + wide, top + _CARD, 4, PLATE, texts=(text,)))
            x += wide + _BETWEEN
        return x

    def _fit(self, x: float) -> tuple[list[_Place], float]:
        """The beats' places, without those in the middle where not all have room; and their end."""
        beats = list(self._content.beats)
        most = len(beats)
        while True:
            head = (most + 1) // 2
            places = self._lay(beats[:head], beats[head : len(beats) - (most - head)], x)
            places = self._more(places, beats[len(beats) - (most - head) :])
            stop = max((self._edge(each) for each in places), default=x)
            if stop + RAIL_TIP <= self._right or most <= 2:
                return places, min(stop, self._right - RAIL_TIP)
            most -= 1

    def _lay(self, beats: Sequence[Beat], left_out: Sequence[Beat], x: float) -> list[_Place]:
        places = self._more([], beats, x)
        if left_out:
            at = max((each.x1 for each in places), default=x) + _STEP
            frames = frozenset(frame for beat in left_out for frame in beat.frames)
            places.append(_Place(None, at, at, frames, left_out[0].at))
        return places

    def _more(
        self, places: list[_Place], beats: Sequence[Beat], x: float | None = None
    ) -> list[_Place]:
        """The places with those of more beats: as near as labels and arrows allow."""
        placed = list(places)
        for beat in beats:
            before = placed[-1] if placed else None
            if before is None:
                at = (x or self._left) + 6
            elif beat.crossing and before.beat is not None:
                at = before.x0
            else:
                at = before.x0 + _STEP
            half = self._label(beat, 0).width / 2
            beside = [each for each in placed if each.beat is None or each.beat.end == beat.end]
            ends = [
                each.x0 + (0 if each.beat is None else self._label(each.beat, 0).width / 2)
                for each in beside
            ]
            at = max(at, self._left + half, *(edge + 9 + half for edge in ends))
            placed.append(_Place(beat, at, at + _SLANT, beat.frames, beat.at))
        return placed

    def _edge(self, place: _Place) -> float:
        """How far to the right a place needs the page."""
        label = 0.0 if place.beat is None else self._label(place.beat, place.x0).width / 2
        return max(place.x1 + _AFTER, place.x0 + label - RAIL_TIP)

    def _label(self, beat: Beat, x: float) -> Text:
        y = self._ys[beat.end] + (-_ABOVE if beat.end == "client" else _BELOW)
        kind = MINI_RESET if beat.look == "reset" else MINI_LABEL
        return self._setter.text(x, y, beat.words, kind, "middle")

    def _hop(self, place: _Place, beat: Beat) -> Hop:
        return Hop(
            beat.end,
            place.x0,
            self._ys[beat.end],
            place.x1,
            self._ys[other(beat.end)],
            beat.look,
            beat.lost,
            (self._label(beat, place.x0),),
        )

    def _rail(self, end: End) -> Rail:
        """The end's states, each from where a segment leaves or arrives."""
        state, turns = self._turns(end)
        spans: list[tuple[State, float, float]] = []
        x = self._left
        gone: float | None = None
        for after, at in turns:
            at = max(x, at)
            spans.append((state, x, at))
            if after == "CLOSED" and state not in NO_SOCKET:
                gone = at
            elif after not in NO_SOCKET:
                gone = None
            state, x = after, at
        if state not in NO_SOCKET:
            spans.append((state, x, self._stop))
        else:
            touched = [x]
            for each in self._places:
                if each.beat is not None and not each.beat.lost:
                    touched.append(each.x0 if each.beat.end == end else each.x1)
            last = max(touched) if gone is not None else self._stop
            spans.append((state, x, last))
        tip = state not in NO_SOCKET and state != "UNKNOWN"
        kept = tuple((name, a, b) for name, a, b in spans if b > a)
        return Rail(end, self._ys[end], kept, tip, gone)

    def _turns(self, end: End) -> tuple[State, list[tuple[State, float]]]:
        """The end's first state here, and those that follow, each with its x."""
        path = [t for t in self._connection.transitions if t.end == end]
        state = path[0].before if path else self._connection.states[ENDS.index(end)]
        turns: list[tuple[State, float]] = []
        for turn in path:
            if turn.frame in self._content.before:
                state = turn.after
            else:
                turns.append((turn.after, self._x(turn, end)))
        return state, turns

    def _x(self, turn: Transition, end: End) -> float:
        """Where an end learned what a frame told; of what no beat tells, where it falls in time."""
        for place in self._places:
            if turn.frame is None or turn.frame not in place.frames:
                continue
            beat = place.beat
            # A FIN never captured is known by its peer's ACK, which is what ends LAST_ACK.
            answered = beat is not None and beat.look == "expected" and turn.after == "CLOSED"
            sent = beat is None or (beat.end == end and not answered)
            return place.x0 if sent else place.x1
        later = next((each.x0 for each in self._places if each.at > turn.at), None)
        return self._stop - 8 if later is None else later - _STEP / 4
