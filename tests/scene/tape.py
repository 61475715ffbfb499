"""Writes a connection down by hand, segment by segment, as the engine would report it.

Times are ms since the start.  A segment's ``turns`` say which end it moved into which state; a
trailing ``?`` means presumed, else the sender's own turn is `sent` and the peer's `acked`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, get_args

from pcapflow.model import (
    ENDS,
    CaptureInfo,
    Confidence,
    Connection,
    End,
    Ending,
    Endpoint,
    Ends,
    Event,
    Evidence,
    Fin,
    FinalAck,
    Finding,
    Opening,
    Party,
    Segment,
    Severity,
    State,
    StateEvidence,
    Transition,
)
from pcapflow.tcp.codes import FINS, RSTS

Vantage = Literal["client", "server", "between", "unknown"]
MS = 1_000_000
START = 1_795_454_458_663_968_000  # 2026-11-23 17:20:58.663968 UTC
_ASSUMED = "2MSL of linux: 60 s (TCP_TIMEWAIT_LEN, include/net/tcp.h)"
_LIFE = {"DATA", "ACK", "KEEP_ALIVE", "WINDOW_OPENED"}


class Tape:
    """A connection in the making."""

    def __init__(
        self,
        client: Endpoint | None = None,
        server: Endpoint | None = None,
        opening: Opening = "handshake",
        vantage: Vantage = "client",
        states: tuple[State, State] = ("CLOSED", "LISTEN"),
    ) -> None:
        self.client = client or Endpoint("10.77.13.1", 40001)
        self.server = server or Endpoint("10.77.13.2", 8080)
        self.opening: Opening = opening
        self.vantage: Vantage = vantage
        self.states: dict[End, State] = {"client": states[0], "server": states[1]}
        self.since: dict[End, tuple[int, Evidence] | None] = {"client": None, "server": None}
        self.segments: list[Segment] = []
        self.transitions: list[Transition] = []
        self.findings: list[Finding] = []
        self.frame = 0

    def send(
        self,
        end: End,
        ms: float,
        flags: str,
        seq: int,
        ack: int | None,
        length: int = 0,
        codes: str = "",
        client: str = "",
        server: str = "",
        duplicate: bool = False,
    ) -> int:
        """Captures a segment; returns its frame."""
        self.frame += 1
        at = START + round(ms * MS)
        named = tuple(codes.split())
        self.segments.append(
            Segment(
                self.frame,
                at,
                end,
                flags,
                seq,
                ack,
                length,
                64240,
                named,
                duplicate,
                self.frame * 90,
            )
        )
        turns: tuple[tuple[End, str], ...] = (("client", client), ("server", server))
        for who, turn in turns:
            if turn:
                sure: Evidence = "sent" if who == end else "acked"
                self._turn(
                    who, turn.rstrip("?"), at, self.frame, "presumed" if turn[-1] == "?" else sure
                )
        return self.frame

    def timer(self, end: End, ms: float, state: State) -> None:
        """Time alone moves an end."""
        self._turn(end, state, START + round(ms * MS), None, "timer")

    def turn(self, end: End, state: State, frame: int) -> None:
        """An earlier segment, captured before the end's own, moved it."""
        at = next(s.at for s in self.segments if s.frame == frame)
        self._turn(end, state, at, frame, "acked")

    def _turn(self, end: End, state: str, at: int, frame: int | None, evidence: Evidence) -> None:
        after = next(known for known in get_args(State) if known == state)
        assumed = _ASSUMED if evidence == "timer" else None
        turn = Transition(end, self.states[end], after, at, frame, evidence, assumed)
        self.transitions.append(turn)
        self.states[end] = after
        self.since[end] = (at, evidence)

    def handshake(self, rtt: float = 0.17) -> None:
        """SYN, SYN-ACK, ACK."""
        self.send(
            "client", 0, "SYN", 0, None, codes="SYN", client="SYN_SENT", server="SYN_RECEIVED"
        )
        self.send("server", rtt, "SYN, ACK", 0, 1, codes="SYN_ACK", client="ESTABLISHED")
        self.send("client", rtt + 0.01, "ACK", 1, 1, codes="HANDSHAKE_ACK", server="ESTABLISHED")

    def find(
        self,
        code: str,
        severity: Severity,
        end: Party,
        confidence: Confidence,
        frames: tuple[int, ...],
        message: str,
        advice: str = "Nothing to do.",
    ) -> None:
        """Adds a finding."""
        self.findings.append(
            Finding(code, severity, end, confidence, frames, message, advice, "tcp.stream eq 0")
        )

    def cut(
        self,
        ending: Ending,
        ms: float | None = None,
        *,
        ended_by: Literal["client", "server", "path"] | None = None,
        first_closer: Ends | None = None,
        final_ack: FinalAck | None = None,
        unacknowledged: tuple[int, int] = (0, 0),
        conn_state: str = "SF",
        rtt: float | None = 0.18,
    ) -> tuple[Connection, list[Segment], CaptureInfo]:
        """The capture ends at ``ms``, or with the last segment."""
        kept = [s for s in self.segments if not s.duplicate]
        end_at = kept[-1].at if ms is None else START + round(ms * MS)
        connection = Connection(
            id=6,
            client=self.client,
            server=self.server,
            roles="handshake" if self.opening != "mid-stream" else "guessed",
            first=kept[0].at,
            last=kept[-1].at,
            vantage=self.vantage,
            packets=self._each(lambda s: 1),
            bytes=self._each(lambda s: s.length),
            opening=self.opening,
            ending=ending,
            ended_by=ended_by,
            first_closer=first_closer,
            states=(self.states["client"], self.states["server"]),
            state_evidence=(self._evidence("client"), self._evidence("server")),
            fin=(self._fin("client"), self._fin("server")),
            rst=(self._resets("client"), self._resets("server")),
            rst_total=(len(self._resets("client")), len(self._resets("server"))),
            final_ack=final_ack,
            transitions=tuple(sorted(self.transitions, key=lambda t: t.at)),
            dwell=(self._dwell("client", end_at), self._dwell("server", end_at)),
            shape="C:SYN S:SYN_ACK ...",
            conn_state=conn_state,
            history="ShADadFf",
            events=tuple(
                Event(code, s.end, s.at, s.frame)
                for s in kept
                for code in s.codes
                if code not in _LIFE
            ),
            duplicates=len(self.segments) - len(kept),
            unacknowledged=unacknowledged,
            last_data=(self._last("client", data=True), self._last("server", data=True)),
            last_sent=(self._last("client"), self._last("server")),
            rtt=None if rtt is None else round(rtt * MS),
            capture_end=end_at,
            tunnel="",
            closed_early=False,
            idle=(None, None),
            unreachable=(None, None),
            findings=tuple(self.findings),
        )
        info = CaptureInfo(
            files=("/captures/08_final_ack_lost/client.pcap",),
            formats=("pcap",),
            link_types=("Ethernet",),
            sha256=("9e762a57b0a1c4e3d2f19e762a57b0a1c4e3d2f19e762a57b0a1c4e3d2f10000",),
            packets=self.frame,
            tcp_packets=self.frame,
            skipped={},
            first=START,
            last=end_at,
            truncated=None,
            duplicates=connection.duplicates,
            drops=None,
            octets=self.frame * 90,
        )
        return connection, self.segments, info

    def _each(self, count: Callable[[Segment], int]) -> tuple[int, int]:
        client, server = (
            sum(count(s) for s in self.segments if s.end == end and not s.duplicate) for end in ENDS
        )
        return client, server

    def _evidence(self, end: End) -> StateEvidence:
        known = self.since[end]
        if known is None:
            return StateEvidence(None, None, "possible")
        at, evidence = known
        return StateEvidence(evidence, at, "certain" if evidence == "sent" else "likely")

    def _fin(self, end: End) -> Fin | None:
        frames = [s.frame for s in self.segments if s.end == end and FINS & set(s.codes)]
        acked = [s.frame for s in self.segments if s.end != end and "ACK_OF_FIN" in s.codes]
        return Fin(len(frames), acked[0] if acked else None, tuple(frames)) if frames else None

    def _resets(self, end: End) -> tuple[int, ...]:
        return tuple(s.frame for s in self.segments if s.end == end and RSTS & set(s.codes))

    def _dwell(self, end: End, end_at: int) -> dict[State, int]:
        turns = [t for t in self.transitions if t.end == end]
        dwell: dict[State, int] = {}
        if not turns:
            return dwell
        for turn, until in zip(turns, [*(t.at for t in turns[1:]), end_at], strict=True):
            dwell[turn.after] = dwell.get(turn.after, 0) + until - turn.at
        return dwell

    def _last(self, end: End, data: bool = False) -> int | None:
        at = [s.at for s in self.segments if s.end == end and (s.length or not data)]
        return at[-1] if at else None
