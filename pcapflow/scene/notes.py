"""Findings: what each is about, and where its numbered badge stands beside that."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from pcapflow.model import RANKS, Connection, End, Finding
from pcapflow.scene.bands import Stay
from pcapflow.scene.items import Item, Notice, Run
from pcapflow.scene.places import Places
from pcapflow.scene.rows import CARD
from pcapflow.scene.sheet import CLIENT_X, Sheet
from pcapflow.scene.steps import Step
from pcapflow.scene.style import (
    BADGE_R,
    SLANT,
    SPINE,
)
from pcapflow.tcp.codes import ACKS_OF_FIN, CROSSING_FINS, FIN_REPEATS, FIRST_FINS, RSTS
from pcapflow.values import Record

# Which of a finding's frames it is about, by the segment's codes; else its last that is drawn.
_ABOUT: dict[str, frozenset[str]] = {
    "lost-final-ack": ACKS_OF_FIN,
    "fin-retransmit": FIN_REPEATS,
    "fin-unanswered": FIRST_FINS,
    "half-close": FIRST_FINS,
    "simultaneous-close": CROSSING_FINS,
    "reset-abort": RSTS,
    "reset-closed-socket": RSTS,
    "connection-refused": RSTS,
    "reset-ignored": RSTS,
    "zero-window-stall": frozenset({"ZERO_WINDOW"}),
    "data-after-close": frozenset({"DATA"}),
}
_HELD = {"close-wait-leak", "slow-close"}
_TALL = 130.0


class Anchor(Record):
    """What a finding is about: an end's CLOSE_WAIT band where that is tall, else a frame."""

    finding: Finding
    frame: int | None
    end: End | None


class Note(Record):
    """Findings about one thing, the gravest first, that share a badge."""

    findings: tuple[Finding, ...]
    frame: int | None
    stay: Stay | None


def anchors(connection: Connection, items: Sequence[Item]) -> list[Anchor]:
    """What each finding is about, before anything has its place."""
    found = []
    for finding in connection.findings:
        end = finding.end if finding.code in _HELD else None
        held = end if end in ("client", "server") else None
        found.append(Anchor(finding, _frame(finding, items), held))
    return found


def notes(anchored: Sequence[Anchor], stays: Sequence[Stay]) -> list[Note]:
    """The findings, grouped by what their badge will stand beside."""
    groups: dict[tuple[int | None, End | None], list[Anchor]] = {}
    for anchor in anchored:
        held = _held(anchor.end, stays)
        key = (anchor.frame, None) if held is None else (None, anchor.end)
        groups.setdefault(key, []).append(anchor)
    return [
        Note(
            tuple(sorted((a.finding for a in group), key=lambda f: RANKS[f.severity])),
            frame,
            _held(end, stays),
        )
        for (frame, end), group in groups.items()
    ]


def _held(end: End | None, stays: Sequence[Stay]) -> Stay | None:
    """An end's CLOSE_WAIT, if its band is tall enough for a badge."""
    for stay in stays:
        if (stay.end, stay.state) == (end, "CLOSE_WAIT") and stay.bottom - stay.top >= _TALL:
            return stay
    return None


def _frame(finding: Finding, items: Sequence[Item]) -> int | None:
    """The frame that a finding is about, if it is drawn; of a card or a pair, the first."""
    said = [i.frame for i in items if isinstance(i, Notice) and i.frame in finding.frames]
    alone = {item.segment.frame: item for item in items if isinstance(item, Step)}
    runs = [item for item in items if isinstance(item, Run)]
    drawn = [frame for frame in finding.frames if frame in alone]
    codes = _ABOUT.get(finding.code, frozenset())
    about = [frame for frame in drawn if codes & set(alone[frame].segment.codes)]
    folded = [r.first for r in runs if any(r.first <= f <= r.last for f in finding.frames)]
    paired = {
        b.segment.frame: a.segment.frame
        for a, b in pairwise(items)
        if isinstance(a, Step) and isinstance(b, Step) and b.crossing
    }
    frame = next(iter(said or about or drawn[::-1] or folded[::-1]), None)
    return frame if frame is None else paired.get(frame, frame)


def spot(note: Note, places: Places, sheet: Sheet) -> tuple[float, float] | None:
    """Where a note's badge stands in the diagram; None where nothing shows what it is about."""
    if note.stay is not None:
        left = sheet.band(note.stay.end)[0] + (SPINE if note.stay.end == "server" else 0)
        return left + BADGE_R + 9, note.stay.top + BADGE_R + 9
    row = places.row(note.frame) if note.frame is not None else None
    if row is None:
        return None
    if not isinstance(row.item, Step | Notice):
        return sheet.card_badge_x, row.middle - CARD / 2
    if row.slant > SLANT:
        return sheet.middle, row.middle - 36
    slope = (row.at("server") - row.at("client")) / (sheet.server_x - CLIENT_X)
    step = row.item if isinstance(row.item, Step) else None
    above = 38 if step is not None and (step.fate == "lost" or step.reset) else 28
    return sheet.badge_x, row.middle + slope * (sheet.badge_x - sheet.middle) - above
