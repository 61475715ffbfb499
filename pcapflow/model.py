"""What all rooms speak: frozen records of endpoints, connections, findings and captures.

Nothing here computes, but for names that follow from a record.  Times are integer nanoseconds
since the epoch, lengths are octets, frames are Wireshark's frame numbers (from 1).  The words
(states, endings, evidence ...) are those of the published contract, so that a record can be written
without translating anything.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

from pcapflow.hints import TYPE_CHECKING, Literal
from pcapflow.values import Record

if TYPE_CHECKING:
    from typing import TypeAlias

End = Literal["client", "server"]
Ends = Literal["client", "server", "both"]
Party = Literal["client", "server", "path", "capture"]
State = Literal[
    "LISTEN",
    "SYN_SENT",
    "SYN_RECEIVED",
    "ESTABLISHED",
    "FIN_WAIT_1",
    "FIN_WAIT_2",
    "CLOSING",
    "TIME_WAIT",
    "CLOSE_WAIT",
    "LAST_ACK",
    "CLOSED",
    "UNKNOWN",
]
Evidence = Literal["sent", "acked", "presumed", "timer"]
Confidence = Literal["certain", "likely", "possible"]
Severity = Literal["error", "warning", "info"]
Opening = Literal[
    "handshake", "fast-open", "simultaneous", "syn-ack", "syn-only", "refused", "mid-stream"
]
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
FinalAck = Literal["seen", "lost", "missing"]
Vantage = Literal["client", "server", "between", "unknown"]
Subject = Literal["connections", "FIN retransmissions", "resets", "port reuses"]
Opinion = Literal["pcapflow", "tshark"]

Octets: TypeAlias = bytes

ENDS: tuple[End, End] = ("client", "server")
ENDED: frozenset[Ending] = frozenset({"orderly", "reset", "refused", "replaced"})
"""The endings after which nothing is waited for any more."""
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "info")
RANKS: dict[Severity, int] = {severity: rank for rank, severity in enumerate(SEVERITIES)}
"""How bad a severity is: its place in ``SEVERITIES``, the worst first."""
SUBJECTS: tuple[Subject, ...] = ("connections", "FIN retransmissions", "resets", "port reuses")


def other(end: End) -> End:
    """The peer of an end."""
    return "server" if end == "client" else "client"


class Endpoint(Record):
    """One end's address and port; ``ip`` is text as inet_ntop writes it."""

    ip: str
    port: int

    def __str__(self) -> str:
        return f"[{self.ip}]:{self.port}" if ":" in self.ip else f"{self.ip}:{self.port}"


ELSEWHERE = Endpoint("0.0.0.0", 0)
"""In place of a service: all those that found no room of their own among the groups."""


class Event(Record):
    """One thing that mattered to the state of a connection, as the engine judged it.

    ``code`` is a name of ``pcapflow.tcp.codes`` (``SYN``, ``FIN_AGAIN`` ...); ``end`` is the end
    that sent the segment, ``at`` its time (ns) and ``frame`` its frame.
    """

    code: str
    end: End
    at: int
    frame: int | None


def runs_of(events: Iterable[Event]) -> tuple[tuple[Event, ...], ...]:
    """Events, those that repeat the one before in a run with it."""
    runs: list[tuple[Event, ...]] = []
    code, end = "", ""
    for event in events:
        if event.code == code and event.end == end:
            runs[-1] += (event,)
        else:
            runs.append((event,))
            code, end = event.code, event.end
    return tuple(runs)


class Transition(Record):
    """One end changes state; ``at`` and ``frame`` are the causing segment's as captured.

    ``assumption`` says what a ``timer`` rests on: how long the state was taken to last, and why.
    """

    end: End
    before: State
    after: State
    at: int
    frame: int | None
    evidence: Evidence
    assumption: str | None = None


class StateEvidence(Record):
    """Why an end is believed to be in its last state, since when (ns), and how sure that is."""

    evidence: Evidence | None
    since: int | None
    confidence: Confidence


