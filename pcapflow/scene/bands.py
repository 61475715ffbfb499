"""The states of both ends as bands beside their lifelines, with name and dwell in each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import accumulate, pairwise

from msgspec.structs import replace

from pcapflow.model import ENDS, Connection, End, Evidence, Record, State, Transition
from pcapflow.scene.marks import Band, Certainty, Text, Type
from pcapflow.scene.measure import Setter
from pcapflow.scene.places import Places
from pcapflow.scene.style import (
    BADGE_R,
    CLIENT_BAND,
    DWELL,
    DWELL_BIG,
    LEAK_TINT,
    QUALIFIER,
    SEAM,
    SERVER_BAND,
    SPINE,
    STATE,
    STATE_COLOURS,
    STATE_SMALL,
    STATE_UNKNOWN,
    WAVE,
)
from pcapflow.scene.words import US, joined, lasting
from pcapflow.tcp.codes import FIN_REPEATS

_WEDGE = 40.0
_TIP = 44.0
_ONE_LINE = 52.0


class Stay(Record, frozen=True):
    """An end in one state: from a height to a height, how sure, and what to write into it."""

    end: End
    state: State
    top: float
    bottom: float
    certainty: Certainty
    lines: tuple[str, ...]
    leaking: bool = False


class Frame(Record, frozen=True):
    """The heights that bands reach to: the capture's end, and the end of the picture below it."""

    top: float
    end: float
    bottom: float


def stays(connection: Connection, places: Places, frame: Frame, two_msl: int) -> Iterator[Stay]:
    """Both ends' states in order, those that took no room left out."""
    for end in ENDS:
        turns = _chained([t for t in connection.transitions if t.end == end])
        touched = (places.touch(end, t.frame, t.at) for t in turns)
        heights = list(accumulate(touched, max))
        yield from _before(connection, end, turns, heights, frame)
        for (turn, top), (following, bottom) in pairwise(zip(turns, heights, strict=True)):
            if bottom - top > SEAM:
                lines = (*_dwell(following.at - turn.at), *_how(turn.evidence))
                sure = _certainty(turn.after, turn.evidence)
                yield Stay(end, turn.after, top, bottom, sure, lines)
        if turns:
            yield from _last(connection, turns[-1], heights[-1], frame, two_msl)


def _chained(turns: list[Transition]) -> list[Transition]:
    """The turns as they follow from each other: segments that cross are captured otherwise."""
    for i in range(len(turns) - 1):
        a, b = turns[i], turns[i + 1]
        if a.before == b.after and a.after != b.before:
            turns[i], turns[i + 1] = b, a
    return turns


def _before(
    connection: Connection,
    end: End,
    turns: Sequence[Transition],
    heights: Sequence[float],
    frame: Frame,
) -> Iterator[Stay]:
    """The state in which the capture finds an end, unless that is nothing yet."""
    which = ENDS.index(end)
    state: State = turns[0].before if turns else connection.states[which]
    if turns and (state in ("CLOSED", "LISTEN") or turns[0].at <= connection.first):
        return
    until = turns[0].at if turns else connection.capture_end
    evidence = connection.state_evidence[which].evidence
    sure = _certainty(state, "presumed" if evidence is None else "sent")
    lines: tuple[str, ...] = ("presumed",) if sure == "presumed" else ()
    if sure != "unknown" and state != "CLOSED":
        lines = (*_dwell(until - connection.first, before="≥ "), *lines)
    bottom = frame.bottom if state == "CLOSED" else frame.end
    yield Stay(end, state, frame.top, heights[0] if heights else bottom, sure, lines)


def _last(
    connection: Connection, entered: Transition, top: float, frame: Frame, two_msl: int
) -> Iterator[Stay]:
    """The state in which the capture leaves an end."""
    end, state, evidence = entered.end, entered.after, entered.evidence
    sure = _certainty(state, evidence)
    dwell = connection.capture_end - entered.at
    if state == "CLOSED":
        own = connection.ended_by != "path" and entered.frame in connection.rst[ENDS.index(end)]
        how = ("by its own RST",) if own else _how(evidence)
        yield Stay(end, state, top, frame.bottom, sure, how)
    elif state == "TIME_WAIT":
        left = two_msl - (connection.capture_end - restarted(connection, end, entered)[0])
        if frame.end - top > SEAM:
            lines = (*_dwell(dwell, " so far"), *_how(evidence))
            yield Stay(end, state, top, frame.end, sure, lines)
        lines = (f"{lasting(max(left, 0))} to go", "by timer")
        yield Stay(end, state, frame.end, frame.bottom, "presumed", lines)
    elif leaking(connection, end):
        yield Stay(end, state, top, frame.end, sure, (lasting(dwell), "and counting"), True)
    else:
        lines = (
            (*_dwell(dwell), "nothing seen since")
            if sure == "presumed"
            else _dwell(dwell, " so far")
        )
        yield Stay(end, state, top, frame.end, sure, lines)


def leaking(connection: Connection, end: End) -> bool:
    """This end sits in CLOSE_WAIT at the capture's end, and a finding says that it should not."""
    return connection.states[0 if end == "client" else 1] == "CLOSE_WAIT" and any(
        f.code == "close-wait-leak" and f.end == end for f in connection.findings
    )


def restarted(connection: Connection, end: End, entered: Transition) -> tuple[int, int | None]:
    """When (ns, frame) TIME_WAIT's 2MSL last began: a repeated FIN of the peer restarts it."""
    repeats = [
        (e.at, e.frame)
        for e in connection.events
        if e.end != end and e.code in FIN_REPEATS and e.at >= entered.at
    ]
    return repeats[-1] if repeats else (entered.at, entered.frame)


def _certainty(state: State, evidence: Evidence) -> Certainty:
    if state in ("UNKNOWN", "LISTEN"):
        return "unknown"
    return "presumed" if evidence in ("presumed", "timer") else "certain"


def _dwell(ns: int, after: str = "", before: str = "") -> tuple[str, ...]:
    """How long, where there is a length: of crossing segments the later may come first."""
    return (before + lasting(ns) + after,) if ns >= US else ()


def _how(evidence: Evidence) -> tuple[str, ...]:
    return {"presumed": ("presumed",), "timer": ("by timer",)}.get(evidence, ())


def band(stay: Stay, breaks: Sequence[float], badge: bool, setter: Setter) -> Band:
    """A stay as a band; its words keep clear of the ``breaks`` across it and of a badge."""
    left, right = CLIENT_BAND if stay.end == "client" else SERVER_BAND
    colour, tint = STATE_COLOURS[stay.state]
    made = Band(
        stay.end,
        stay.state,
        left,
        stay.top,
        right,
        stay.bottom,
        colour,
        LEAK_TINT if stay.leaking else tint,
        stay.certainty,
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
    halo = stay.certainty != "certain"
    if room < _ONE_LINE:
        y = (top + bottom) / 2 + 6
        named = setter.text(x, y, stay.state, STATE_SMALL, "middle", halo)
        return (named,) if room >= 20 else ()
    space = band.right - band.left - SPINE - 6
    kinds = [STATE if stay.certainty != "unknown" else STATE_UNKNOWN, DWELL, QUALIFIER]
    steps = [0.0, 25.0, 24.0]
    big = _big(stay, space - _WEDGE, setter)
    if big is not None and room > 150:
        kinds[1], steps = big, [0.0, big.size + 4, 34.0]
        x -= 8
    words = [stay.state, *(w for w in stay.lines if setter.width(joined(w), DWELL) <= space)]
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
    return next((kind for kind in DWELL_BIG if setter.width(stay.lines[0], kind) <= space), None)


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
