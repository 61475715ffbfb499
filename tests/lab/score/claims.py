"""What a finding that is called certain asserts, in the kernel's terms."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..segment import ROLES, Role, peer_of

Facts = dict[str, Any]
Holds = Callable[[Role | None, Facts, Facts], bool]

ABORTS = ("TCP_ABORT", "TCP_KEEPALIVE", "TCP_DISCONNECT", "TCP_STATE")


def contradicted(code: str, role: Role | None, truth: Facts, seen: Facts) -> bool:
    """Whether the kernel says otherwise; findings without an entry here are not judged."""
    holds = ASSERTS.get(code)
    return holds is not None and not holds(role, truth, seen)


def _reset_by(role: Role | None, truth: Facts, *, abort: bool) -> bool:
    reasons = [reset["reason"] for each in _ends(role) for reset in truth["resets"][each]]
    return any(reason.startswith(ABORTS) == abort for reason in reasons)


def _was_in(role: Role | None, truth: Facts, state: str) -> bool:
    return any(step["state"] == state for each in _ends(role) for step in truth["timeline"][each])


def _ends(role: Role | None) -> tuple[Role, ...]:
    return (role,) if role else ROLES


ASSERTS: dict[str, Holds] = {
    "simultaneous-close": lambda _, truth, seen: seen["first_closer"] == "both",
    "lost-final-ack": lambda _, truth, seen: seen["final_ack"] == "lost",
    "fin-retransmit": lambda role, _, seen: any(seen[f"{it}.fins"] > 1 for it in _ends(role)),
    "connection-refused": lambda _, truth, seen: seen["ending"] == "refused",
    "reset-abort": lambda role, truth, _: _reset_by(role, truth, abort=True),
    "reset-closed-socket": lambda role, truth, _: _reset_by(role, truth, abort=False),
    "data-after-close": lambda role, truth, _: _reset_by(role, truth, abort=False),
    "reset-injected": lambda role, _, seen: seen["forged"] > 0,
    "reset-ignored": lambda role, truth, _: (
        role is None or not truth["resets_taken"][peer_of(role)]
    ),
    "close-wait-leak": lambda role, truth, _: _was_in(role, truth, "CLOSE_WAIT"),
    "slow-close": lambda role, truth, _: _was_in(role, truth, "CLOSE_WAIT"),
    "half-close": lambda role, truth, _: _was_in(None, truth, "CLOSE_WAIT"),
}