class Fin(Record):
    """One end's FIN: distinct transmissions captured, and the frame of the first covering ACK."""

    sent: int
    acked: int | None
    frames: tuple[int, ...]

    @property
    def retransmitted(self) -> int:
        return self.sent - 1


class Finding(Record):
    """One thing that a rule found; the texts are plain words for a tired reader."""

    code: str
    severity: Severity
    end: Party
    confidence: Confidence
    frames: tuple[int, ...]
    message: str
    advice: str
    display_filter: str


class Across(Record):
    """One thing that a rule found across connections.

    ``host`` is the address that holds them, as ``end`` of each, for ``service``; ``per_minute`` is
    how fast they grow (None: they do not), ``oldest`` how long the first has been held (ns),
    ``examples`` ids of some.  ``head`` says in a line what ``message`` explains.
    """

    code: str
    severity: Severity
    end: End
    confidence: Confidence
    host: str
    service: Endpoint
    connections: int
    per_minute: float | None
    oldest: int
    examples: tuple[int, ...]
    head: str
    message: str
    advice: str
    display_filter: str


class Unreachable(Record):
    """What an ICMP error, from the address ``reporter``, said of an end's segments.

    ``kind`` is its type << 8 | code: type 3 of ICMP, or 1 of ICMPv6 where the addresses are IPv6's.
    """

    kind: int
    reporter: str


class Traffic(Record):
    """What a capture shows of one TCP connection, before anybody judges it.

    Pairs (``packets``, ``bytes``, ``fin`` ...) are client first, then server.  ``history`` is
    Zeek's, ``capture_end`` the time of the capture's last packet, ``rtt`` the best estimate of the
    round trip as seen at the capture point (ns, None if unknown), ``last_data`` the times of each
    end's last new octet (None if it sent none), ``tunnel`` what its first segment was found inside
    of ("" for none), ``unreachable`` the first ICMP error about each end's segments, ``idle`` how
    long (ns) all was silent before each end sent what nobody answered, or what drew a reset (None:
    it did neither).

    Its ``__dict__`` is no part of the record (not compared, not copied): ``runs`` are kept there.
    """

    id: int
    client: Endpoint
    server: Endpoint
    roles: Literal["handshake", "guessed"]
    first: int
    last: int
    packets: tuple[int, int]
    bytes: tuple[int, int]
    fin: tuple[Fin | None, Fin | None]
    rst: tuple[tuple[int, ...], tuple[int, ...]]
    rst_total: tuple[int, int]
    history: str
    events: tuple[Event, ...]
    duplicates: int
    unacknowledged: tuple[int, int]
    last_data: tuple[int | None, int | None]
    last_sent: tuple[int | None, int | None]
    rtt: int | None
    capture_end: int
    tunnel: str
    closed_early: bool
    idle: tuple[int | None, int | None]
    unreachable: tuple[Unreachable | None, Unreachable | None]

    @cached_property
    def runs(self) -> tuple[tuple[Event, ...], ...]:
        """The events, repeats in a row together: one run an event of the story."""
        return runs_of(self.events)

    @property
    def community_id(self) -> str:
        """Community ID v1 of the two ends; "" where they go under other names (``--redact``)."""
        from pcapflow.community import community_id  # and OpenSSL: only for those who ask

        try:
            return community_id(self.client, self.server)
        except ValueError:
            return ""


class Connection(Traffic):
    """Everything known of one TCP connection when it ended or the capture did.

    ``dwell`` holds nanoseconds a state.

    A report notes itself in the ``__dict__``, so that a notebook can draw what it gave out.
    """

    vantage: Vantage
    opening: Opening
    ending: Ending
    ended_by: Literal["client", "server", "path"] | None
    first_closer: Ends | None
    states: tuple[State, State]
    state_evidence: tuple[StateEvidence, StateEvidence]
    final_ack: FinalAck | None
    transitions: tuple[Transition, ...]
    dwell: tuple[dict[State, int], dict[State, int]]
    shape: str
    conn_state: str
    findings: tuple[Finding, ...] = ()

    def _repr_html_(self) -> str:
        from pcapflow import notebook  # the one look upwards: when a notebook asks

        return notebook.connection_html(self)

    def _repr_png_(self) -> Octets | None:
        from pcapflow import notebook

        return notebook.connection_png(self)


