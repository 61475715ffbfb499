"""The default report: what is wrong, worst first; then how connections ended; then what to type.

Imports nothing heavy: start-up is part of what a small capture costs.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from pcapflow.findings.words import duration, listing, number, plural
from pcapflow.hints import TYPE_CHECKING
from pcapflow.model import ELSEWHERE
from pcapflow.report.shapes import shape_table
from pcapflow.report.text import Line, Span, joined, wrapped
from pcapflow.report.times import date_and_clock
from pcapflow.values import Record

if TYPE_CHECKING:
    from pcapflow.model import Across, CaptureInfo, Endpoint, Finding, Severity
    from pcapflow.report.source import GroupLike, ReportLike

MARKS = {"error": "✗", "warning": "!", "info": "i"}
WORDS = {"error": "error", "warning": "warning", "info": "info"}
IN_FULL = 3
"""Findings told with their message and advice; the rest is one line each."""

_LINES = 48  # of a whole report, if its findings leave room
_SHAPES = (6, 14)  # lines for services and shapes: at least, at most
_TEXT_WIDTH = 110  # paragraphs do not get wider: long lines are hard to read
_ASKED = 20  # shapes whose example is asked where the capture was made
_REASONS = 4  # reasons for packets not judged that are told apart
_UNQUOTED = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_@%+=:,./-")
"""What no shell takes for anything else."""
_ALL_FILES = 3  # files that a command line names before it says FILE...


class Found(Record):
    """All findings of one code and severity, and the connection that shows them best.

    Or a finding ``across`` connections, the largest of ``alike`` ones.
    """

    code: str
    severity: Severity
    connections: int
    services: tuple[Endpoint, ...]
    flow: int | None
    finding: Finding | None
    across: Across | None = None
    alike: tuple[Across, ...] = ()


def lines(
    report: ReportLike, width: int, *, everything: bool = False, letters: bool = True
) -> list[Line]:
    """The report in at most ``width`` columns, if its addresses and file names allow.

    ``everything`` tells all findings in full and lists all connections; without ``letters``, words
    stand in for marks (see ``text.can_write``).
    """
    marks = MARKS if letters else WORDS
    if report.total == 0 and not report.across:
        return [*_head(report, width), *_judged(report, width)]
    if report.healthy == report.total and not report.across and not everything:
        return _healthy(report, width)
    found = ranked(report, fold=not everything)
    told = [*_head(report, width), ()]
    told += _findings(found, marks, width, everything)
    room = max(_SHAPES[0], min(_SHAPES[1], _LINES - len(told) - 8))
    table = shape_table(report.groups, report.total, width, None if everything else room, marks)
    told += [*table, ()]
    if everything:
        told += [*_connections(report, width), ()]
    told += _judged(report, width)
    told += _next(report, found)
    return told


def ranked(report: ReportLike, *, fold: bool = True) -> list[Found]:
    """What was found: by severity, then by how often, then by the harm that its rule stands for.

    Of one severity, what is true across connections comes first; ``fold`` tells what is of one kind
    at many hosts and services once.
    """
    from pcapflow.findings.catalogue import RULES  # loaded by now wherever there are findings

    having: dict[tuple[str, Severity], list[tuple[int, GroupLike]]] = {}
    for group in report.groups:
        for code, severity, connections in group.findings:
            having.setdefault((code, severity), []).append((connections, group))
    severities, codes = list(MARKS), [rule.CODE for rule in RULES]
    by_harm = sorted(
        (severities.index(severity), -count, codes.index(code), code, severity)
        for (code, severity), count in report.findings.items()
        if count
    )
    kinds: dict[object, list[Across]] = {}
    for a in report.across:
        kinds.setdefault((a.code, a.severity) if fold else id(a), []).append(a)
    piles = [
        Found(a.code, a.severity, a.connections, (a.service,), a.examples[0], None, a, tuple(alike))
        for a, *alike in kinds.values()
    ]
    rest = [
        _found(report, code, severity, -count, having.get((code, severity), []))
        for _, count, _, code, severity in by_harm
    ]
    return sorted(piles + rest, key=lambda each: severities.index(each.severity))


def _found(
    report: ReportLike,
    code: str,
    severity: Severity,
    count: int,
    having: list[tuple[int, GroupLike]],
) -> Found:
    """The finding of a group which has most of it, and of these the earliest connection."""
    services = tuple(dict.fromkeys(group.service for _, group in having))
    having.sort(key=lambda item: -item[0])
    for _, equals in groupby(having, key=lambda item: item[0]):
        for examples in sorted(group.examples for _, group in equals):
            for flow in examples:
                for finding in report.examples[flow].findings:
                    if (finding.code, finding.severity) == (code, severity):
                        return Found(code, severity, count, services, flow, finding)
    return Found(code, severity, count, services, None, None)


def _head(report: ReportLike, width: int) -> list[Line]:
    return _joined(facts(report), width)


def facts(report: ReportLike) -> list[str]:
    """The capture in a line: its files, how much was read, from when, and where it was made."""
    info = report.info
    parts = [_files(info), plural(info.packets, "packet"), _count(report), *_span(info)]
    asked = [flow for group in report.groups[:_ASKED] for flow in group.examples[:1]]
    vantages = {report.vantage(flow) for flow in asked} - {"unknown"}
    if len(vantages) == 1:
        where = vantages.pop()
        parts.append(
            "captured between the ends" if where == "between" else f"captured at the {where}"
        )
    return parts


def _count(report: ReportLike) -> str:
    """How many connections; of how many, where some were chosen."""
    whole = plural(report.whole, "TCP connection")
    return whole if report.total == report.whole else f"{number(report.total)} of {whole}"


def _healthy(report: ReportLike, width: int) -> list[Line]:
    info = report.info
    head = _joined([_files(info), plural(info.packets, "packet"), *_span(info)], width)
    counts = sorted(report.endings.items(), key=lambda item: (-item[1], item[0]))
    endings = listing([f"{number(count)} {ending}" for ending, count in counts])
    total = _count(report)
    if not report.endings.keys() <= {"orderly", "open"}:
        whole = f"Nothing found wrong with {total}"
    elif report.total == 1:
        whole = "The one TCP connection is healthy"
    else:
        whole = f"All {total} are healthy"
    flaws = _flaws(info, report.fault)
    quality = [f"Capture quality: {listing(flaws)}."] if flaws else []
    skipped = [_not_judged(info)] if info.skipped else []
    verdict = " ".join([f"{whole}: {endings}.", *skipped, *quality])
    return [*head, *wrapped(verdict, min(width, _TEXT_WIDTH))]


def _findings(
    found: list[Found], marks: dict[str, str], width: int, everything: bool
) -> Iterator[Line]:
    """By severity, the worst of them in full, the others in a line each."""
    if not found:
        return
    code = max(len(each.code) for each in found)
    full = found if everything else _worst(found)
    in_brief = False
    for each in found:
        if each in full and in_brief:
            yield ()
        in_brief = each not in full
        yield from _heading(each, marks, code, width)
        if not in_brief:
            steps = None if everything or each is full[0] else 1
            yield from _body(each, min(width, _TEXT_WIDTH), steps)
            yield ()
    if in_brief:
        yield ()


def _worst(found: list[Found]) -> list[Found]:
    """Those to tell in full: at most three, infos only where there is nothing worse.

    A finding about segments that a worse one has told already is not told twice.
    """
    full: list[Found] = []
    for each in [each for each in found if each.severity != "info"] or found:
        if len(full) < IN_FULL and not any(_same_segments(each, told) for told in full):
            full.append(each)
    return full


def _same_segments(one: Found, other: Found) -> bool:
    if other.across is not None:
        return one.flow in other.across.examples
    if one.finding is None or other.finding is None or one.flow != other.flow:
        return False
    return not set(one.finding.frames).isdisjoint(other.finding.frames)


def concerned(each: Found) -> str:
    """Which connections a finding is about: how many, to which service, such as which one."""
    where = f"{number(len(each.services))} services"
    if ELSEWHERE in each.services:
        where = f"more than {plural(len(each.services) - 1, 'service')}"
    elif len(each.services) == 1:
        where = str(each.services[0])
    told = f"{plural(each.connections, 'connection')} to {where}"
    if each.across is not None:
        told = each.across.head + _more(each.alike)
    elif each.flow is not None:
        told += f", such as flow {each.flow}" if each.connections > 1 else f", flow {each.flow}"
    return told


def _heading(each: Found, marks: dict[str, str], code: int, width: int) -> list[Line]:
    mark = f"{marks[each.severity]:<{max(map(len, marks.values()))}} "
    name = f"{each.code:<{code}}  "
    first, *rest = wrapped(mark + name + concerned(each), width, rest="    ")
    head = joined(first)
    edge = len(mark)
    spans = (
        Span(head[:edge], each.severity),
        Span(head[edge : edge + len(name)], "strong"),
        Span(head[edge + len(name) :]),
    )
    return [spans, *rest]


def _more(alike: Sequence[Across]) -> str:
    """How many others there are of a kind, and how large."""
    if not alike:
        return ""
    most, fewest = alike[0].connections, alike[-1].connections
    sizes = plural(most, "connection")
    if fewest != most:
        sizes = f"{number(fewest)} to {sizes}"
    if len(alike) == 1:
        return f"; and one more pile of {sizes}"
    return f"; and {number(len(alike))} more piles of {sizes} each"


def _body(each: Found, width: int, most: int | None) -> Iterator[Line]:
    """Its own or the example's message, and at most so many steps of its advice."""
    said = each.across or each.finding
    if said is None:
        return
    yield from wrapped(said.message, width, "    ", "    ")
    for step in said.advice.splitlines()[:most]:
        yield from wrapped(step, width, "    → ", "      ")


