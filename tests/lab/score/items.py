"""The items of a score: one question each, with what the kernel says and what pcapflow says."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Verdict = Literal["false-certain", "wrong", "missed", "right", "not knowable"]
Kind = Literal["path", "closer", "fins", "final_ack", "ending", "ended_by", "count", "times"]

# The worst first.
VERDICTS: tuple[Verdict, ...] = ("false-certain", "wrong", "missed", "right", "not knowable")
OPEN: tuple[Verdict, ...] = ("false-certain", "wrong", "missed")
KINDS: tuple[Kind, ...] = (
    "path",
    "times",
    "closer",
    "fins",
    "final_ack",
    "ending",
    "ended_by",
    "count",
)


@dataclass(frozen=True, slots=True)
class Item:
    """One question about a connection (0: about the capture) and its verdict.

    `note` is the reason why it cannot be known, or what the claim rests on.
    """

    scenario: str
    point: str
    connection: int
    kind: Kind
    name: str
    verdict: Verdict
    truth: str
    claim: str
    note: str = ""

    @property
    def key(self) -> str:
        """How the list of open items names it."""
        return f"{self.scenario} {self.point} {self.connection}:{self.name}"

    def __str__(self) -> str:
        note = f" ({self.note})" if self.note else ""
        return f"{self.key}: is {self.truth}, said {self.claim}{note}"


class Tally:
    """How many of some items have which verdict."""

    def __init__(self, items: Iterable[Item]) -> None:
        self.counts = Counter(item.verdict for item in items)

    @property
    def knowable(self) -> int:
        return self.counts.total() - self.counts["not knowable"]

    def __str__(self) -> str:
        if not self.counts:
            return "-"
        hidden = self.counts["not knowable"]
        return f"{self.counts['right']}/{self.knowable}" + (f" +{hidden}" if hidden else "")
