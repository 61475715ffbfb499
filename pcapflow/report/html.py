"""A connection and a report as HTML for a cell of a notebook: small, and complete in itself.

Notebooks have light and dark pages, and GitHub drops style sheets: so all style stands in the
elements, text keeps the page's colour, and what has a colour has its own ground.  Captures are
hostile: every text of theirs goes through ``_text``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from html import escape
from typing import TYPE_CHECKING

from pcapflow.findings.words import duration, listing, number, plural
from pcapflow.model import ENDS, Connection, End, Fin, Finding, Severity
from pcapflow.report.letters import printable
from pcapflow.report.shapes import compact
from pcapflow.report.table import concerned, facts, judged, ranked
from pcapflow.report.times import date_and_clock

if TYPE_CHECKING:
    from pcapflow.model import Across
    from pcapflow.report.source import GroupLike, ReportLike

_GROUNDS: dict[Severity, str] = {"error": "#b3261e", "warning": "#8a5a00", "info": "#55606b"}
"""White words on each of these have a contrast above 5."""

_PAGE = "max-width:62em;line-height:1.45"
_MUTED = "opacity:.72"
_CELL = "text-align:left;vertical-align:top;padding:1px 14px 1px 0;background:none;border:0"
_BADGE = "color:#fff;border-radius:3px;padding:0 6px;font-size:.85em;white-space:nowrap"
_FINDINGS = 12
_GROUPS = 12


def connection_page(connection: Connection, note: str = "") -> str:
    """One connection: who, how it ended, each end's states and numbers, and its findings."""
    head = (
        f"<b>{_text(connection.client)} → {_text(connection.server)}</b>"
        f" · {connection.ending} · flow {connection.id}"
        f" · {duration(connection.last - connection.first)} from {date_and_clock(connection.first)}"
    )
    names = ("", "states, and how long in each", "sure", "packets", "octets", "FINs", "RSTs")
    rows = [_end(connection, i, end) for i, end in enumerate(ENDS)]
    found = [_finding(each) for each in connection.findings[:_FINDINGS]]
    if left := connection.findings[_FINDINGS:]:
        found.append(_muted(f"and {plural(len(left), 'more finding')}"))
    if not found:
        found = [_muted("No findings.")]
    return _page(head, _table(names, rows), *found, _muted(_text(note)) if note else "")


def report_page(report: ReportLike) -> str:
    """A report: what was read, what is wrong, worst first, how connections ended, what is left."""
    head, *rest = facts(report)
    parts = [f"<b>{_text(head)}</b> · {_text(' · '.join(rest))}"]
    found = ranked(report)
    for each in found[:_FINDINGS]:
        said = each.across or each.finding
        parts.append(_told(each.severity, each.code, concerned(each), said))
    if left := found[_FINDINGS:]:
        parts.append(_muted(f"and {plural(len(left), 'more kind of finding', 'more kinds')}"))
    groups = sorted(report.groups, key=lambda group: -group.connections)
    if groups:
        names = ("connections", "service", "how they ended", "", "at the end: client", "server")
        parts.append(_table(names, [_group(group) for group in groups[:_GROUPS]]))
    if len(groups) > _GROUPS:
        count = sum(group.connections for group in groups[_GROUPS:])
        shapes = plural(len(groups) - _GROUPS, "more shape")
        parts.append(_muted(f"and {shapes}: {plural(count, 'connection')}"))
    if report.total:
        parts.append(_muted(_text(_sums(report))))
    return _page(*parts, _muted(_text(judged(report))))


def _end(connection: Connection, i: int, end: End) -> tuple[str, ...]:
    """The row of one end."""
    return (
        f"<b>{end}</b>",
        _course(connection, i, end),
        connection.state_evidence[i].confidence,
        number(connection.packets[i]),
        number(connection.bytes[i]),
        _fins(connection.fin[i]),
        number(connection.rst_total[i]),
    )


