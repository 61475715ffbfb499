"""What is drawn besides single segments: cards, what time did, what ICMP said, what is owed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pcapflow.findings.icmp_unreachable import said
from pcapflow.model import ENDS, Connection, End, Transition
from pcapflow.scene.steps import Step
from pcapflow.values import Record


class Run(Record):
    """Several steps on one card."""

    kind: Literal["handshake", "data", "repeats", "mixed"]
    first: int
    last: int
    at: int
    until: int
    count: int
    title: str
    sub: str


class Moment(Record):
    """Time alone changed an end's state; ``assumed`` is how long that was taken to last."""

    end: End
    at: int
    words: str
    assumed: str = ""

    @property
    def until(self) -> int:
        return self.at


class Notice(Record):
    """An ICMP error reaches ``end``, about a segment of its own; ``other_end`` itself sent it."""

    end: End
    at: int
    frame: int
    words: str
    reporter: str
    other_end: bool

    @property
    def until(self) -> int:
        return self.at


class Expected(Record):
    """A segment that should have come before the capture ended."""

    end: End
    at: int
    words: str

    @property
    def until(self) -> int:
        return self.at


Item = Step | Run | Moment | Notice | Expected


def holds(item: Item, frame: int) -> bool:
    """Whether an item shows a frame, alone or on a card."""
    if isinstance(item, Step):
        return item.segment.frame == frame
    if isinstance(item, Notice):
        return item.frame == frame
    return isinstance(item, Run) and item.first <= frame <= item.last


def by_time(connection: Connection) -> list[Moment]:
    """What time alone did to an end's state."""
    return [
        Moment(t.end, t.at, f"the {t.end}’s {t.before} ends by timer", _assumed(t))
        for t in connection.transitions
        if t.frame is None and t.evidence == "timer" and t.at <= connection.capture_end
    ]


def notices(connection: Connection) -> Iterator[Notice]:
    """The first ICMP error about each end's segments."""
    for end, report in zip(ENDS, connection.unreachable, strict=True):
        event = next(
            (e for e in connection.events if (e.code, e.end) == ("UNREACHABLE", end)), None
        )
        if report is None or event is None or event.frame is None:
            continue
        peer = connection.server if end == "client" else connection.client
        why = said(report, ":" in peer.ip)
        yield Notice(end, event.at, event.frame, why, report.reporter, report.reporter == peer.ip)


def _assumed(turn: Transition) -> str:
    """What a timer rests on, without its source: ``2MSL of linux: 60 s``."""
    return (turn.assumption or "").partition(" (")[0]


def expected(connection: Connection) -> list[Expected]:
    """The FIN that an end owes."""
    for end, state in zip(ENDS, connection.states, strict=True):
        if state == "CLOSE_WAIT" and any(
            f.code == "close-wait-leak" and f.end == end for f in connection.findings
        ):
            words = f"the {end}’s own FIN: expected here, never captured"
            return [Expected(end, connection.capture_end, words)]
    return []
