"""Compares the connections of one capture with the truth at its point, question by question."""

from __future__ import annotations

import fnmatch
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from pcapflow.model import Connection, End, Transition

from ..segment import ROLES, Role, peer_of
from .claims import contradicted
from .items import Item, Kind, Verdict
from .paths import Pair, paired

CERTAIN_EVIDENCE = ("sent", "acked")
FACTS: tuple[tuple[str, Kind], ...] = (
    ("first_closer", "closer"),
    ("client.fins", "fins"),
    ("server.fins", "fins"),
    ("final_ack", "final_ack"),
    ("ending", "ending"),
    ("ended_by", "ended_by"),
)
# What a kernel takes between its event and its packet, on a busy machine.
STACK_NS = 3_000_000
# Linux's timer wheel fires up to an eighth of the time late (kernel/time/timer.c): of 60 s.
TIMER_LATE_NS = 7_500_000_000


@dataclass(frozen=True)
class Matched:
    """A connection of the kernels (None: of a capture's surplus) with pcapflow's, if it has it."""

    number: int
    truth: dict[str, Any]
    found: Connection | None


class Judge:
    """Makes the items of one capture; `told` is the whole expected file."""

    def __init__(self, told: dict[str, Any], point: str) -> None:
        self._scenario: str = told["scenario"]
        self._point = point
        self._told = told
        self._tolerance: int = told["wire"]["round_trip_ns"] + STACK_NS

    def items(self, found: list[Connection]) -> Iterator[Item]:
        """All items, in the order of the questions."""
        pairs = self._matched(found)
        yield self._count(len(pairs), len(found))
        for pair in pairs:
            yield from self._facts(pair)
            for role in ROLES:
                yield from self._path(pair, role)
                yield self._last(pair, role)
            yield from self._findings(pair)

    def _matched(self, found: list[Connection]) -> list[Matched]:
        """The kernels' connections of which something passed, each with pcapflow's."""
        left = list(found)
        pairs = []
        for number, truth in enumerate(self._told["connections"], start=1):
            if truth["seen"].get(self._point) is None:
                continue
            mine = next((it for it in left if _ends(truth) == _ends_of(it)), None)
            if mine is not None:
                left.remove(mine)
            pairs.append(Matched(number, truth, mine))
        return pairs

    # ------------------------------------------------------------------ questions

    def _count(self, truth: int, claim: int) -> Item:
        verdict: Verdict = "right" if truth == claim else "wrong"
        return self._item(0, "count", "connections", verdict, truth, claim, None)

    def _facts(self, pair: Matched) -> Iterator[Item]:
        seen = self._seen(pair)
        for name, kind in FACTS:
            claim = _claim(pair, name)
            yield self._item(
                pair.number,
                kind,
                name,
                _verdict(seen[name], claim),
                seen[name],
                claim,
                seen["unknowable"].get(name),
            )

    def _path(self, pair: Matched, role: Role) -> Iterator[Item]:
        """Each state that the kernel's end was in, or that pcapflow says it was in."""
        seen, steps = self._seen(pair)["path"][role], pair.truth["timeline"][role]
        claims = _transitions(pair, role)
        for match in paired(seen, [it.after for it in claims]):
            yield self._state(pair, role, match, seen, claims)
            if match.same:
                assert match.step is not None
                assert match.claim is not None
                step, claim = {**seen[match.step], **steps[match.step]}, claims[match.claim]
                yield self._time(pair, role, step, claim)

    def _state(
        self,
        pair: Matched,
        role: Role,
        match: Pair,
        seen: list[dict[str, Any]],
        claims: tuple[Transition, ...],
    ) -> Item:
        step = seen[match.step] if match.step is not None else None
        claim = claims[match.claim] if match.claim is not None else None
        state = step["state"] if step else claim.after if claim else ""
        verdict: Verdict = "right" if match.same else "missed"
        if claim and not match.same:
            verdict = "false-certain" if claim.evidence in CERTAIN_EVIDENCE else "wrong"
        return self._item(
            pair.number,
            "path",
            f"{role}.{state}",
            verdict,
            step["state"] if step else "not entered",
            claim.after if claim else None,
            step.get("unknowable") if step else self._dark(pair, role, claim),
            claim.evidence if claim else "",
        )

    def _dark(self, pair: Matched, role: Role, claim: Transition | None) -> str | None:
        """Whether the claim follows from a segment whose fate nothing tells."""
        since = self._seen(pair)["dark"][role]
        if claim and since is not None and claim.evidence == "presumed" and claim.at >= since:
            return "whether the segment arrived is not told"
        return None

    def _time(self, pair: Matched, role: Role, step: dict[str, Any], claim: Transition) -> Item:
        """Within a round trip of the kernel's event or of the cause's passing of the point."""
        earliest, latest = step.get("not_before", step["at"]), step["at"]
        if claim.evidence == "timer":
            earliest -= TIMER_LATE_NS
        spans = [(earliest, latest), *((at, at) for at in step.get("passed", []))]
        near = self._tolerance
        right = any(first - near <= claim.at <= last + near for first, last in spans)
        # Certain and too early: it was claimed to be in a state that it was not in.
        early = claim.evidence in CERTAIN_EVIDENCE and claim.at < earliest
        wrong: Verdict = "false-certain" if early else "wrong"
        reason = step.get("time_unknowable")
        begin = self._told["points"][self._point]["first"]
        return self._item(
            pair.number,
            "times",
            f"{role}.time.{step['state']}",
            "right" if right else "wrong" if reason else wrong,
            f"{(step['at'] - begin) / 1e9:.4f} s",
            f"{(claim.at - begin) / 1e9:.4f} s",
            reason,
            claim.evidence,
        )

    def _last(self, pair: Matched, role: Role) -> Item:
        """The state at the capture's end."""
        seen = self._seen(pair)
        states, claim, certain = seen["last"][role], None, False
        if pair.found is not None:
            end = _end(pair, role)
            index = 0 if end == "client" else 1
            claim = pair.found.states[index]
            certain = pair.found.state_evidence[index].confidence == "certain"
        verdict: Verdict = "wrong"
        if claim in states:
            verdict = "right"
        elif claim in (None, "UNKNOWN"):
            verdict = "missed"
        elif certain:
            verdict = "false-certain"
        return self._item(
            pair.number,
            "path",
            f"{role}.last",
            verdict,
            " or ".join(states),
            claim,
            seen["last_unknowable"][role],
        )

    def _findings(self, pair: Matched) -> Iterator[Item]:
        """Certain findings that the kernel contradicts; the others are no items."""
        for finding in pair.found.findings if pair.found else ():
            role = _role(pair, finding.end) if finding.end in ROLES else None
            facts = ({**pair.truth, "resets": self._resets(pair)}, self._seen(pair))
            if finding.confidence == "certain" and contradicted(finding.code, role, *facts):
                yield self._item(
                    pair.number, "ending", finding.code, "false-certain", "not so", "certain", None
                )

    # ------------------------------------------------------------------ small things

    def _resets(self, pair: Matched) -> dict[Role, list[dict[str, Any]]]:
        """The RSTs of the four-tuple: to which of its connections one belongs is arguable."""
        alike = [it for it in self._told["connections"] if _ends(it) == _ends(pair.truth)]
        return {role: [reset for it in alike for reset in it["resets"][role]] for role in ROLES}

    def _seen(self, pair: Matched) -> dict[str, Any]:
        seen: dict[str, Any] = pair.truth["seen"][self._point]
        return seen

    def _item(
        self,
        number: int,
        kind: Kind,
        name: str,
        verdict: Verdict,
        truth: object,
        claim: object,
        unknowable: str | None,
        note: str = "",
    ) -> Item:
        """An item; what cannot be known is neither right nor wrong, unless it is called certain.

        The scenario's own notes tell what no observer could know; they excuse that too.
        """
        if told := self._note(number, name):
            verdict, note = "not knowable", told
        elif unknowable and verdict != "false-certain":
            verdict, note = "not knowable", unknowable
        return Item(
            self._scenario,
            self._point,
            number,
            kind,
            name,
            verdict,
            str(truth),
            str(claim),
            note,
        )

    def _note(self, number: int, item: str) -> str | None:
        return noted(self._told["notes"], number, f"{self._point}.{item}")


