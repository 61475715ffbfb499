"""What pcapflow and tshark say of the segments that begin or end a connection, side by side."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from pcapflow.annotate.view import Seen
from pcapflow.model import Opinion, Subject
from pcapflow.values import Record

FIN, SYN, RST, ACK = 1, 2, 4, 16
ENDING = FIN | SYN | RST


class Judged(Record):
    """One segment with SYN, FIN or RST, or the first of its connection, as pcapflow judged it.

    ``connection`` is the number of its connection; ``taken_back`` says that a SYN seemed to begin
    one, but belongs to an older one.  ``duplicate`` is a second capture of one packet.  ``forth``
    tells its connection's two directions apart.
    """

    frame: int
    connection: int
    forth: bool
    flags: int
    seq: int
    length: int
    begins: bool
    reuses: bool
    taken_back: bool
    first_fin: bool
    fin_again: bool
    duplicate: bool

    @property
    def mark(self) -> int:
        """The number that a FIN of it takes."""
        return (self.seq + self.length) & 0xFFFFFFFF


class Case(NamedTuple):
    """One disagreement: who alone sees what, and what both say of the frame.

    ``segment`` says that pcapflow took a TCP segment from the frame; ``ours`` is None where it did
    not, or where the segment is a plain one.
    """

    subject: Subject
    alone: Opinion
    frame: int
    segment: bool
    ours: Judged | None
    theirs: Seen


class Both:
    """What both made of a capture's segments with SYN, FIN or RST, and of first segments.

    The frames of, with pcapflow: each end's first FIN (``first_fins``; ``fins`` has its number),
    the first SYN of each number (``syns``) and the first SYN, ACK that acknowledges such a number
    (``answers``).  With tshark: each stream's first FIN or RST
    (``closing``), the first FIN of each stream, sender and number (``marks``), the first copy of
    each packet (``copies``).
    """

    def __init__(self, ours: Mapping[int, Judged]) -> None:
        self.ours = ours
        self.theirs: dict[int, Seen] = {}
        self.first_fins: dict[tuple[int, bool], int] = {}
        self.fins: dict[tuple[int, bool], int] = {}
        self.syns: dict[tuple[int, bool, int], int] = {}
        self.answers: dict[tuple[int, int], int] = {}
        self.closing: dict[int, int] = {}
        self.marks: dict[tuple[int, str, int], int] = {}
        self.copies: dict[tuple[str, str], int] = {}
        self._streams: dict[int, list[Seen]] = defaultdict(list)
        for each in ours.values():
            end = (each.connection, each.forth)
            if each.first_fin:
                self.first_fins.setdefault(end, each.frame)
                self.fins.setdefault(end, each.mark)
            if each.flags & SYN:
                self.syns.setdefault((*end, each.seq), each.frame)

    def add(self, seen: Seen) -> None:
        """Keep a frame of tshark's, if there is anything to ask of it later."""
        if not (seen.flags & ENDING or seen.begins or seen.frame in self.ours):
            return
        self.theirs[seen.frame] = seen
        self._streams[seen.stream].append(seen)
        if seen.flags & ENDING:
            self.copies.setdefault((seen.source, seen.signature), seen.frame)
        if seen.flags & (SYN | ACK) == SYN | ACK and seen.frame in self.ours:
            question = (seen.ack - 1) & 0xFFFFFFFF
            self.answers.setdefault((self.ours[seen.frame].connection, question), seen.frame)
        if seen.flags & (FIN | RST):
            self.closing.setdefault(seen.stream, seen.frame)
        if seen.flags & FIN:
            self.marks.setdefault((seen.stream, seen.source, seen.mark), seen.frame)

    def begun_by(self, stream: int) -> Seen:
        """The first frame of one of tshark's streams."""
        return self._streams[stream][0]

    def sent(self, seen: Seen) -> Iterator[Judged]:
        """What pcapflow judged of what the same end sent in tshark's stream of a frame."""
        for each in self._streams[seen.stream]:
            if each.source == seen.source and each.frame in self.ours:
                yield self.ours[each.frame]

    def answered_otherwise(self, answer: Seen) -> bool:
        """Whether the sender of a SYN, ACK sent one with another number in the same stream."""
        return any(
            each.flags & (SYN | ACK) == SYN | ACK and each.seq != answer.seq
            for each in self._streams[answer.stream]
            if each.source == answer.source
        )

    def answer(self, syn: Seen) -> Seen | None:
        """The SYN, ACK that acknowledges a SYN before its sender's next one."""
        for each in self._streams[syn.stream]:
            if each.frame > syn.frame and each.flags & SYN:
                if each.source == syn.source:
                    return None
                if each.flags & ACK and each.ack == (syn.seq + 1) & 0xFFFFFFFF:
                    return each
        return None

    def question(self, answer: Seen) -> Judged | None:
        """The SYN that a SYN, ACK acknowledges."""
        for each in self._streams[answer.stream]:
            if each.frame >= answer.frame:
                return None
            if each.flags & (SYN | ACK) == SYN and answer.ack == (each.seq + 1) & 0xFFFFFFFF:
                return self.ours.get(each.frame)
        return None
