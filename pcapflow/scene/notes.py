"""Findings: a numbered badge beside what each is about, and its text in the right column."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from pcapflow.model import SEVERITIES, Connection, End, Finding, Record
from pcapflow.scene.bands import Stay
from pcapflow.scene.fold import Item, Run
from pcapflow.scene.labels import reset_tag
from pcapflow.scene.marks import Badge, Mark, Plate, Type
from pcapflow.scene.measure import Setter
from pcapflow.scene.places import Places
from pcapflow.scene.rows import CARD
from pcapflow.scene.sheet import CLIENT_X, Sheet, Span
from pcapflow.scene.steps import Step
from pcapflow.scene.style import (
    ADVICE,
    ADVICE_HEAD,
    BADGE_R,
    COLUMN_HEAD,
    FINDING,
    FINDING_SUB,
    FINDING_TEXT,
    PLATE,
    READING,
    SLANT,
    SPINE,
    severity,
)
from pcapflow.scene.telling import ResetKind
from pcapflow.scene.words import joined
from pcapflow.tcp.codes import ACKS_OF_FIN, CROSSING_FINS, FIN_REPEATS, FIRST_FINS, RSTS

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
_LINE = 26.0
_KINDS: dict[ResetKind, str] = {
    "closed socket": "nobody home",
    "abort": "a live socket",
    "refused": "no service",
    "injected": "a third party",
    "ignored": "no effect",
    "not exact": "challenged",
}


class Anchor(Record, frozen=True):
    """What a finding is about: an end's CLOSE_WAIT band where that is tall, else a frame."""

    finding: Finding
    frame: int | None
    end: End | None


class Note(Record, frozen=True):
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
            tuple(sorted((a.finding for a in group), key=lambda f: SEVERITIES.index(f.severity))),
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
    frame = next(iter(about or drawn[::-1] or folded[::-1]), None)
    return frame if frame is None else paired.get(frame, frame)


def spot(note: Note, places: Places, sheet: Sheet) -> tuple[float, float] | None:
    """Where a note's badge stands in the diagram; None where nothing shows what it is about."""
    if note.stay is not None:
        left = sheet.band(note.stay.end)[0] + (SPINE if note.stay.end == "server" else 0)
        return left + BADGE_R + 9, note.stay.top + BADGE_R + 9
    row = places.row(note.frame) if note.frame is not None else None
    if row is None:
        return None
    if not isinstance(row.item, Step):
        return sheet.card_badge_x, row.middle - CARD / 2
    if row.slant > SLANT:
        return sheet.middle, row.middle - 36
    slope = (row.at("server") - row.at("client")) / (sheet.server_x - CLIENT_X)
    above = 38 if row.item.fate == "lost" or row.item.reset else 28
    return sheet.badge_x, row.middle + slope * (sheet.badge_x - sheet.middle) - above


class Column:
    """The right column, filled from the top; every mark is pushed down, never up."""

    def __init__(self, top: float, span: Span, setter: Setter) -> None:
        self._left, self._right = span
        self._setter = setter
        self.y = top
        self.marks: list[Mark] = []

    def reading(self, words: str) -> None:
        """How to read the picture."""
        self._put("HOW TO READ THIS", COLUMN_HEAD, 34)
        self._paragraph(words, READING, 26)
        self.y += 20

    def findings(self, at: float | None) -> None:
        """The heading of the findings, above the first one."""
        self.y = max(self.y + 10, (at or 0.0) - 36)
        self._put("FINDINGS", COLUMN_HEAD, 44)

    def nothing(self) -> None:
        """In place of findings."""
        self._paragraph("None: nothing here asks for attention.", READING, 26)

    def _paragraph(self, words: str, kind: Type, step: float) -> None:
        for line in self._setter.wrap(joined(words), kind, self._right - self._left):
            self._put(line, kind, step)

    def kinds(self, kinds: Sequence[ResetKind]) -> None:
        """The kinds of reset that are in the picture."""
        if kinds:
            self._put("KINDS OF RESET", COLUMN_HEAD, 40)
        tags = []
        for kind in dict.fromkeys(kinds):
            tags.append((kind, reset_tag(kind, self._left, self.y - 22, self._setter)))
            self.y += 42
        for kind, tag in tags:
            x = max(tag.right for _, tag in tags) + 12
            self.marks += [tag, self._setter.text(x, tag.top + 23, _KINDS[kind], READING)]

    def note(self, number: int, note: Note, at: float | None) -> Badge:
        """A note's texts beside its number; the number as a badge to stand in the diagram too."""
        if at is not None:
            self.y = max(self.y, at + 7)
        colour, ink = severity(note.findings[0].severity)
        badge = Badge(self._left + BADGE_R, self.y - 7, number, colour, ink)
        self.marks.append(badge)
        for finding in note.findings:
            self._put(finding.code, FINDING, 26, 46)
            sure = f"{finding.severity} · {finding.end} · {finding.confidence}"
            self._put(sure, FINDING_SUB, 36, 46)
            self._paragraph(finding.message, FINDING_TEXT, _LINE)
            self.y += 24
        return badge

    def advice(self, findings: Sequence[Finding]) -> None:
        """What to do about the gravest finding, on a plate."""
        finding = min(findings, key=lambda f: SEVERITIES.index(f.severity))
        pad, width = 18.0, self._right - self._left - 36
        top = self.y - 18
        head = self._setter.text(self._left + pad, top + 32, "What to do", ADVICE_HEAD)
        texts, y = [head], head.y + 4
        for step in finding.advice.splitlines():
            texts.append(self._setter.text(self._left + pad, y + 26, "→", ADVICE))
            for line in self._setter.wrap(joined(step), ADVICE, width - 26):
                y += 26
                texts.append(self._setter.text(self._left + pad + 26, y, line, ADVICE))
            y += 4
        bottom = y + 16
        self.marks.append(Plate(self._left, top, self._right, bottom, 8, PLATE, texts=tuple(texts)))
        self.y = bottom + 30

    def _put(self, words: str, kind: Type, step: float, indent: float = 0.0) -> None:
        self.marks.append(self._setter.text(self._left + indent, self.y, words, kind))
        self.y += step