def _course(connection: Connection, i: int, end: End) -> str:
    """The states of one end in their order, with the time in each that was entered once."""
    steps = [step for step in connection.transitions if step.end == end]
    states = [step.after for step in steps] or [connection.states[i]]
    how_often = Counter(states)
    told: list[str] = []
    for state in states:
        spent = connection.dwell[i].get(state, 0)
        known = spent > 0 and state != "CLOSED" and how_often[state] == 1
        told.append(f"{state} {_muted(duration(spent), 'span')}" if known else state)
    if states[-1] not in ("CLOSED", "UNKNOWN"):
        told[-1] += _muted(" and counting", "span")
    return " → ".join(f'<span style="white-space:nowrap">{each}</span>' for each in told)


def _fins(fin: Fin | None) -> str:
    if fin is None:
        return "0"
    told = f"{number(fin.sent)}, {'not ' if fin.acked is None else ''}acknowledged"
    return f'<span style="white-space:nowrap">{told}</span>'


def _finding(found: Finding) -> str:
    where = f"{found.end}, {found.confidence}, {_frames(found.frames)}"
    return _told(found.severity, found.code, where, found)


def _frames(frames: Sequence[int]) -> str:
    shown = listing([number(frame) for frame in frames[:4]])
    if len(frames) > 4:
        return f"{plural(len(frames), 'frame')} from {number(frames[0])}"
    return f"{'frame' if len(frames) == 1 else 'frames'} {shown}" if frames else "no frame"


def _told(severity: Severity, code: str, where: str, said: Finding | Across | None) -> str:
    """A finding: its badge and code, whom it concerns, its message, and its advice to unfold."""
    badge = f'<span style="{_BADGE};background:{_GROUNDS[severity]}">{severity}</span>'
    told = f"{badge} <b>{_text(code)}</b> · {_text(where)}"
    if said is not None:
        told += f"<div>{_text(said.message)}</div>"
        steps = "".join(f"<div>→ {_text(step)}</div>" for step in said.advice.splitlines())
        told += f"<details><summary>What to do</summary>{steps}</details>" if steps else ""
    return told


def _group(group: GroupLike) -> tuple[str, ...]:
    """The row of one shape towards one service."""
    worst = next((severity for _, severity, _ in group.findings), None)
    badge = ""
    if worst is not None:
        badge = f'<span style="{_BADGE};background:{_GROUNDS[worst]}">{worst}</span>'
    return (
        number(group.connections),
        _text(group.service),
        f"{_text(compact(group))} ({group.ending})",
        badge,
        *group.states,
    )


def _sums(report: ReportLike) -> str:
    """How many sockets are in which state when the capture ends."""
    told = []
    for end, states in zip(ENDS, report.states, strict=True):
        most = sorted(states.items(), key=lambda item: (-item[1], item[0]))
        told.append(f"{end}s {listing([f'{number(count)} {state}' for state, count in most])}")
    return f"At the capture's end: {'; '.join(told)}."


def _page(*parts: str) -> str:
    inside = "".join(f'<div style="margin:4px 0">{part}</div>' for part in parts if part)
    return f'<div style="{_PAGE}">{inside}</div>'


def _table(names: Iterable[str], rows: Iterable[Sequence[str]]) -> str:
    head = "".join(f'<th style="{_CELL};{_MUTED};font-weight:normal">{name}</th>' for name in names)
    body = "".join(
        "<tr>" + "".join(f'<td style="{_CELL}">{cell}</td>' for cell in row) + "</tr>"
        for row in rows
    )
    return (
        '<table style="border-collapse:collapse;border:0;margin:0;font-size:inherit">'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    )


def _muted(html: str, element: str = "div") -> str:
    return f'<{element} style="{_MUTED}">{html}</{element}>'


def _text(words: object) -> str:
    """Text of any origin as harmless HTML."""
    return escape(printable(str(words)))
