"""What a picture tells, in order and in words: for forms that are read instead of looked at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

from pcapflow.model import CaptureInfo, Connection, End, State, Transition
from pcapflow.scene.facts import Fact, cannot_show, gravest, header, kicker, one_way, source, worst
from pcapflow.scene.items import Expected, Item, Moment, Notice, Run, holds
from pcapflow.scene.labels import detail, look, name
from pcapflow.scene.marks import Look
from pcapflow.scene.notes import Note
from pcapflow.scene.spells import Spell
from pcapflow.scene.steps import Step
from pcapflow.scene.view import Clock
from pcapflow.scene.words import SECOND, joined, lasting, since_before
from pcapflow.values import Record

IDLE = SECOND
"""A silence so long gets a line of its own."""


class Turn(Record):
    """An end enters a state; ``lines`` say for how long, and how sure that is."""

    end: End
    state: State
    lines: tuple[str, ...]


class Act(Record):
    """One thing that happens.

    ``end`` sends a segment or owes one; ``numbers`` are those of the findings about it; ``turns``
    are the states which it makes ends enter.
    """

    kind: Literal["start", "segment", "card", "moment", "owed", "idle", "end"]
    head: str
    words: str = ""
    detail: tuple[str, ...] = ()
    time: str = ""
    passed: str = ""
    end: End | None = None
    look: Look = "once"
    lost: bool = False
    numbers: tuple[int, ...] = ()
    turns: tuple[Turn, ...] = ()


class Told(Record):
    """One finding, under the number of its call-out."""

    number: int
    code: str
    sure: str
    message: str


class Script(Record):
    """All words of a picture."""

    kicker: str
    severity: str
    verdict: str
    facts: tuple[Fact, ...]
    ends: tuple[str, str]
    vantage: str
    acts: tuple[Act, ...]
    findings: tuple[Told, ...]
    advice: tuple[str, ...]
    cannot: str
    delay: str
    source: tuple[str, ...]


def script(
    connection: Connection,
    verdict: str,
    items: Sequence[Item],
    spells: Sequence[Spell],
    notes: Mapping[int, Note],
    info: CaptureInfo,
    version: str,
    clock: Clock,
) -> Script:
    """The words of a picture with these items, spells and numbered notes."""
    who, how = header(connection, clock)
    worded = {"between": "captured somewhere between the two"}
    near = f"captured close to the {connection.vantage}"
    found = gravest(connection)
    return Script(
        kicker(connection),
        (worst(connection) or "no finding").upper(),
        verdict,
        (*who, *how),
        (str(connection.client), str(connection.server)),
        "" if connection.vantage == "unknown" else worded.get(connection.vantage, near),
        tuple(_acts(connection, items, spells, notes, clock)),
        tuple(_told(notes)),
        tuple(map(joined, found.advice.splitlines())) if found is not None else (),
        cannot_show(connection, items, info),
        one_way(connection),
        tuple(source(connection, info, version, clock)),
    )


def _told(notes: Mapping[int, Note]) -> Iterator[Told]:
    for number, note in notes.items():
        for finding in note.findings:
            sure = f"{finding.severity} · {finding.end} · {finding.confidence}"
            yield Told(number, finding.code, sure, joined(finding.message))


def _acts(
    connection: Connection,
    items: Sequence[Item],
    spells: Sequence[Spell],
    notes: Mapping[int, Note],
    clock: Clock,
) -> Iterator[Act]:
    turned: dict[int, list[Spell]] = {i: [] for i in range(len(items))}
    elsewhere: list[Spell] = []  # what no segment of this connection did
    latest: dict[End, int] = {"client": 0, "server": 0}
    for spell in spells:
        if spell.entered is None or spell.reach == "after":
            continue
        place = _place(spell.entered, items)
        if place is None:
            elsewhere.append(spell)
        else:
            # Of segments that cross, the one that an end sent first may be captured second.
            latest[spell.end] = max(latest[spell.end], place)
            turned[latest[spell.end]].append(spell)
    begun = [spell for spell in spells if spell.entered is None]
    if begun:
        yield Act("start", "before the capture", turns=_turns(begun))
    before: Item | None = None
    for i, item in enumerate(items):
        for spell in [each for each in elsewhere if each.since < item.at]:
            elsewhere.remove(spell)
            yield _turn(connection, spell, clock)
        gap = item.at - before.until if before is not None else 0
        if not isinstance(item, Expected):
            yield from _idle(gap)
        numbers = tuple(n for n, note in notes.items() if _about(note, item, turned[i]))
        yield _act(
            item,
            clock.tick(item.at, connection.first),
            since_before(gap) if before is not None else "",
            numbers,
            _turns(turned[i]),
        )
        before = item
    assert before is not None
    if not isinstance(before, Expected):
        yield from _idle(connection.capture_end - before.until)
    for spell in elsewhere:
        yield _turn(connection, spell, clock)
    ends = clock.tick(connection.capture_end, connection.first)
    after = [spell for spell in spells if spell.reach == "after"]
    yield Act("end", "capture ends", time=ends, turns=_turns(after))


def _turn(connection: Connection, spell: Spell, clock: Clock) -> Act:
    """An end's state changes by what is no segment of this connection, such as a new SYN."""
    assert spell.entered is not None
    ended = f"the {spell.end}’s {spell.entered.before} ends"
    by = f"with #{spell.entered.frame}, of another connection"
    time = clock.tick(spell.since, connection.first)
    return Act("moment", ended, by, time=time, turns=_turns([spell]))


