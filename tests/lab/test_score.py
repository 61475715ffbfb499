"""The score itself: how two paths are laid beside each other, and what counts as which verdict."""

from __future__ import annotations

from typing import Any

from .score.claims import contradicted
from .score.items import Item, Tally, Verdict
from .score.paths import paired


def steps(*states: str, unknowable: tuple[str, ...] = ()) -> list[dict[str, Any]]:
    return [{"state": it, **({"unknowable": "why"} if it in unknowable else {})} for it in states]


def pairs(path: list[dict[str, Any]], *claims: str) -> list[tuple[str | None, str | None]]:
    return [
        (
            path[it.step]["state"] if it.step is not None else None,
            claims[it.claim] if it.claim is not None else None,
        )
        for it in paired(path, claims)
    ]


def test_the_same_paths_agree() -> None:
    assert pairs(steps("A", "B"), "A", "B") == [("A", "A"), ("B", "B")]


def test_a_claim_in_place_of_a_step_is_one_item() -> None:
    assert pairs(steps("A", "B", "C"), "A", "X", "C") == [("A", "A"), ("B", "X"), ("C", "C")]


def test_what_is_not_claimed_and_what_never_was_stand_alone() -> None:
    assert pairs(steps("A", "B"), "B") == [("A", None), ("B", "B")]
    assert pairs(steps("A"), "A", "B") == [("A", "A"), (None, "B")]


def test_a_claim_does_not_hide_behind_what_cannot_be_known() -> None:
    path = steps("A", "B", unknowable=("B",))
    assert pairs(path, "A", "X") == [("A", "A"), ("B", None), (None, "X")]


def test_what_cannot_be_known_is_counted_apart() -> None:
    verdicts: list[Verdict] = ["right", "missed", "not knowable"]
    items = [Item("s", "client", 1, "path", "a", it, "x", "y") for it in verdicts]
    assert str(Tally(items)) == "1/2 +1"


def test_a_certain_finding_must_hold_in_the_kernel() -> None:
    abort = [{"at": 1, "reason": "TCP_ABORT_ON_LINGER"}]
    truth: dict[str, Any] = {"resets": {"client": abort, "server": []}}
    assert not contradicted("reset-abort", "client", truth, {})
    assert contradicted("reset-abort", "server", truth, {})
    assert contradicted("reset-closed-socket", "client", truth, {})
    assert not contradicted("no-such-code", None, truth, {})
