"""Stories and connections from a transcript of events, as the engine would judge them.

A line is ``seconds END CODE ...``, END one of C and S; lines are frames 1, 2, 3 ...  Of plain data
before the first FIN only the first of each end is an event, as in the engine.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import NamedTuple

from pcapflow.findings import catalogue
from pcapflow.findings.rule import story_events
from pcapflow.model import (
    ENDS,
    Connection,
    End,
    Endpoint,
    Event,
    Fin,
    Finding,
    StateEvidence,
    Transition,
)
from pcapflow.tcp.codes import ACKS_OF_FIN, FINS, FIRST_FINS, RSTS
from pcapflow.tcp.replay import replay
from pcapflow.tcp.story import Story
from pcapflow.tcp.timers import DEFAULTS, SECOND, Settings
from pcapflow.values import replace

NOON = int(datetime(2026, 11, 22, 12, tzinfo=UTC).timestamp()) * SECOND
CLIENT, SERVER = Endpoint("10.0.0.5", 51234), Endpoint("10.0.0.9", 8080)
CLIENT6, SERVER6 = Endpoint("2001:db8::5", 51234), Endpoint("2001:db8::9", 8080)

OPENED = """
    0.000 C SYN
    0.010 S SYN_ACK
    0.010 C HANDSHAKE_ACK
"""
REQUEST = OPENED + "0.020 C DATA\n"
"""... and the client spoke last."""
SERVED = REQUEST + "0.030 S DATA\n"
"""... and the server spoke last."""


class Case(NamedTuple):
    """One connection, with the story that it shares with its like."""

    connection: Connection
    story: Story

    def findings(self, settings: Settings = DEFAULTS) -> tuple[Finding, ...]:
        return catalogue.findings(self.connection, catalogue.signs(self.story, settings))

    def only(self, code: str, settings: Settings = DEFAULTS) -> Finding:
        """The one finding with this code."""
        (finding,) = (f for f in self.findings(settings) if f.code == code)
        return finding

    def codes(self, settings: Settings = DEFAULTS) -> list[str]:
        return [finding.code for finding in self.findings(settings)]


def case(
    transcript: str,
    *,
    until: float,
    marks: frozenset[str] | set[str] = frozenset(),
    unacknowledged: tuple[int, int] = (0, 0),
    idle: tuple[float | None, float | None] = (None, None),
    duplicates: int = 0,
    ipv6: bool = False,
    id: int = 1,
) -> Case:
    """The connection and story of a transcript, in a capture that ends at second ``until``.

    ``idle`` (s) is the silence before each end sent what nobody answered, or what drew a reset.
    """
    events = _parsed(transcript)
    last_data = [
        max((e.at for e in events if e.end == end and e.code in ("DATA", "SYN_DATA")), default=None)
        for end in ENDS
    ]
    kept = _without_plain_data(events)
    marks = frozenset(marks) | _data_marks(last_data) | _unacked_marks(events, unacknowledged)
    story = replay(_folded(kept), marks)
    found = _connection(kept, story, last_data, until, unacknowledged, duplicates, ipv6, id)
    silences = [None if silence is None else round(silence * SECOND) for silence in idle]
    return Case(replace(found, idle=(silences[0], silences[1])), story)


def _parsed(transcript: str) -> list[Event]:
    events: list[Event] = []
    for frame, line in enumerate(filter(None, map(str.strip, transcript.splitlines())), 1):
        at, end, *codes = line.split()
        sender: End = {"C": ENDS[0], "S": ENDS[1]}[end]
        time = NOON + round(float(at) * SECOND)
        events += [Event(code, sender, time, frame) for code in codes]
    return events


def _without_plain_data(events: list[Event]) -> list[Event]:
    kept: list[Event] = []
    closing = False
    for event in events:
        closing = closing or event.code in FIRST_FINS
        spoken = any(e.code == "DATA" and e.end == event.end for e in kept)
        if event.code != "DATA" or closing or not spoken:
            kept.append(event)
    return kept


def _folded(events: list[Event]) -> list[tuple[str, End]]:
    pairs = [(e.code, e.end) for e in events]
    return [pair for i, pair in enumerate(pairs) if i == 0 or pairs[i - 1] != pair]


def _data_marks(last_data: list[int | None]) -> set[str]:
    client, server = last_data
    if client is None and server is None:
        return set()
    return {"busy", "client-last"} if (client or 0) > (server or 0) else {"busy"}


def _unacked_marks(events: list[Event], unacknowledged: tuple[int, int]) -> set[str]:
    """An unacknowledged FIN is one of the numbers, and no octet."""
    fins = [_fin(events, end) for end in ENDS]
    own = [fin is not None and fin.acked is None for fin in fins]
    waiting = zip(ENDS, unacknowledged, own, strict=True)
    return {f"{end}-unacked" for end, octets, fin in waiting if octets > fin}


def _connection(
    events: list[Event],
    story: Story,
    last_data: list[int | None],
    until: float,
    unacknowledged: tuple[int, int],
    duplicates: int,
    ipv6: bool,
    id: int,
) -> Connection:
    client_fin, server_fin = (_fin(events, end) for end in ENDS)
    client_rst, server_rst = (
        tuple(e.frame for e in events if e.end == end and e.code in RSTS and e.frame)
        for end in ENDS
    )
    connection = Connection(
        id=id,
        client=CLIENT6 if ipv6 else CLIENT,
        server=SERVER6 if ipv6 else SERVER,
        roles="guessed" if "mid-stream" in story.marks else "handshake",
        first=events[0].at,
        last=events[-1].at,
        vantage="unknown",
        packets=(len(events), len(events)),
        bytes=(100, 100),
        opening=story.opening,
        ending=story.ending,
        ended_by=story.ended_by,
        first_closer=story.first_closer,
        states=story.states,
        state_evidence=(
            StateEvidence(story.evidence[0], events[-1].at, story.confidence[0]),
            StateEvidence(story.evidence[1], events[-1].at, story.confidence[1]),
        ),
        fin=(client_fin, server_fin),
        rst=(client_rst, server_rst),
        rst_total=(len(client_rst), len(server_rst)),
        final_ack=story.final_ack,
        transitions=(),
        dwell=({}, {}),
        shape=" ".join(f"{end[0].upper()}:{code}" for code, end in story.events),
        conn_state="SF",
        history="ShAFaf",
        events=tuple(events),
        duplicates=duplicates,
        unacknowledged=unacknowledged,
        last_data=(last_data[0], last_data[1]),
        last_sent=(events[-1].at, events[-1].at),
        rtt=10_000_000,
        capture_end=NOON + round(until * SECOND),
        tunnel="",
        closed_early=False,
        idle=(None, None),
        unreachable=(None, None),
    )
    kept = story_events(connection)
    transitions = [
        Transition(s.end, s.before, s.after, kept[s.event].at, kept[s.event].frame, s.evidence)
        for s in story.steps
    ]
    return replace(connection, transitions=tuple(transitions))


def _fin(events: list[Event], end: End) -> Fin | None:
    frames = tuple(e.frame for e in events if e.end == end and e.code in FINS and e.frame)
    acked = next((e.frame for e in events if e.end != end and e.code in ACKS_OF_FIN), None)
    return Fin(len(frames), acked, frames) if frames else None