def _idle(gap: int) -> Iterator[Act]:
    if gap >= IDLE:
        yield Act("idle", joined(f"{lasting(gap)} idle"))


def _act(
    item: Item,
    time: str,
    passed: str,
    numbers: tuple[int, ...],
    turns: tuple[Turn, ...],
) -> Act:
    match item:
        case Step():
            return Act(
                "segment",
                name(item),
                item.words,
                detail(item.segment),
                time,
                passed,
                item.end,
                look(item),
                item.fate == "lost",
                numbers,
                turns,
            )
        case Run():
            detailed = tuple(item.sub.split(" · "))
            return Act(
                "card", item.title, "", detailed, time, passed, None, "once", False, numbers, turns
            )
        case Moment():
            return Act(
                "moment",
                item.words,
                joined(item.assumed),
                time=time,
                passed=passed,
                numbers=numbers,
                turns=turns,
            )
        case Notice():
            return Act(
                "moment",
                f"ICMP: {item.words}",
                f"from {item.reporter}, of a segment of the {item.end}",
                (f"#{item.frame}",),
                time=time,
                passed=passed,
                numbers=numbers,
                turns=turns,
            )
        case Expected():
            return Act(
                "owed", item.words, end=item.end, look="expected", numbers=numbers, turns=turns
            )


def _turns(spells: Sequence[Spell]) -> tuple[Turn, ...]:
    return tuple(Turn(s.end, s.state, tuple(map(joined, s.lines))) for s in spells)


def _place(turn: Transition, items: Sequence[Item]) -> int | None:
    """The index of the item that moved an end: by its frame or, for a timer, its time."""
    for i, item in enumerate(items):
        if turn.frame is not None and holds(item, turn.frame):
            return i
        if isinstance(item, Moment) and (item.at, item.end) == (turn.at, turn.end):
            return i
    if turn.frame is None:  # one of more timers than are drawn
        return max((i for i, item in enumerate(items) if item.at <= turn.at), default=0)
    return None


def _about(note: Note, item: Item, turned: Sequence[Spell]) -> bool:
    """Whether a note's number stands at this item."""
    if note.stay is not None:
        return note.stay.spell in turned
    return note.frame is not None and holds(item, note.frame)
