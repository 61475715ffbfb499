"""How a connection ended, by the definitions of docs/contract.md, and who caused it.

What counts is what passed the capture point; whether a RST was taken is the kernel's word.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from .points import Sight
from .seen import Seen
from .segment import ROLES, Role, peer_of
from .truth import LATENCY_NS, segment_of

Ending = Literal[
    "refused",
    "unanswered",
    "orderly",
    "reset",
    "replaced",
    "unacknowledged",
    "closing",
    "half-closed",
    "stalled",
    "vanished",
    "open",
]
Party = Literal["client", "server", "path"]

# Fewer unanswered in a row prove no loss.
UNANSWERED = 3


@dataclass(frozen=True, slots=True)
class End:
    """An ending and who caused it (None: nobody can be named)."""

    ending: str
    by: Party | None


def ending(seen: Seen) -> End:
    """The first definition that applies."""
    if not _has(seen, "SYN", "ACK"):
        if _has(seen, "SYN") and _has(seen, "RST"):
            return End("refused", "server")
        if _has(seen, "SYN") and not _has(seen, "ACK"):
            return End("unanswered", None)
    closers = [role for role in ROLES if seen.fins(role)]
    acked = [role for role in closers if seen.acks_of_fin(role)]
    if len(acked) == 2:
        closer = seen.first_closer
        return End("orderly", None if closer == "both" else closer)
    resets = [it for it in seen.sights if segment_of(it).has("RST") and _ended_it(seen, it)]
    if resets:
        return End("reset", resets[0].sender if resets[0].passage else "path")
    new = seen.truth.replaced_by
    if new is not None and new.start <= seen.end:
        return End("replaced", "client")
    if any(len(seen.fins(role)) > 1 for role in closers if role not in acked):
        return End("unacknowledged", None)
    if closers:
        return End("half-closed" if acked == closers else "closing", None)
    return End(_without_fin(seen), None)


def _has(seen: Seen, *flags: str) -> bool:
    return any(all(segment_of(it).has(flag) for flag in flags) for it in seen.passages)


def _ended_it(seen: Seen, sight: Sight) -> bool:
    """Not a RST that reached a live socket and was not taken, nor a forged one that came nowhere.

    One that a kernel sent and that did not arrive still tells that its sender is gone.
    """
    truth, end = seen.truth, peer_of(sight.sender)
    came = [
        it.at
        for it in truth.arrived
        if it.cable == end and it.frame == sight.frame and it.at >= sight.at - seen.round_trip
    ]
    if not came:
        return sight.passage is not None
    taken = any(
        0 <= event.at - at <= LATENCY_NS for event in truth.resets_taken[end] for at in came
    )
    if taken:
        return True
    alive = truth.state_at(end, came[0])
    gone = truth.state_at(end, came[0] + LATENCY_NS)
    if alive == "CLOSED":
        return sight.passage is not None
    return gone == "CLOSED" or _stand_in_died(seen, end, came[0])


def _stand_in_died(seen: Seen, end: Role, at: int) -> bool:
    """TIME_WAIT and request sockets take a RST without a word: the next look finds them gone."""
    return any(
        step.state == "CLOSED"
        and step.source == "sock_diag"
        and step.not_before - LATENCY_NS <= at <= step.at
        for step in seen.truth.timelines[end]
    )


def _without_fin(seen: Seen) -> Ending:
    for role in ROLES:
        if _stalled(seen, role):
            return "stalled"
    return "vanished" if any(_vanished(seen, role) for role in ROLES) else "open"


def _stalled(seen: Seen, reader: Role) -> bool:
    """Whether that end's last word was a closed window, and the other end has been probing it."""
    said = [it for it in seen.passages if it.sender == reader and not segment_of(it).has("RST")]
    if not said or segment_of(said[-1]).window != 0:
        return False
    closed = next(it for it in said if segment_of(it).window == 0)
    return any(it.sender != reader and it.at > closed.at for it in seen.passages)


def _vanished(seen: Seen, speaker: Role) -> bool:
    """Whether that end's last words, several times the same numbers, were never answered."""
    words = [it for it in seen.passages if not segment_of(it).has("RST")]
    last = []
    for passage in reversed(words):
        if passage.sender != speaker:
            break
        last.append(segment_of(passage).fin_mark)
    return len(last) > UNANSWERED and last.count(last[0]) > UNANSWERED - 1
