"""What each captured segment meant, in the picture's words, and what became of it.

The engine's event codes are taken as they are; no sequence number is judged here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

from pcapflow.model import ENDS, Connection, End, Segment, other
from pcapflow.scene.telling import ResetKind, reset_words, told
from pcapflow.tcp.codes import ACKS_OF_FIN, CROSSING_FINS, FIN_REPEATS, FINS, FIRST_FINS
from pcapflow.values import Record

Fate = Literal["arrived", "lost", "discarded"]

REPEATS = FIN_REPEATS | {"SYN_AGAIN", "SYN_ACK_AGAIN", "DATA_AGAIN", "HOLE_FILLED"}
PLAIN = frozenset({"DATA", "ACK", "ACK_UNSEEN", "WINDOW_OPENED"})
_RESET_KINDS: dict[str, ResetKind] = {
    "RST_REFUSED": "refused",
    "RST_REPLY": "closed socket",
    "RST_AT_FIN": "closed socket",
    "RST_OF_CHALLENGE": "closed socket",
    "RST_ABORT": "abort",
    "RST_ABORT_LOSS": "abort",
    "RST_IN_WINDOW": "not exact",
    "RST_OUTSIDE": "ignored",
}
LEADING = (
    *_RESET_KINDS,
    "REUSE",
    "CHALLENGE_ACK",
    "SYN",
    "SYN_DATA",
    "SYN_AGAIN",
    "CROSSED_SYN",
    "SYN_ACK",
    "SYN_ACK_AGAIN",
    "FIN",
    "FIN_CROSSING",
    "FIN_EARLY",
    "FIN_EARLY_CROSSING",
    "FIN_AGAIN",
    "FIN_AGAIN_LATE",
    "FIN_AGAIN_CROSSED",
    "FIN_AGAIN_NEW_ACK",
    "HOLE_FILLED",
    "DATA_AGAIN",
    "KEEP_ALIVE",
    "ACK_OF_FIN",
    "ACK_OF_FIN_EARLIER",
    "ACK_OF_FIN_AGAIN",
    "ACK_OF_FIN_DSACK",
    "FIN_HINT",
    "ZERO_WINDOW",
    "DATA",
    "HANDSHAKE_ACK",
    "WINDOW_OPENED",
    "ACK_UNSEEN",
)
"""The code that names a segment with several is the first of these."""


class Step(Record):
    """One segment: ``what`` it is and plain ``words``, its fate, and what it belongs to.

    ``letter`` is that of the FIN which it carries, ``covers`` of the FIN which it acknowledges,
    ``answers`` the segment that provoked a reset, ``crossing`` says that it left before the step
    before it arrived.
    """

    segment: Segment
    lead: str
    what: str
    words: str
    fate: Fate = "arrived"
    letter: str | None = None
    covers: str | None = None
    reset: ResetKind | None = None
    answers: Segment | None = None
    crossing: bool = False

    @property
    def at(self) -> int:
        return self.segment.at

    @property
    def until(self) -> int:
        return self.segment.at

    @property
    def end(self) -> End:
        return self.segment.end

    @property
    def again(self) -> bool:
        return self.lead in REPEATS


def steps(connection: Connection, segments: Iterable[Segment]) -> list[Step]:
    """All segments but capture duplicates, in the order of capture."""
    kept = [s for s in segments if not s.duplicate]
    letters = _letters(kept)
    lost = _lost(kept, connection.packets)
    answers = _answered(kept)
    discarded = {
        answers[i].frame for i in answers if "RST_REPLY" in kept[i].codes and answers[i].length > 0
    }
    injected = {
        frame for f in connection.findings if f.code == "reset-injected" for frame in f.frames
    }
    closed: set[End] = set()
    made: list[Step] = []
    for i, segment in enumerate(kept):
        lead = _lead(segment)
        reset = _RESET_KINDS.get(lead)
        if reset and segment.frame in injected:
            reset = "injected"
        answered = answers.get(i)
        fate: Fate = "arrived"
        if i in lost:
            fate = "lost"
        elif segment.frame in discarded:
            fate = "discarded"
        what, words = told(connection, segment, lead, letters, closed)
        if reset is not None:
            words = reset_words(connection, segment, reset, answered)
        made.append(
            Step(
                segment,
                lead,
                what,
                lost.get(i) or ("nobody will read them" if fate == "discarded" else words),
                fate,
                letters.get(segment.end) if FINS & set(segment.codes) else None,
                letters.get(other(segment.end)) if ACKS_OF_FIN & set(segment.codes) else None,
                reset,
                answered,
                _crosses(kept, i) and not {i - 1, i} & lost.keys(),
            )
        )
        if lead in FINS:
            closed.add(segment.end)
    return made


def _lead(segment: Segment) -> str:
    for code in LEADING:
        if code in segment.codes:
            return code
    return "DATA" if segment.length else "ACK"


def _letters(segments: Sequence[Segment]) -> dict[End, str]:
    letters: dict[End, str] = {}
    for segment in segments:
        if segment.end not in letters and FINS & set(segment.codes):
            letters[segment.end] = "AB"[len(letters)]
    return letters


def _crosses(segments: Sequence[Segment], index: int) -> bool:
    """A FIN sent without having read the peer's, which was captured just before it."""
    if index == 0 or _lead(segments[index]) not in CROSSING_FINS:
        return False
    before = segments[index - 1]
    return before.end != segments[index].end and _lead(before) in FIRST_FINS


