"""The whole analysis as one JSON object."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from pcapflow.model import Across, CaptureInfo, CrossCheck
from pcapflow.report import crosscheck
from pcapflow.report.records import SCHEMA, Json, endpoint, pair, valid
from pcapflow.report.source import GroupLike, ReportLike
from pcapflow.report.times import iso


def chunks(
    report: ReportLike,
    files: Sequence[tuple[str, int]] = (),
    check: CrossCheck | None = None,
) -> Iterator[bytes]:
    """The object in pieces, connection by connection, so that it need not fit into memory."""
    encode = msgspec.json.Encoder().encode
    crossed = {} if check is None else {"cross_check": crosscheck.record(check)}
    head = encode(head_of(report) | crossed)
    yield head[:-1] + b',"connections":['
    comma = b""
    for record in report.records(files):
        yield comma + b"\n" + record
        comma = b","
    yield b"]}\n"


def head_of(report: ReportLike) -> Json:
    """Everything but the connections."""
    return {
        "schema": SCHEMA,
        "tool": {"name": "pcapflow", "version": report.version, "engine": report.engine},
        "capture": _capture(report.info, report.fault),
        "summary": _summary(report),
        "shapes": [_shape(group) for group in by_count(report.groups)],
        "findings": [_across(found) for found in report.across],
    }


def by_count(groups: Sequence[GroupLike]) -> list[GroupLike]:
    """The most frequent shapes first; equal ones in a fixed order."""
    return sorted(groups, key=lambda g: (-g.connections, g.service.ip, g.service.port, g.shape))


def _capture(info: CaptureInfo, fault: object | None) -> Json:
    return {
        "files": [valid(name) for name in info.files],
        "formats": list(info.formats),
        "link_types": list(info.link_types),
        "sha256": list(info.sha256),
        "packets": info.packets,
        "tcp_packets": info.tcp_packets,
        "octets": info.octets,
        "skipped": info.skipped,
        "first": None if info.first is None else iso(info.first),
        "last": None if info.last is None else iso(info.last),
        "truncated": None if info.truncated is None else valid(info.truncated),
        "fault": None if fault is None else valid(str(fault)),
        "duplicates": info.duplicates,
        "drops": info.drops,
        "closed_early": info.closed_early,
    }


def _summary(report: ReportLike) -> Json:
    findings: dict[str, dict[str, int]] = {}
    for (code, severity), count in sorted(report.findings.items()):
        findings.setdefault(code, {})[severity] = count
    return {
        "connections": report.total,
        "healthy": report.healthy,
        "ending": dict(sorted(report.endings.items())),
        "states": pair([dict(sorted(states.items())) for states in report.states]),
        "findings": findings,
    }


def _across(found: Across) -> Json:
    return {
        "code": found.code,
        "severity": found.severity,
        "end": found.end,
        "confidence": found.confidence,
        "host": found.host,
        "service": endpoint(found.service),
        "connections": found.connections,
        "per_minute": None if found.per_minute is None else round(found.per_minute, 1),
        "oldest_s": found.oldest / 1e9,
        "examples": list(found.examples),
        "message": f"{found.head}. {found.message}",
        "advice": found.advice,
        "display_filter": found.display_filter,
    }


def _shape(group: GroupLike) -> Json:
    told: dict[str, Any] = {
        "shape": group.shape,
        "service": endpoint(group.service),
        "connections": group.connections,
        "opening": group.opening,
        "ending": group.ending,
        "states": pair(group.states),
        "findings": [
            {"code": code, "severity": severity, "connections": count}
            for code, severity, count in group.findings
        ],
        "examples": list(group.examples),
    }
    if group.dwell is not None:
        end, state, median = group.dwell
        told["dwell"] = {"end": end, "state": state, "median_s": median / 1e9}
    return told