class Segment(Record):
    """One captured segment of one connection, for pictures and extraction.

    ``seq`` and ``ack`` are relative to the initial sequence numbers where those were seen;
    ``codes`` are the events that the engine made of it; ``duplicate`` marks a second capture of
    the same packet; ``offset`` is the packet's octet offset in its file.
    """

    frame: int
    at: int
    end: End
    flags: str
    seq: int
    ack: int | None
    length: int
    window: int
    codes: tuple[str, ...]
    duplicate: bool
    offset: int


class CaptureInfo(Record):
    """What was read: files, forms, counts, and what could not be used and why.

    ``first_frames`` says with which frame each file begins: the numbers run on.  ``closed_early``
    counts connections that were closed to make room (``Settings.max_connections``).
    """

    files: tuple[str, ...]
    formats: tuple[str, ...]
    link_types: tuple[str, ...]
    sha256: tuple[str | None, ...]
    packets: int
    tcp_packets: int
    skipped: dict[str, int]
    first: int | None
    last: int | None
    truncated: str | None
    duplicates: int
    drops: int | None
    octets: int
    first_frames: tuple[int, ...] = (1,)
    closed_early: int = 0


class Group(Record):
    """Connections of one shape towards one service, folded.

    ``findings`` counts (code, severity) pairs; ``examples`` are ids of a few of them, the
    clearest first; ``dwell`` is the state of an end that tells most, and the median time (ns) in
    it.
    """

    shape: str
    service: Endpoint
    connections: int
    ending: Ending
    states: tuple[State, State]
    opening: Opening
    findings: tuple[tuple[str, Severity, int], ...]
    examples: tuple[int, ...]
    dwell: tuple[End, State, int] | None


class Difference(Record):
    """What only one of two programs sees, in which frames, and by which rule that is explained.

    ``reason`` is None where no rule explains it: one of the two is wrong.
    """

    subject: Subject
    alone: Opinion
    reason: str | None
    frames: tuple[int, ...]


class CrossCheck(Record):
    """What tshark, of this version, thinks of the same capture.

    ``frames`` is the last frame that it has read, ``trouble`` what it said if it did not come to
    the end, ``agreed`` how many of each subject both see.
    """

    tshark: str
    frames: int
    trouble: str | None
    agreed: dict[Subject, int]
    differences: tuple[Difference, ...]

    def alone(self, subject: Subject, who: Opinion) -> int:
        """How many only one of the two sees."""
        found = [d for d in self.differences if (d.subject, d.alone) == (subject, who)]
        return sum(len(difference.frames) for difference in found)

    @property
    def unexplained(self) -> int:
        """How many differences no rule explains."""
        return sum(len(d.frames) for d in self.differences if d.reason is None)


class Place(Record, order=True):
    """Where sockets are: on a host (``port`` None), or at one end of a service."""

    ip: str
    port: int | None = None
    end: End | None = None

    def __str__(self) -> str:
        if self.port is None:
            return self.ip
        service = Endpoint(self.ip, self.port)
        return f"{service}" if self.end == "server" else f"clients of {service}"


class Host(Record):
    """What one place held at a moment: sockets by state, as the ``ends`` of connections."""

    place: Place
    ends: tuple[End, ...]
    sums: dict[State, int]


class Socket(Record):
    """One line of ``ss -tan``; since when it was so (ns), and how sure that is."""

    state: State
    local: Endpoint
    peer: Endpoint
    since: int
    evidence: Evidence | None
    confidence: Confidence
    connection: int


class Layers(Record):
    """How many sockets of each state a place had at each of some moments.

    Only states that it had at one of them are named.  ``place`` None stands for so many ``places``
    together that are not told apart.
    """

    place: Place | None
    ends: tuple[End, ...]
    counts: dict[State, tuple[int, ...]]
    places: int = 1

    def __str__(self) -> str:
        return f"{self.places:,} others" if self.place is None else str(self.place)
