"""Writes a recording down: the capture file, and beside it what a reader of it should find."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections import Counter
from pathlib import Path
from typing import Any

from . import LabError
from .capture import Packet, write_pcap
from .kernel import RESOLUTION_NS, TRACE_CLOCK
from .namespaces import HOST_INTERFACE
from .recording import Recording
from .scenarios import Point
from .segment import ROLES, Role
from .truth import Truth, truths
from .wire import Passage

SCHEMA = 1
ALL_POINTS: tuple[Point, ...] = ("client", "server", "wire")


def write(recording: Recording, directory: Path, *, all_points: bool = False) -> Path:
    """Write NAME.pcap and NAME.expected.json, and NAME.POINT.pcap for all points if asked.

    Returns the path of the expected file. Raises LabError if the capture is not complete.
    """
    name = recording.scenario.name
    shipped = recording.packets[recording.scenario.point]
    for point in ROLES:
        _refuse_gaps(recording, point)
    capture = directory / f"{name}.pcap"
    write_pcap(capture, shipped)
    if all_points:
        for each in ALL_POINTS:
            write_pcap(directory / f"{name}.{each}.pcap", recording.packets[each])
    path = directory / f"{name}.expected.json"
    path.write_text(_as_text(expected(recording, capture)))
    return path


def expected(recording: Recording, capture: Path) -> dict[str, Any]:
    """The expected file as plain data; times are integer ns since the epoch, UTC."""
    scenario = recording.scenario
    packets = recording.packets[scenario.point]
    return {
        "schema": SCHEMA,
        "scenario": scenario.name,
        "what": scenario.what,
        "kernel": f"{os.uname().sysname} {os.uname().release} {os.uname().machine}",
        "point": scenario.point,
        "interface": "the wire" if scenario.point == "wire" else HOST_INTERFACE,
        "clock": {
            "packets": "SO_TIMESTAMPNS",
            "events": f"trace_clock {TRACE_CLOCK}",
            "events_resolution_ns": RESOLUTION_NS,
            "tai_ahead_s": recording.tai_ahead_s,
        },
        "sysctls": recording.sysctls,
        "capture": {
            "file": capture.name,
            "sha256": hashlib.sha256(capture.read_bytes()).hexdigest(),
            "packets": len(packets),
            "first": packets[0].at,
            "last": packets[-1].at,
            "until": recording.until,
        },
        "wire": {
            "delay_ms": scenario.delay_ms,
            "tampered": _tampered(recording, packets),
        },
        "connections": [_connection(recording, truth) for truth in truths(recording)],
    }


def _connection(recording: Recording, truth: Truth) -> dict[str, Any]:
    return {
        **{role: {"ip": recording.addresses[role], "port": truth.ports.of(role)} for role in ROLES},
        "inodes": truth.inodes,
        "states": truth.states,
        "first_closer": truth.first_closer,
        "fin": {role: _fin(truth, role) for role in ROLES},
        "final_ack": truth.final_ack,
        "resets": {
            role: [{"at": event.at, "reason": event.reason} for event in truth.resets[role]]
            for role in ROLES
        },
        "timeline": {
            role: [
                {
                    "state": step.state,
                    "at": step.at,
                    "source": step.source,
                    **({} if step.at == step.not_before else {"not_before": step.not_before}),
                }
                for step in truth.timelines[role]
            ]
            for role in ROLES
        },
        "ending_note": _note(truth),
    }


def _fin(truth: Truth, role: Role) -> dict[str, int]:
    fins = truth.fins[role]
    return {
        "sent": fins.sent,
        "captured": fins.captured,
        "retransmit_events": fins.retransmit_events,
    }


def _note(truth: Truth) -> str:
    parts = []
    if truth.first_closer == "both":
        parts.append("the FINs crossed")
    elif truth.first_closer:
        parts.append(f"the {truth.first_closer} closed first")
    for role in ROLES:
        if truth.fins[role].sent > 1:
            parts.append(f"the {role}'s FIN was sent {truth.fins[role].sent} times")
        parts += [f"the {role} sent a RST ({event.reason})" for event in truth.resets[role]]
    if truth.final_ack in ("lost", "missing"):
        parts.append(f"the ACK of the last FIN is {truth.final_ack}")
    ends = (f"the {role} in {truth.states[role]}" for role in ROLES)
    return "; ".join([*parts, "at the end " + ", ".join(ends)])


def _tampered(recording: Recording, packets: list[Packet]) -> list[dict[str, Any]]:
    """What the wire did beyond relaying; `frame` counts from 1, None where not captured."""
    return [
        {
            "at": passage.at,
            "from": passage.sender,
            "flags": passage.segment.flag_text,
            "did": passage.rule,
            "frame": _frame_number(packets, passage.frame),
        }
        for passage in recording.log
        if passage.segment and passage.rule
    ]


def _frame_number(packets: list[Packet], frame: bytes) -> int | None:
    numbered = enumerate(packets, start=1)
    return next((number for number, packet in numbered if packet.frame == frame), None)


def _refuse_gaps(recording: Recording, point: Role) -> None:
    """The recorder must hold exactly what the wire saw leave that host and what it handed over."""
    seen = Counter(packet.frame for packet in recording.packets[point])
    passed = Counter(_frames_at(recording.log, point))
    if seen != passed:
        raise LabError(
            f"the recorder at the {point} has {seen.total()} frames, the wire tells of"
            f" {passed.total()}"
        )


def _frames_at(log: list[Passage], point: Role) -> list[bytes]:
    sent = [passage.frame for passage in log if passage.sender == point]
    arrived = [
        delivery.frame
        for passage in log
        for delivery in passage.deliveries
        if delivery.towards == point
    ]
    return sent + arrived


def _as_text(document: dict[str, Any]) -> str:
    """JSON with each innermost object on a line of its own."""
    text = json.dumps(document, indent=1)
    return re.sub(r"\{[^{}\[\]]*\}", lambda it: " ".join(it[0].split()), text) + "\n"
