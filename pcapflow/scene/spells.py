"""How long each end was in each state, how sure that is, and what to say of it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Literal

from pcapflow.model import ENDS, Connection, End, Evidence, State, Transition
from pcapflow.scene.marks import Certainty
from pcapflow.scene.words import US, lasting
from pcapflow.tcp.codes import FIN_REPEATS
from pcapflow.values import Record

Reach = Literal["captured", "through", "after"]


class Spell(Record):
    """An end in one state, from ``entered`` (None: from the first packet on) to the next spell.

    The last spell of an end may go on ``through`` the capture's end, or begin ``after`` it.
    """

    end: End
    state: State
    entered: Transition | None
    certainty: Certainty
    lines: tuple[str, ...]
    leaking: bool = False
    reach: Reach = "captured"

    @property
    def since(self) -> int:
        """When (ns) it began; 0 where that was before the capture."""
        return self.entered.at if self.entered is not None else 0


def spells(connection: Connection, end: End, two_msl: int) -> Iterator[Spell]:
    """One end's states in order."""
    turns = _chained([t for t in connection.transitions if t.end == end])
    yield from _before(connection, end, turns)
    for turn, following in pairwise(turns):
        lines = (*_dwell(following.at - turn.at), *_how(turn.evidence))
        if turn.after == "TIME_WAIT" and following.evidence != "timer":
            lines = (*lines, "cut short")
        yield Spell(end, turn.after, turn, _certainty(turn.after, turn.evidence), lines)
    if turns:
        yield from _last(connection, turns[-1], two_msl)


def _chained(turns: list[Transition]) -> list[Transition]:
    """The turns as they follow from each other: segments that cross are captured otherwise."""
    for i in range(len(turns) - 1):
        a, b = turns[i], turns[i + 1]
        if a.before == b.after and a.after != b.before:
            turns[i], turns[i + 1] = b, a
    return turns


def _before(connection: Connection, end: End, turns: list[Transition]) -> Iterator[Spell]:
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
    reach: Reach = "through" if state == "CLOSED" else "captured"
    yield Spell(end, state, None, sure, lines, reach=reach)


def _last(connection: Connection, entered: Transition, two_msl: int) -> Iterator[Spell]:
    """The state in which the capture leaves an end."""
    end, state, evidence = entered.end, entered.after, entered.evidence
    sure = _certainty(state, evidence)
    dwell = connection.capture_end - entered.at
    if state == "CLOSED":
        own = connection.ended_by != "path" and entered.frame in connection.rst[ENDS.index(end)]
        lines = ("by its own RST",) if own else _how(evidence)
        yield Spell(end, state, entered, sure, lines, reach="through")
    elif state == "TIME_WAIT":
        left = two_msl - (connection.capture_end - restarted(connection, end, entered)[0])
        lines = (*_dwell(dwell, " so far"), *_how(evidence))
        yield Spell(end, state, entered, sure, lines)
        lines = (f"{lasting(max(left, 0))} to go", "by timer")
        yield Spell(end, state, entered, "presumed", lines, reach="after")
    elif leaking(connection, end):
        yield Spell(end, state, entered, sure, (lasting(dwell), "and counting"), leaking=True)
    else:
        lines = (
            (*_dwell(dwell), "nothing seen since")
            if sure == "presumed"
            else _dwell(dwell, " so far")
        )
        yield Spell(end, state, entered, sure, lines)


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
