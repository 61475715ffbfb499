"""Which steps are drawn one by one, and which fold into a card: at most 60 things to draw.

Handshake and data before the first sign of an ending always fold.  Later, runs of the same kind
fold; how short a run may be depends on how much there is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby, pairwise
from typing import Literal

from pcapflow.findings.words import plural
from pcapflow.model import Connection
from pcapflow.scene.items import Item, Run, by_time, expected, holds, notices
from pcapflow.scene.steps import PLAIN, REPEATS, Step
from pcapflow.scene.words import MS, lasting, octets
from pcapflow.tcp.codes import FINS, RSTS
from pcapflow.values import replace

MAX_DRAWN = 60
_BEFORE = 14
"""So many things are drawn before the first FIN or reset: the page is about what follows."""
_MOMENTS = 7
"""One in so many of the things drawn may be a turn by time alone."""
_LONG = 200 * MS
# Shortest run of plain segments, and of repeats, that folds: tried until the picture is small.
_LEVELS = ((4, 9), (3, 6), (2, 4), (2, 2))


def fold(
    connection: Connection,
    told: Sequence[Step],
    most: int = MAX_DRAWN,
    part: tuple[int, int] | None = None,
) -> list[Item]:
    """What is drawn, in order of time: at most so many things.

    Of a ``part`` (first step, and the one after the last) all is drawn where that can be; what
    comes before it and after it folds.
    """
    moments, owed = by_time(connection)[-most // _MOMENTS :], expected(connection)
    said = list(notices(connection))
    room = most - len(moments) - len(said) - len(owed)
    if part is None:
        opened = _handshake(connection, told)
        head: list[Item] = [_run("handshake", opened)] if opened else []
        items = head + _smallest(connection, told[len(opened) :], room - len(head), _BEFORE)
    else:
        first, last = part
        within: list[Item] = [*told[first:last]]
        if len(within) > room - 2:
            within = _smallest(connection, told[first:last], room - 2, room)
        items = _aside("Before", told[:first]) + within + _aside("After", told[last:])
    cards = [item for item in items if isinstance(item, Run)]
    alone = [each for each in said if not any(holds(card, each.frame) for card in cards)]
    return [*sorted([*items, *moments, *alone], key=lambda item: item.at), *owed]


def _aside(when: str, steps: Sequence[Step]) -> list[Item]:
    """What lies outside the part that was asked for, on a card."""
    return [
        replace(run, title=f"{when} the part shown: {run.title}") for run in _one("mixed", steps)
    ]


def _smallest(connection: Connection, told: Sequence[Step], room: int, before: int) -> list[Item]:
    """At most ``room`` things, and at most ``before`` of them before the first FIN or reset."""
    closing = next((i for i, s in enumerate(told) if s.lead in FINS | RSTS), len(told))
    opened, late = told[:closing], told[closing:]
    turns = {t.frame for t in connection.transitions}
    found = {frame for finding in connection.findings for frame in finding.frames}
    early = _quiet(opened, min(before, room) if late else room, turns | found)
    for plain, repeats in _LEVELS:
        items = early + list(_runs(late, plain, repeats))
        if len(items) <= room:
            return items
    early = [*_one("data", opened)]
    items = early + list(_runs(late, 2, 2))
    if len(items) <= room:
        return items
    items = early + list(_around(late, turns))
    if len(items) <= room:
        return items
    half = max(1, (room - len(early) - 1) // 2)
    return [*early, *late[:half], *_one("mixed", late[half:-half]), *late[-half:]]


def _quiet(told: Sequence[Step], most: int, telling: Iterable[int | None]) -> list[Item]:
    """What comes before the end begins: where it is long, only the frames that are ``telling``."""
    trouble = _first_trouble(told)
    for plain, repeats in _LEVELS:
        items = [*_runs(told[:trouble], 2, repeats), *_runs(told[trouble:], plain, repeats)]
        if len(items) <= most:
            return items
    items = list(_around(told, telling, "data"))
    return items if len(items) <= most else [*_one("data", told)]


def _handshake(connection: Connection, told: Sequence[Step]) -> Sequence[Step]:
    """The three segments of an undisturbed opening, or nothing."""
    opening = told[:3]
    leads = [s.lead for s in opening]
    if connection.opening != "handshake" or leads[:2] != ["SYN", "SYN_ACK"] or len(leads) < 3:
        return ()
    ack = opening[2]
    plain = "HANDSHAKE_ACK" in ack.segment.codes and ack.segment.length == 0
    undisturbed = all(s.fate == "arrived" and not s.covers and not s.letter for s in opening)
    return opening if plain and undisturbed else ()


def _first_trouble(told: Sequence[Step]) -> int:
    """Index of the first step that is not quiet life; of a repeat, that of what it repeats."""
    for i, step in enumerate(told):
        if step.lead not in PLAIN | {"KEEP_ALIVE", "HANDSHAKE_ACK"} or step.fate != "arrived":
            if step.lead != "DATA_AGAIN":
                return i
            same = (
                j
                for j in range(i)
                if told[j].end == step.end
                and (step.segment.seq - told[j].segment.seq) & 0xFFFFFFFF < told[j].segment.length
            )
            return next(same, i)
    return len(told)


def _kind(step: Step) -> tuple[str, str]:
    if step.lead in PLAIN and step.fate == "arrived":
        return ("data", "")
    return (step.lead, step.end)


def _runs(told: Sequence[Step], plain: int, repeats: int) -> Iterator[Item]:
    """Steps, with runs of one kind folded where they are long enough."""
    span = told[-1].at - told[0].at if told else 0
    for (kind, _), group in groupby(told, _kind):
        steps = list(group)
        if kind == "data":
            for part in _without_silence(steps, span):
                yield from _one("data", part) if len(part) >= plain else part
        elif len(steps) >= repeats and (kind in REPEATS | RSTS or kind == "KEEP_ALIVE"):
            yield from _one("repeats", steps)
        else:
            yield from steps


def _without_silence(steps: list[Step], span: int) -> Iterator[list[Step]]:
    """The steps in parts, split where a silence is worth showing."""
    silence = max(_LONG, span // 4)
    start = 0
    for i in range(1, len(steps)):
        if steps[i].at - steps[i - 1].at >= silence:
            yield steps[start:i]
            start = i
    yield steps[start:]


def _around(
    told: Sequence[Step], turns: Iterable[int | None], kind: Literal["data", "mixed"] = "mixed"
) -> Iterator[Item]:
    """Only steps that turn something; what lies between them folds."""
    frames = set(turns)

    def tells(step: Step) -> bool:
        return step.segment.frame in frames or step.fate == "discarded"

    for told_alone, group in groupby(told, tells):
        steps = list(group)
        yield from steps if told_alone or len(steps) == 1 else _one(kind, steps)


def _one(kind: Literal["data", "repeats", "mixed"], steps: Sequence[Step]) -> list[Run]:
    return [_run(kind, steps)] if steps else []


def _run(kind: Literal["handshake", "data", "repeats", "mixed"], steps: Sequence[Step]) -> Run:
    first, last = steps[0].segment, steps[-1].segment
    frames = f"#{first.frame}–{last.frame}" if last.frame != first.frame else f"#{first.frame}"
    sent = {"client": 0, "server": 0}
    for step in steps:
        sent[step.end] += step.segment.length
    middle = _traffic(sent["client"], sent["server"])
    if kind == "handshake":
        middle = "SYN, SYN-ACK, ACK"
    elif kind == "repeats":
        middle = _apart(steps)
    again = sum(s.again for s in steps)
    repeated = f"{again} sent again" if again and kind == "data" else ""
    took = lasting(last.at - first.at)
    sub = " · ".join(part for part in (frames, middle, repeated, took) if part)
    return Run(
        kind, first.frame, last.frame, first.at, last.at, len(steps), _title(kind, steps), sub
    )


def _traffic(client: int, server: int) -> str:
    there, back = f"{octets(client)} →", f"← {octets(server)}"
    if client and server:
        return f"{there}  {back}"
    return there if client else back if server else ""


def _title(kind: str, steps: Sequence[Step]) -> str:
    if kind == "handshake":
        return "Handshake: connection opened"
    if kind == "repeats":
        return f"{steps[0].what} ×{len(steps)}"
    segments = plural(len(steps), "segment")
    again = sum(s.again for s in steps)
    resets = sum(s.reset is not None for s in steps)
    if kind == "mixed":
        parts = [f"{again} sent again" if again else "", plural(resets, "reset") if resets else ""]
        return ", ".join([segments, *filter(None, parts)])
    turns = [end for end, _ in groupby(s.end for s in steps if s.segment.length)]
    asked, told = turns.count("client"), turns.count("server")
    if not turns:
        what = "No data"
    elif not told or not asked:
        what = f"The {turns[0]} sends data"
    elif turns[0] == "server":
        what = "Data both ways"
    else:
        what = f"{plural(asked, 'request')}, {plural(told, 'reply', 'replies')}"
    return f"{what}: {segments}"


def _apart(steps: Sequence[Step]) -> str:
    """The distances of repeats: a timer that backs off (RFC 6298 §5.5), or from least to most."""
    gaps = [b.at - a.at for a, b in pairwise(steps)]
    if len(gaps) > 1 and all(2 * b >= 3 * a for a, b in pairwise(gaps)):
        return f"backoff {lasting(gaps[0])} → {lasting(gaps[-1])}"
    shortest, longest = lasting(min(gaps)), lasting(max(gaps))
    return f"{shortest} apart" if shortest == longest else f"{shortest} to {longest} apart"