def _connections(report: ReportLike, width: int) -> Iterator[Line]:
    for connection in report.connections():
        codes = " ".join(dict.fromkeys(finding.code for finding in connection.findings))
        yield from wrapped(
            f"{connection.id}  {connection.client} → {connection.server}  {connection.ending}  "
            f"{codes}",
            width,
            "  ",
            "      ",
        )


def _judged(report: ReportLike, width: int) -> list[Line]:
    return wrapped(judged(report), min(width, _TEXT_WIDTH))


def judged(report: ReportLike) -> str:
    """How much was judged and found healthy, and what is wrong with the capture itself."""
    info = report.info
    told = (
        f"{number(report.healthy)} of {number(report.total)} without a finding. "
        if report.total
        else ""
    )
    told += _not_judged(info) if info.skipped else "Not judged: nothing."
    flaws = _flaws(info, report.fault) or ["no duplicates, not cut off"]
    told += f" Capture quality: {listing(flaws)}."
    return told


def _not_judged(info: CaptureInfo) -> str:
    reasons = sorted(info.skipped.items(), key=lambda item: (-item[1], item[0]))
    told = [f"{number(count)} {reason}" for reason, count in reasons[:_REASONS]]
    if len(reasons) > _REASONS:
        told.append(f"{number(sum(count for _, count in reasons[_REASONS:]))} for other reasons")
    return f"Not judged: {plural(sum(info.skipped.values()), 'packet')} ({', '.join(told)})."


