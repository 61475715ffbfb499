"""A story: what all connections with the same events in the same order have in common."""

from __future__ import annotations

from pcapflow.hints import Literal
from pcapflow.model import Confidence, End, Ending, Ends, Evidence, FinalAck, Opening, State
from pcapflow.tcp.course import Course
from pcapflow.values import Record


class Step(Record):
    """``end`` changes state because of event number ``event`` of the story."""

    event: int
    end: End
    before: State
    after: State
    evidence: Evidence


class Story(Record):
    """What all connections of one shape share.

    ``events`` are (code name, end) in order, repeats in a row folded; indexes into them are what
    signs and steps speak of.  ``marks`` says what is true of the whole connection:
    ``duplicates``, ``one-sided``, ``mid-stream``, ``truncated`` or ``damaged`` (the file),
    ``gap`` (octets acknowledged that were never captured), ``client-last`` (the client sent the
    last new octet), ``busy`` (there was payload at all), ``client-unacked`` and ``server-unacked``
    (octets of that end were not known to be acknowledged in the end).
    """

    events: Course
    steps: tuple[Step, ...]
    states: tuple[State, State]
    evidence: tuple[Evidence | None, Evidence | None]
    confidence: tuple[Confidence, Confidence]
    opening: Opening
    ending: Ending
    ended_by: Literal["client", "server", "path"] | None
    first_closer: Ends | None
    final_ack: FinalAck | None
    marks: frozenset[str]