def _lost(segments: Sequence[Segment], packets: tuple[int, int]) -> dict[int, str]:
    """Indexes of segments that a later one shows to be lost (or their answer), and the reason.

    Where nothing of the peer was captured at all, its silence shows nothing but that.
    """
    lost: dict[int, str] = {}
    for i, segment in enumerate(segments):
        codes = set(segment.codes)
        heard = packets[ENDS.index(other(segment.end))] > 0
        if "FIN_AGAIN_LATE" in codes:
            ack = _last(segments, i, other(segment.end), ACKS_OF_FIN)
            if ack is not None:
                lost.setdefault(ack, "lost")
        elif "FIN_AGAIN" in codes and heard and not _spurious(segments, i):
            fin = _last(segments, i, segment.end, FINS)
            if fin is not None:
                lost.setdefault(fin, "lost, or its ACK was")
        elif "SYN_AGAIN" in codes:
            syn = _last(segments, i, segment.end, {"SYN", "SYN_DATA", "SYN_AGAIN"})
            if syn is not None:
                lost.setdefault(syn, "lost, or its answer was")
        if "UNANSWERED" in codes and heard:
            for j in _unanswered(segments, i):
                lost.setdefault(j, "no answer")
    return lost


def _last(segments: Sequence[Segment], before: int, end: End, codes: Iterable[str]) -> int | None:
    wanted = set(codes)
    for i in range(before - 1, -1, -1):
        if segments[i].end == end and wanted & set(segments[i].codes):
            return i
    return None


def _spurious(segments: Sequence[Segment], index: int) -> bool:
    """A D-SACK answers this repeat of a FIN: the first had arrived, RFC 2883."""
    return any(
        s.end != segments[index].end and "ACK_OF_FIN_DSACK" in s.codes
        for s in segments[index + 1 :]
    )


def _unanswered(segments: Sequence[Segment], index: int) -> Iterable[int]:
    """What this end sent between two signs of the peer, but the last of all if none comes."""
    end = segments[index].end
    peers = [i for i, s in enumerate(segments) if s.end != end]
    start = max((i for i in peers if i < index), default=-1) + 1
    stop = min((i for i in peers if i > index), default=len(segments) - 1)
    for i in range(start, stop):
        if segments[i].length or set(segments[i].codes) & (FINS | {"KEEP_ALIVE"}):
            yield i


def _answered(segments: Sequence[Segment]) -> dict[int, Segment]:
    """For each reset that is a reply (by index): the segment whose ACK number it repeats."""
    found: dict[int, Segment] = {}
    for i, segment in enumerate(segments):
        if not {"RST_REPLY", "RST_OF_CHALLENGE", "RST_REFUSED"} & set(segment.codes):
            continue
        peers = [s for s in segments[max(0, i - 64) : i] if s.end != segment.end]
        exact = [s for s in peers if s.ack is not None and s.ack == segment.seq]
        if exact or peers:
            found[i] = (exact or peers)[-1]
    return found
