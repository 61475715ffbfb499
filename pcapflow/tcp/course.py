"""The course of a connection: what happened, in order, and the questions that are asked of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Set

from pcapflow.hints import TYPE_CHECKING
from pcapflow.model import ENDS, End
from pcapflow.tcp.codes import ACKS_OF_FIN, FIRST_FINS

if TYPE_CHECKING:
    from typing import Self


class Course(tuple[tuple[str, End], ...]):
    """Events as (code name, end that sent it), repeats in a row folded.

    Every method takes the codes that are asked for and, where it matters, whose they are.  Most
    questions are about what did not happen: these cost one look at the set of an end's codes,
    however long the course is.  What nearly everybody asks is answered once.
    """

    fin: dict[End, int | None]
    """Where each end first sent its FIN, if it was captured."""
    ack_of_fin: dict[End, int | None]
    """Where the FIN of each end was first acknowledged by the other one."""
    _told: dict[End | None, list[tuple[int, str]]]
    _codes: dict[End | None, frozenset[str]]

    def __new__(cls, events: Iterable[tuple[str, End]]) -> Self:
        course = super().__new__(cls, events)
        told: dict[End | None, list[tuple[int, str]]] = {None: [], "client": [], "server": []}
        for i, (code, who) in enumerate(course):
            told[None].append((i, code))
            told[who].append((i, code))
        course._told = told
        course._codes = {end: frozenset([code for _, code in told[end]]) for end in told}
        course.fin = {end: course.first(FIRST_FINS, end) for end in ENDS}
        client, server = (course.first(ACKS_OF_FIN, end) for end in ENDS)
        course.ack_of_fin = {"client": server, "server": client}
        return course

    def of(self, end: End) -> Sequence[tuple[int, str]]:
        """All that an end sent: where, and its code."""
        return self._told[end]

    def codes(self, end: End | None = None) -> frozenset[str]:
        """All codes of an end, or of both."""
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
        where = self.first(codes, end, after=after)
        return where is not None and (before is None or where < before)

    def first(self, codes: Set[str], end: End | None = None, *, after: int = -1) -> int | None:
        """Where one of the codes happened first behind ``after``."""
        if self._codes[end].isdisjoint(codes):
            return None
        for i, code in self._told[end]:
            if code in codes and i > after:
                return i
        return None

    def last(
        self, codes: Set[str], end: End | None = None, *, before: int | None = None
    ) -> int | None:
        """Where one of the codes happened last before ``before``."""
        if self._codes[end].isdisjoint(codes):
            return None
        for i, code in reversed(self._told[end]):
            if code in codes and (before is None or i < before):
                return i
        return None

    def indexes(
        self, codes: Set[str], end: End | None = None, *, after: int = -1
    ) -> tuple[int, ...]:
        """Everywhere behind ``after`` that one of the codes happened."""
        if self._codes[end].isdisjoint(codes):
            return ()
        return tuple([i for i, code in self._told[end] if code in codes and i > after])
