"""The course of a connection: what happened, in order, and the questions that are asked of it."""

from __future__ import annotations

from collections.abc import Iterable, Set
from typing import Self

from pcapflow.model import ENDS, End


class Course(tuple[tuple[str, End], ...]):
    """Events as (code name, end that sent it), repeats in a row folded.

    Every method takes the codes that are asked for and, where it matters, whose they are.  Most
    questions are about what did not happen: these cost one look at the set of an end's codes,
    however long the course is.
    """

    _codes: dict[End | None, frozenset[str]]

    def __new__(cls, events: Iterable[tuple[str, End]]) -> Self:
        course = super().__new__(cls, events)
        course._codes = {end: frozenset(c for c, who in course if who == end) for end in ENDS}
        course._codes[None] = course._codes["client"] | course._codes["server"]
        return course

    def codes(self, end: End) -> frozenset[str]:
        """All codes of an end."""
        return self._codes[end]

    def has(
        self,
        codes: Set[str],
        end: End | None = None,
        *,
        after: int = -1,
        before: int | None = None,
    ) -> bool:
        """Whether one of the codes happened, behind ``after`` and before ``before`` if given."""
        if self._codes[end].isdisjoint(codes):
            return False
        if after < 0 and before is None:
            return True
        return any(code in codes and end in (None, who) for code, who in self[after + 1 : before])

    def first(self, codes: Set[str], end: End | None = None, *, after: int = -1) -> int | None:
        """Where one of the codes happened first behind ``after``."""
        if self._codes[end].isdisjoint(codes):
            return None
        for i, (code, who) in enumerate(self):
            if code in codes and end in (None, who) and i > after:
                return i
        return None

    def last(
        self, codes: Set[str], end: End | None = None, *, before: int | None = None
    ) -> int | None:
        """Where one of the codes happened last before ``before``."""
        if self._codes[end].isdisjoint(codes):
            return None
        for i in reversed(range(len(self))[:before]):
            code, who = self[i]
            if code in codes and end in (None, who):
                return i
        return None

    def indexes(
        self, codes: Set[str], end: End | None = None, *, after: int = -1
    ) -> tuple[int, ...]:
        """Everywhere behind ``after`` that one of the codes happened."""
        if self._codes[end].isdisjoint(codes):
            return ()
        return tuple(
            i
            for i, (code, who) in enumerate(self)
            if code in codes and end in (None, who) and i > after
        )