def _flaws(info: CaptureInfo, fault: object | None) -> list[str]:
    told = []
    if info.duplicates:
        told.append(f"{plural(info.duplicates, 'duplicate')} left out")
    if info.closed_early:
        told.append(f"{plural(info.closed_early, 'connection')} closed early to make room")
    if info.drops:
        told.append(f"{plural(info.drops, 'packet')} dropped by the capturing kernel")
    if info.truncated is not None:
        told.append("cut off at its end")
    if fault is not None:
        told.append("damaged, and judged only up to there")
    return told


def _next(report: ReportLike, found: list[Found]) -> list[Line]:
    """The commands to go on with, for the worst finding that has an example."""
    worst = next((each for each in found if each.flow is not None), None)
    if worst is None:
        flow = min(report.examples, default=None)
        commands = [] if flow is None else [_diagram(report.info, flow, "connection")]
    else:
        commands = [
            _diagram(report.info, worst.flow, worst.code),
            f"pcapflow explain {worst.code}",
        ]
    return [(Span("→ ", "muted"), Span(command)) for command in commands]


def _diagram(info: CaptureInfo, flow: int | None, name: str) -> str:
    files = " ".join(map(_quoted, info.files))
    if len(info.files) > _ALL_FILES or "-" in info.files:
        files = "FILE" if "-" in info.files else "FILE..."
    return f"pcapflow diagram {files} --flow {flow} -o {name}.png"


def _quoted(name: str) -> str:
    if name.startswith("-"):
        name = f"./{name}"
    if name and _UNQUOTED.issuperset(name):
        return name
    import shlex  # few names need it

    return shlex.quote(name)


def _files(info: CaptureInfo) -> str:
    names = ["standard input" if name == "-" else name.rpartition("/")[2] for name in info.files]
    if len(names) > _ALL_FILES:
        return f"{names[0]} and {number(len(names) - 1)} more files"
    return " + ".join(names)


def _span(info: CaptureInfo) -> list[str]:
    if info.first is None or info.last is None:
        return []
    return [f"{duration(info.last - info.first)} from {date_and_clock(info.first)}"]


def _joined(parts: list[str], width: int) -> list[Line]:
    """The parts with dots between them, broken only there."""
    told: list[list[str]] = [[]]
    for part in parts:
        if told[-1] and len(" · ".join([*told[-1], part])) > width:
            told.append([])
        told[-1].append(part)
    indent = "  "
    return [
        (Span(("" if i == 0 else indent) + " · ".join(line), "strong" if i == 0 else ""),)
        for i, line in enumerate(told)
    ]
