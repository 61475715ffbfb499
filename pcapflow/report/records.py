"""One connection as the published record: field for field as docs/contract.md has it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from msgspec.json import Encoder

from pcapflow.model import (
    ENDS,
    Connection,
    Endpoint,
    Fin,
    Finding,
    State,
    StateEvidence,
    Transition,
)
from pcapflow.report.times import iso

SCHEMA = 1
MOST_FRAMES = 64
"""Longer lists of frames keep the first and the last half of this many."""

_SECOND = 1_000_000_000

Json = dict[str, Any]


def record(connection: Connection, files: Sequence[tuple[str, int]] = ()) -> Json:
    """The record of one connection, its fields in the order of the contract.

    ``files`` are the names of the capture's files with the frame that each begins with; they are
    written where there are several.
    """
    told: Json = {
        "schema": SCHEMA,
        "id": connection.id,
        "community_id": connection.community_id,
        "client": endpoint(connection.client),
        "server": endpoint(connection.server),
        "roles": connection.roles,
        "first": iso(connection.first),
        "last": iso(connection.last),
        "vantage": connection.vantage,
        "packets": pair(connection.packets),
        "bytes": pair(connection.bytes),
        "opening": connection.opening,
        "ending": connection.ending,
        "ended_by": connection.ended_by,
        "first_closer": connection.first_closer,
        "states": pair(connection.states),
        "state_evidence": pair([_evidence(each) for each in connection.state_evidence]),
        "fin": pair([_fin(each) for each in connection.fin]),
        "rst": pair([list(shortened(each)) for each in connection.rst]),
    }
    if max(connection.rst_total) > MOST_FRAMES:
        told["rst_total"] = pair(connection.rst_total)
    told |= {
        "final_ack": connection.final_ack,
        "transitions": [_transition(each) for each in connection.transitions],
        "dwell_s": pair([_dwell(each) for each in connection.dwell]),
        "findings": [finding(each) for each in connection.findings],
        "shape": connection.shape,
        "conn_state": connection.conn_state,
        "history": connection.history,
    }
    if connection.closed_early:
        told["closed_early"] = True
    if connection.tunnel:
        told["tunnel"] = connection.tunnel
    if len(files) > 1:
        told["files"] = [{"name": valid(name), "first_frame": frame} for name, frame in files]
    return told


def encoded(
    connections: Iterable[Connection], files: Sequence[tuple[str, int]] = ()
) -> Iterator[bytes]:
    """The records of connections as JSON."""
    encode = Encoder().encode
    return (encode(record(connection, files)) for connection in connections)


def endpoint(end: Endpoint) -> Json:
    """An address and port."""
    return {"ip": end.ip, "port": end.port}


def pair(values: Sequence[Any]) -> Json:
    """A client's and a server's value."""
    return dict(zip(ENDS, values, strict=True))


def finding(found: Finding) -> Json:
    """One finding."""
    told: Json = {
        "code": found.code,
        "severity": found.severity,
        "end": found.end,
        "confidence": found.confidence,
        "frames": list(shortened(found.frames)),
        "message": found.message,
        "advice": found.advice,
        "display_filter": found.display_filter,
    }
    if len(found.frames) > MOST_FRAMES:
        told["frames_total"] = len(found.frames)
    return told


def valid(text: str) -> str:
    r"""Text that UTF-8 can carry: octets of a file name that are none are written as ``\udcff``."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def shortened(frames: tuple[int, ...]) -> tuple[int, ...]:
    """At most 64 frames: of more, the first 32 and the last 32."""
    if len(frames) <= MOST_FRAMES:
        return frames
    return frames[: MOST_FRAMES // 2] + frames[-(MOST_FRAMES // 2) :]


def seconds(span: int) -> float:
    """Nanoseconds as seconds."""
    return span / _SECOND


def _fin(fin: Fin | None) -> Json | None:
    if fin is None:
        return None
    told: Json = {
        "sent": fin.sent,
        "retransmitted": fin.retransmitted,
        "acked": fin.acked,
        "frames": list(shortened(fin.frames)),
    }
    if fin.sent > MOST_FRAMES:
        told["frames_total"] = fin.sent
    return told


def _evidence(evidence: StateEvidence) -> Json:
    return {
        "evidence": evidence.evidence,
        "since": None if evidence.since is None else iso(evidence.since),
        "confidence": evidence.confidence,
    }


def _transition(step: Transition) -> Json:
    told: Json = {
        "end": step.end,
        "from": step.before,
        "to": step.after,
        "at": iso(step.at),
        "frame": step.frame,
        "evidence": step.evidence,
    }
    if step.assumption is not None:
        told["assumption"] = step.assumption
    return told


def _dwell(dwell: Mapping[State, int]) -> Json:
    return {state: seconds(span) for state, span in dwell.items()}
