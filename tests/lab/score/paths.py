"""Lays two paths of states beside each other: the kernel's, and the one that is claimed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any


@dataclass(frozen=True, slots=True)
class Pair:
    """Numbers of a step and of a claim; None where the other path has nothing there."""

    step: int | None
    claim: int | None
    same: bool


def paired(steps: Sequence[dict[str, Any]], claims: Sequence[str]) -> Iterator[Pair]:
    """The longest common path; between its states, knowable steps meet the claims made instead."""
    behind_step = behind_claim = 0
    for step, claim in [*_common([it["state"] for it in steps], claims), (len(steps), len(claims))]:
        yield from _gap(steps, range(behind_step, step), range(behind_claim, claim))
        if step < len(steps):
            yield Pair(step, claim, True)
        behind_step, behind_claim = step + 1, claim + 1


def _gap(steps: Sequence[dict[str, Any]], missing: range, instead: range) -> Iterator[Pair]:
    claims = list(instead)
    for step in missing:
        meets = claims and "unknowable" not in steps[step]
        yield Pair(step, claims.pop(0) if meets else None, False)
    for claim in claims:
        yield Pair(None, claim, False)


def _common(left: Sequence[str], right: Sequence[str]) -> list[tuple[int, int]]:
    """The longest common subsequence, as pairs of indices."""

    @cache
    def best(i: int, j: int) -> tuple[tuple[int, int], ...]:
        if i == len(left) or j == len(right):
            return ()
        found = max(best(i + 1, j), best(i, j + 1), key=len)
        if left[i] == right[j]:
            found = max(((i, j), *best(i + 1, j + 1)), found, key=len)
        return found

    return list(best(0, 0))
