"""A connection as a miniature tells it: what was sent, in order, folded as far as it can be."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby

from pcapflow.model import ENDS, Connection, End, Event, other
from pcapflow.scene.marks import Look
from pcapflow.scene.steps import LEADING, REPEATS
from pcapflow.tcp.codes import ACKS_OF_FIN, CROSSING_FINS, FINS, NEVER_OPEN, OPENING, RSTS
from pcapflow.values import Record, replace

_SAYS = {
    **dict.fromkeys(("SYN", "SYN_DATA", "SYN_AGAIN", "CROSSED_SYN"), "SYN"),
    **dict.fromkeys(("SYN_ACK", "SYN_ACK_AGAIN"), "SYN-ACK"),
    **dict.fromkeys(FINS, "FIN"),
    **dict.fromkeys(ACKS_OF_FIN, "ACK"),
    **dict.fromkeys(RSTS, "RST"),
    **dict.fromkeys(("DATA", "DATA_AGAIN", "HOLE_FILLED"), "data"),
    "KEEP_ALIVE": "probe",
    "ZERO_WINDOW": "window 0",
    "REUSE": "new SYN",
    "CHALLENGE_ACK": "challenge",
    "FIN_HINT": "FIN?",
}
"""What a segment is called, in as few letters as can be; of others nothing is told."""
_IGNORED = frozenset({"RST_IN_WINDOW", "RST_OUTSIDE"})
_LOST = frozenset({"FIN_AGAIN", "SYN_AGAIN"})
"""What says that the copy before it, or its answer, was lost."""
_FOREIGN = frozenset({"RST_FOREIGN", "RST_DISOWNED"})
_UNANSWERED = "repeats"
_GOES_ON = "goes on"


class Beat(Record):
    """A segment, or several of one kind; ``crossing``: sent before the one before it arrived.

    ``lost`` where it, or the answer to it, never arrived.
    """

    end: End
    label: str
    look: Look
    at: int
    frames: frozenset[int]
    lost: bool = False
    crossing: bool = False
    count: int = 1

    @property
    def words(self) -> str:
        return self.label if self.count == 1 else f"{self.label} ×{self.count}"


class Told(Record):
    """A miniature's content: cards for what every connection does, then ``beats``.

    ``before`` are the frames that the cards stand for, the last of them at ``since`` (ns).
    """

    cards: tuple[str, ...]
    beats: tuple[Beat, ...]
    before: frozenset[int]
    since: int


def told(connection: Connection) -> Told:
    """What happened after the opening; of a connection that never opened, all."""
    segments = [tuple(each) for _, each in groupby(connection.events, lambda e: (e.frame, e.end))]
    opened = 0
    if connection.opening not in NEVER_OPEN:
        plain = (all(e.code in OPENING for e in each) for each in segments)
        opened = next((i for i, each in enumerate(plain) if not each), len(segments))
    first, rest = segments[:opened], segments[opened:]
    cards = ["open"] if first and connection.opening != "mid-stream" else []
    if any(event.code == "DATA" for each in first for event in each):
        cards.append("data")
    return Told(
        tuple(cards),
        tuple(_folded(_fates(connection, rest))),
        frozenset(event.frame for each in first for event in each if event.frame),
        max((event.at for each in first for event in each), default=connection.first),
    )


def _fates(connection: Connection, segments: Sequence[Sequence[Event]]) -> list[Beat]:
    """One a segment that is told, and whether it was lost."""
    beats: list[Beat] = []
    for segment in segments:
        codes = {event.code for event in segment}
        beat = _beat(segment, codes)
        if beat is None:
            continue
        mine = [i for i, each in enumerate(beats) if each.end == beat.end]
        heard = connection.packets[ENDS.index(other(beat.end))] > 0
        if codes & _LOST and heard and mine and not _needless(connection, beat):
            beats[mine[-1]] = replace(beats[mine[-1]], lost=True)
        if "FIN_AGAIN_LATE" in codes:
            acks = [i for i, b in enumerate(beats) if b.end != beat.end and b.label == "ACK"]
            if acks:
                beats[acks[-1]] = replace(beats[acks[-1]], lost=True)
        if codes & CROSSING_FINS and beats and beats[-1].label == "FIN":
            beat = replace(beat, crossing=beats[-1].end != beat.end)
        beats.append(beat)
    return _last(connection, beats)


def _beat(segment: Sequence[Event], codes: set[str]) -> Beat | None:
    """A segment by the code that names it; None for one that only confirms what was told."""
    lead = next((code for code in LEADING if code in codes), "")
    label = _SAYS.get(lead, "")
    unanswered = "UNANSWERED" in codes and label in ("", "data", "probe")
    if unanswered:
        label = _UNANSWERED
    elif not label and "LIVES_ON" in codes:
        label = _GOES_ON
    if not label:
        return None
    look: Look = "again" if lead in REPEATS or unanswered else "once"
    if lead in RSTS:
        look = "ignored" if lead in _IGNORED else "reset"
    if lead == "FIN_HINT":  # of the end whose FIN it is, though its peer's ACK tells of it
        look = "expected"
    if codes & _FOREIGN:
        label = "RST, not its own"
    frames = frozenset(event.frame for event in segment if event.frame)
    return Beat(segment[0].end, label, look, segment[0].at, frames, unanswered)


def _needless(connection: Connection, repeat: Beat) -> bool:
    """A D-SACK answers this repeat: the first copy had arrived, RFC 2883."""
    return any(
        event.code == "ACK_OF_FIN_DSACK" and event.end != repeat.end and event.at > repeat.at
        for event in connection.events
    )


def _last(connection: Connection, beats: list[Beat]) -> list[Beat]:
    """The same, with the last copy of what was repeated in vain, or was a SYN without answer."""
    for end, fin in zip(ENDS, connection.fin, strict=True):
        mine = [i for i, b in enumerate(beats) if b.end == end and b.label == "FIN"]
        if fin is not None and fin.acked is None and len(mine) > 1 and beats[mine[-2]].lost:
            beats[mine[-1]] = replace(beats[mine[-1]], lost=True)
    if connection.ending == "unanswered":
        return [replace(b, lost=True) if b.label == "SYN" else b for b in beats]
    return beats


def _folded(beats: Iterable[Beat]) -> list[Beat]:
    """Runs of the same with the same fate as one, with how many they were."""
    folded: list[Beat] = []
    for beat in beats:
        before = folded[-1] if folded else None
        if before is None or not _same(before, beat):
            folded.append(beat)
            continue
        counted = beat.label in ("FIN", "SYN", "SYN-ACK", "RST", "new SYN")
        folded[-1] = replace(
            before,
            look=beat.look,
            frames=before.frames | beat.frames,
            count=before.count + counted,
        )
    return folded


def _same(before: Beat, beat: Beat) -> bool:
    alike = (before.end, before.label, before.lost) == (beat.end, beat.label, beat.lost)
    return alike and (beat.lost or before.look == beat.look)
