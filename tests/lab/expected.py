"""Writes the expected file of a recording: what a reader of its captures should find.

Of each connection it tells what the kernels did, and under `seen`, for each capture point, what
passed there, what follows from it, and what cannot be known there, with the reason.
"""

from __future__ import annotations

import json
import os
import re
from typing import Any

from .ending import ending
from .kernel import RESOLUTION_NS, TRACE_CLOCK
from .points import Point, Traffic, refuse_gaps
from .recording import Recording
from .seen import Seen, SeenStep
from .segment import ROLES
from .truth import Step, Truth, truths

SCHEMA = 2


def expected(recording: Recording) -> dict[str, Any]:
    """The expected file as plain data; times are integer ns since the epoch, UTC.

    Raises LabError where the records of recorder, wire and kernel do not agree.
    """
    scenario = recording.scenario
    for role in recording.packets:
        refuse_gaps(recording, role)
    traffic = Traffic(recording)
    found = truths(recording, traffic)
    return {
        "schema": SCHEMA,
        "scenario": scenario.name,
        "what": scenario.what,
        "kernel": f"{os.uname().sysname} {os.uname().release} {os.uname().machine}",
        "clock": {
            "packets": "SO_TIMESTAMPNS",
            "events": f"trace_clock {TRACE_CLOCK}",
            "events_resolution_ns": RESOLUTION_NS,
            "tai_ahead_s": recording.tai_ahead_s,
        },
        "sysctls": recording.sysctls,
        "until": recording.until,
        "wire": {
            "delay_ms": scenario.delay_ms,
            "round_trip_ns": recording.round_trip_ns,
            "tampered": _tampered(recording),
        },
        "points": {point: _span(traffic, point) for point in traffic.points},
        "notes": scenario.unknowable,
        "connections": [_connection(recording, traffic, truth) for truth in found],
    }


def as_text(document: dict[str, Any]) -> str:
    """JSON with each innermost object on a line of its own."""
    text = json.dumps(document, indent=1)
    text = re.sub(r"\[[^\[\]{}]*\]", lambda it: " ".join(it[0].split()), text)
    return re.sub(r"\{[^{}]*\}", lambda it: " ".join(it[0].split()), text) + "\n"


def _span(traffic: Traffic, point: Point) -> dict[str, Any]:
    sights = traffic.at(point)
    times = [sight.at for sight in sights]
    return {
        "packets": len(sights),
        "first": min(times, default=None),
        "last": max(times, default=None),
    }


def _connection(recording: Recording, traffic: Traffic, truth: Truth) -> dict[str, Any]:
    return {
        **{role: {"ip": recording.addresses[role], "port": truth.ports.of(role)} for role in ROLES},
        "inodes": truth.inodes,
        "states": truth.states,
        "resets": {
            role: [{"at": event.at, "reason": event.reason} for event in truth.resets[role]]
            for role in ROLES
        },
        "resets_taken": {role: [event.at for event in truth.resets_taken[role]] for role in ROLES},
        "retransmissions": {role: truth.retransmissions(role) for role in ROLES},
        "fins": {role: len(truth.fins(role)) for role in ROLES},
        "timeline": {role: [step_of(step) for step in truth.timelines[role]] for role in ROLES},
        "seen": {point: _seen(recording, traffic, truth, point) for point in traffic.points},
    }


def step_of(step: Step) -> dict[str, Any]:
    return {
        "state": step.state,
        "at": step.at,
        "source": step.source,
        **({} if step.at == step.not_before else {"not_before": step.not_before}),
    }


def _seen(
    recording: Recording, traffic: Traffic, truth: Truth, point: Point
) -> dict[str, Any] | None:
    """What passed the point; None where nothing of the connection did."""
    last = max((sight.at for sight in traffic.at(point)), default=0)
    seen = Seen(truth, traffic.at(point), last, recording.round_trip_ns)
    whole = Seen(truth, traffic.at(point, whole=True), last, recording.round_trip_ns)
    if not seen.sights:
        return None
    facts = _facts(seen, recording)
    unknowable = {}
    for item, value in facts.items():
        told = _not_known(seen, item, value != _facts(whole, recording)[item])
        if told:
            unknowable[item] = told
    return {
        "packets": len(seen.sights),
        "forged": sum(sight.passage is None for sight in seen.sights),
        **facts,
        "unknowable": unknowable,
        "path": {role: [_passed(it) for it in seen.path(role)] for role in ROLES},
        "last": {role: seen.last(role)[0] for role in ROLES},
        "last_unknowable": {role: seen.last(role)[1] for role in ROLES},
        "dark": {role: seen.dark(role) for role in ROLES},
    }


def _facts(seen: Seen, recording: Recording) -> dict[str, Any]:
    end = ending(seen)
    return {
        "first_closer": seen.first_closer,
        "client.fins": len(seen.fins("client")),
        "server.fins": len(seen.fins("server")),
        "final_ack": seen.final_ack,
        "ending": recording.scenario.ending or end.ending,
        "ended_by": end.by,
    }


def _not_known(seen: Seen, item: str, changed: bool) -> str | None:
    """Why the packets cannot show an item. A FIN that was not captured is not counted anyway."""
    if changed and not item.endswith("fins"):
        return "what decides it was not captured"
    if item == "first_closer" or (item == "ended_by" and ending(seen).ending == "orderly"):
        return seen.first_closer_unknowable
    return seen.final_ack_unknowable if item == "final_ack" else None


def _passed(it: SeenStep) -> dict[str, Any]:
    return {
        "state": it.step.state,
        **({"passed": list(it.passed)} if it.passed else {}),
        **({"unknowable": it.unknowable} if it.unknowable else {}),
        **({"time_unknowable": it.time_unknowable} if it.time_unknowable else {}),
    }


def _tampered(recording: Recording) -> list[dict[str, Any]]:
    """What the wire did beyond relaying."""
    return [
        {
            "at": passage.at,
            "from": passage.sender,
            "flags": passage.segment.flag_text,
            "did": passage.rule,
        }
        for passage in recording.log
        if passage.segment and passage.rule
    ]
