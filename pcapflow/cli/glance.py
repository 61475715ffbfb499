"""``pcapflow diagram --shapes``: a capture at a glance, a row for each shape and service."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from pcapflow.cli import messages, output
from pcapflow.cli.choice import Choice
from pcapflow.cli.drawing import Drawing
from pcapflow.cli.reading import read, told
from pcapflow.cli.selection import Selection
from pcapflow.draw import render
from pcapflow.findings.catalogue import RULES
from pcapflow.findings.words import duration, number, plural
from pcapflow.fold import Report
from pcapflow.model import RANKS, SEVERITIES, Connection, End, Ending, Severity, State
from pcapflow.plot import source
from pcapflow.report.shapes import Alike, compact, folded
from pcapflow.report.source import GroupLike
from pcapflow.report.times import moment
from pcapflow.scene import Chart, Names, Row, Section, Subject, glance
from pcapflow.scene.endings import course, ending
from pcapflow.scene.facts import Fact
from pcapflow.scene.glance import room
from pcapflow.scene.measure import Measure, plex
from pcapflow.scene.sheet import Size
from pcapflow.tally import Folded
from pcapflow.tcp.stays import NO_SOCKET, WORST_FIRST
from pcapflow.tcp.timers import Settings

PICTURES = (".png", ".svg", ".pdf")
_BY_HARM = [rule.CODE for rule in RULES]
_DWELLS = 2
"""States of a row whose times are told."""
_DULL = ("SYN_SENT", "SYN_RECEIVED", "ESTABLISHED")
"""States whose times tell something only where there are no others."""
_LEAST = 1_000
"""Shorter times (ns) are not told: the ends passed through these states."""

_Chosen: TypeAlias = Report | Selection
_Look: TypeAlias = "tuple[str, Ending, Severity | None, str]"
_Alike: TypeAlias = "Alike[_Look]"


def draw(
    files: Sequence[str],
    target: str | None,
    suffix: str,
    force: bool,
    look: Drawing,
    choice: Choice,
    settings: Settings,
) -> int:
    """Write the picture to ``target`` (None: standard output); the exit code."""
    # Kept, as rows of the engine: medians of what happens to be held still differ from run to run.
    whole = read(files, settings, keep=True, hashing=True).report
    report = Selection(whole, choice.placed(whole.info.first)) if choice.narrows else whole
    if report.total == 0:
        told(whole, strict=False)
        what = "left by the filters" if whole.total else "to draw"
        messages.refuse(f"there is no TCP connection {what}")
    drawn = picture(report, size=look.view.size, redact=look.redact)
    with output.opened(target, force) as stream:
        stream.write(render(drawn, suffix, look.finish))
    if target is not None:
        messages.note(f"wrote {target}: {plural(report.total, 'connection')}")
    return told(whole, strict=False)


def picture(
    report: _Chosen, *, size: Size = "report", redact: bool = False, measure: Measure = plex
) -> Chart:
    """The picture of all connections of a report."""
    names = Names() if redact else None
    most = room(size)
    alike = sorted(folded([(_look(g), g) for g in report.groups], 2 * most), key=_rank)
    shown = _shown(alike, most)
    rows = [(each, _row(report, each, names)) for each in shown]
    sections = []
    for severity in (*SEVERITIES, None):
        of_it = [each for each in alike if each.look[2] == severity]
        if of_it:
            connections = plural(sum(each.connections for each in of_it), "connection")
            scope = f"{connections}, {plural(len(of_it), 'shape')}"
            own = tuple(row for each, row in rows if each.look[2] == severity)
            sections.append(Section(severity, scope, own))
    info = report.info if names is None else names.info(report.info)
    subject = Subject(
        verdict=_verdict([row for _, row in rows], report.total),
        severity=alike[0].look[2],
        scope=f"{_connections(report)}, {_services(report)}",
        facts=_facts(report),
        more=_more(alike, shown),
        cannot=_cannot(report, [row for _, row in rows]),
        source=source(info),
    )
    return glance(sections, subject, size=size, measure=measure)


def _look(group: GroupLike) -> _Look:
    """What groups told in one row have in common; the finding is the one of greatest harm."""
    found = group.findings
    if not found:
        return compact(group), group.ending, None, ""
    severity = found[0][1]
    worst = min((c for c, level, _ in found if level == severity), key=_BY_HARM.index)
    return compact(group), group.ending, severity, worst


def _rank(alike: _Alike) -> tuple[int, int, str, _Look]:
    severity = alike.look[2]
    worst = len(SEVERITIES) if severity is None else RANKS[severity]
    shape, ending, _, code = alike.look
    return worst, -alike.connections, alike.heading, (shape, ending, None, code)


def _shown(ranked: Sequence[_Alike], most: int) -> list[_Alike]:
    """The first rows of all, but at least the first of each severity."""
    leading = {each.look[2]: i for i, each in reversed(list(enumerate(ranked)))}
    chosen = set(leading.values())
    for i in range(len(ranked)):
        if len(chosen) >= most:
            break
        chosen.add(i)
    return [ranked[i] for i in sorted(chosen)]


def _row(report: _Chosen, alike: _Alike, names: Names | None) -> Row:
    _, _, severity, code = alike.look
    connections = alike.connections
    example = report.examples[alike.members[0].examples[0]]
    having = sum(n for m in alike.members for c, _, n in m.findings if c == code)
    partly = bool(code) and having < connections
    services = {member.service for member in alike.members}
    if len(services) > 1:
        where = f"{number(len(services))} services"
    else:
        [service] = services
        where = str(service if names is None else names.endpoint(service, "server"))
    return Row(
        severity=severity,
        head=code or ending(example),
        part=f"in {number(having)} of {number(connections)}" if partly else "",
        words=course(example),
        where=where,
        services=len(services),
        connections=connections,
        share=_share(connections, report.total),
        dwell=_dwell(report, alike, example),
        example=example,
    )


def _share(connections: int, total: int) -> str:
    percent = 100 * connections / total
    if connections == total:
        return "100 %"
    return "<0.1 %" if percent < 0.1 else f"{min(percent, 99.9):.1f} %"


def _dwell(
    report: _Chosen, alike: _Alike, example: Connection
) -> tuple[tuple[End, State, str], ...]:
    """The median times in the states that tell most, marked where not all could be measured."""
    unseen = {
        (t.end, t.before)
        for t in example.transitions
        if t.evidence == "timer" and t.before != "TIME_WAIT"
    }
    medians = {
        key: (min(median, report.settings.two_msl) if key[1] == "TIME_WAIT" else median, measured)
        for key, (median, measured) in _medians(report, alike).items()
        if median >= _LEAST and key not in unseen
    }
    telling = [key for key in medians if key[1] not in _DULL] or _longest(medians)
    telling.sort(key=lambda key: (WORST_FIRST.index(key[1]), key[0]))
    return tuple(
        (*key, f"{'~' * (medians[key][1] < alike.connections)}{duration(medians[key][0])}")
        for key in telling[:_DWELLS]
    )


def _medians(report: _Chosen, alike: _Alike) -> dict[tuple[End, State], tuple[int, int]]:
    """The median time in each state, and how many were measured."""
    if isinstance(report, Selection):
        return report.dwells(alike.members, WORST_FIRST[:-1])
    members = [member for member in alike.members if isinstance(member, Folded)]
    return report.dwells(members, WORST_FIRST[:-1])


def _longest(medians: dict[tuple[End, State], tuple[int, int]]) -> list[tuple[End, State]]:
    """One end for each state that took as long as any, about."""
    longest = max((median for median, _ in medians.values()), default=0)
    found = {
        state: (end, state)
        for end, state in reversed(list(medians))
        if 2 * medians[end, state][0] >= longest
    }
    return list(found.values())


def _verdict(rows: Sequence[Row], total: int) -> str:
    """The row that tells most: of what did or will do harm, most of the capture, or the worst."""
    harmful = [row for row in rows if row.severity in ("error", "warning")]
    most = max(harmful or rows, key=lambda row: row.connections)
    row = most if not harmful or 2 * most.connections >= total else rows[0]
    if total == 1:
        who = "The only connection"
    elif row.connections == total:
        who = f"All {number(total)} connections"
    else:
        who = f"{number(row.connections)} of {plural(total, 'connection')} ({row.share})"
    return f"{who}, towards {row.where}: {row.words[0].lower()}{row.words[1:]}."


def _connections(report: _Chosen) -> str:
    """How many there are, and of how many they were chosen."""
    chosen = "" if report.total == report.whole else f"{number(report.total)} of "
    return chosen + plural(report.whole, "connection")


def _services(report: _Chosen) -> str:
    return plural(len({group.service for group in report.groups}), "service")


def _facts(report: _Chosen) -> tuple[Fact, ...]:
    info = report.info
    spans = [] if info.first is None or info.last is None else [(info.first, info.last)]
    times = [
        Fact(key, value)
        for first, last in spans
        for key, value in (("from", moment(first)), ("length", duration(last - first)))
    ]
    return (
        *times,
        Fact("with a finding", number(report.total - report.healthy)),
        Fact("no finding", number(report.healthy)),
    )


def _more(alike: Sequence[_Alike], shown: Sequence[_Alike]) -> str:
    left = len(alike) - len(shown)
    if not left:
        return ""
    hidden = sum(e.connections for e in alike) - sum(e.connections for e in shown)
    return f"and {plural(left, 'more shape')}: {plural(hidden, 'connection')}"


def _cannot(report: _Chosen, rows: Sequence[Row]) -> str:
    said = []
    if any(state not in NO_SOCKET for row in rows for state in row.example.states):
        said.append("What became of the sockets still there: their times end with the capture.")
    if any(state == "TIME_WAIT" for row in rows for _, state, _ in row.dwell):
        said.append(f"When TIME_WAIT ends: taken from {report.settings.assumption}.")
    if any(0 in row.example.packets and row.example.ending != "unanswered" for row in rows):
        said.append("The states of an end of which nothing was captured: they are presumed.")
    if any(time.startswith("~") for row in rows for *_, time in row.dwell):
        said.append(
            "~ marks medians without connections whose shapes were too long or too many to keep."
        )
    said.append("Why a program did not close.")
    return " ".join(said)