def noted(notes: dict[str, str], number: int, item: str) -> str | None:
    """What a scenario's notes say of an item of connection ``number``: POINT.NAME."""
    names = (item, f"{number}.{item}")
    return next((why for it, why in notes.items() if any(map(_like(it), names))), None)


def _like(pattern: str) -> Callable[[str], bool]:
    return lambda name: fnmatch.fnmatchcase(name, pattern)


def _verdict(truth: object, claim: object) -> Verdict:
    if truth == claim:
        return "right"
    return "missed" if claim in (None, 0, "UNKNOWN") else "wrong"


def _ends(truth: dict[str, Any]) -> frozenset[tuple[str, int]]:
    return frozenset((truth[role]["ip"], truth[role]["port"]) for role in ROLES)


def _ends_of(found: Connection) -> frozenset[tuple[str, int]]:
    return frozenset((end.ip, end.port) for end in (found.client, found.server))


def _swapped(pair: Matched) -> bool:
    """Whether pcapflow, without a handshake, took the server for the client."""
    client = pair.truth["client"]
    return pair.found is not None and (pair.found.client.ip, pair.found.client.port) != (
        client["ip"],
        client["port"],
    )


def _end(pair: Matched, role: Role) -> End:
    return peer_of(role) if _swapped(pair) else role


def _role(pair: Matched, end: str) -> Role:
    role: Role = "client" if end == "client" else "server"
    return peer_of(role) if _swapped(pair) else role


def _transitions(pair: Matched, role: Role) -> tuple[Transition, ...]:
    if pair.found is None:
        return ()
    end = _end(pair, role)
    return tuple(it for it in pair.found.transitions if it.end == end and it.after != "UNKNOWN")


def _claim(pair: Matched, name: str) -> object:
    """What pcapflow says to that question, its ends named as the kernels' are."""
    if pair.found is None:
        return None
    if name.endswith(".fins"):
        role: Role = "client" if name.startswith("client") else "server"
        fin = pair.found.fin[0 if _end(pair, role) == "client" else 1]
        return fin.sent if fin else 0
    value = getattr(pair.found, name)
    return _role(pair, value) if value in ROLES else value
