"""What ``pcapflow analyze`` does once it is known what was asked for; needs no click."""

from __future__ import annotations

from collections.abc import Iterable

from pcapflow.cli import messages
from pcapflow.cli.choice import Choice, reaches
from pcapflow.cli.reading import STDIN, Patience, Reading, check, read, say_form, told
from pcapflow.hints import TYPE_CHECKING
from pcapflow.tcp.timers import DEFAULTS, Settings
from pcapflow.values import Record, replace

if TYPE_CHECKING:
    from pcapflow.cli.selection import Selection
    from pcapflow.fold import Report
    from pcapflow.model import CrossCheck, Severity

FORMATS = ("table", "json", "ndjson", "csv", "tsv", "zeek")


class Request(Record):
    """What was asked for; without more than ``files``, what no option at all asks for."""

    files: tuple[str, ...]
    settings: Settings = DEFAULTS
    choice: Choice = Choice()
    display_filter: str | None = None
    cross_check: bool = False
    form: str = "table"
    path: str | None = None
    force: bool = False
    fail_on: Severity | None = None
    strict: bool = False


def run(request: Request) -> int:
    """Read, report, and say what was wrong; return the exit code."""
    if request.path is not None:
        from pcapflow.cli import output

        output.check(request.path, request.force, request.files)
    if STDIN in request.files:
        if request.display_filter is not None or request.cross_check:
            option = "--cross-check" if request.cross_check else "-Y"
            messages.refuse(f"{option} reads a capture twice: write standard input to a file first")
        if request.form == "ndjson":
            return _stream(request)
    choice = request.choice
    keep = request.form != "table" or choice.narrows or choice.everything
    keep = keep or request.display_filter is not None
    reading = read(
        request.files,
        request.settings,
        keep=keep,
        hashing=request.form == "json",
        display_filter=request.display_filter,
        cross_check=request.cross_check,
    )
    report = _chosen(reading, choice)
    _write(request, report, reading.crossed)
    code = told(reading.report, strict=request.strict)
    found = {severity for _, severity in report.findings} | {a.severity for a in report.across}
    return code or _reached(request.fail_on, found)


def _chosen(reading: Reading, choice: Choice) -> Report | Selection:
    """The whole report, or the part of it that was chosen."""
    choice = replace(choice, ids=reading.ids).placed(reading.report.info.first)
    if not choice.narrows:
        return reading.report
    from pcapflow.cli.selection import Selection

    selection = Selection(reading.report, choice)
    if selection.total == 0 and not selection.across:
        if choice.flow is not None and reading.report.total:
            messages.refuse(f"no such connection among {reading.report.total:,}")
        messages.note("no connection is left by the filters")
    return selection


def _write(request: Request, report: Report | Selection, crossed: CrossCheck | None) -> None:
    from pcapflow.cli import output

    if request.form == "table":
        from pcapflow.report import table

        width = output.width(request.path)
        text = table.lines(
            report,
            width,
            everything=request.choice.everything,
            letters=output.letters(request.path),
        )
        if crossed is not None:
            from pcapflow.report import crosscheck

            text += crosscheck.lines(crossed, width)
        output.write(request.path, request.force, text)
        return
    with output.opened(request.path, request.force) as stream:
        for piece in _pieces(request.form, report, crossed):
            stream.write(piece)
    if crossed is not None and request.form != "json":
        from pcapflow.report import crosscheck

        messages.section(crosscheck.lines(crossed, output.width(None)))


def _pieces(form: str, report: Report | Selection, crossed: CrossCheck | None) -> Iterable[bytes]:
    files = list(zip(report.info.files, report.info.first_frames, strict=True))
    if form == "json":
        from pcapflow.report import json_

        return json_.chunks(report, files, crossed)
    if form == "ndjson":
        from pcapflow.report import ndjson

        return ndjson.lines(report, files)
    if form == "zeek":
        from pcapflow.report import zeek

        return (line.encode() for line in zeek.lines(report))
    from pcapflow.report import csv_

    return (line.encode() for line in csv_.lines(report, "," if form == "csv" else "\t"))


def _stream(request: Request) -> int:
    """Lines of ndjson as the connections of a pipe end, for whoever reads along."""
    from pcapflow.cli import output
    from pcapflow.live.stream import Over, stream
    from pcapflow.report.records import encoded

    whole = not request.choice.narrows and request.fail_on is None
    found: set[Severity] = set()
    reports: list[Report] = []  # none where nobody reads to the end
    check(request.files)
    say_form()
    with output.opened(request.path, request.force) as lines, Patience(request.files):

        def give(over: Over) -> None:
            if whole:
                lines.write(over.record() + b"\n")
                lines.flush()
                return
            chosen = request.choice.placed(over.began).of(over.connection())
            if chosen is not None:
                found.update(finding.severity for finding in chosen.findings)
                lines.writelines(line + b"\n" for line in encoded([chosen]))
                lines.flush()

        reports.append(stream(STDIN, request.settings, give))
    code = max((told(report, strict=request.strict) for report in reports), default=0)
    return code or _reached(request.fail_on, found)


def _reached(level: Severity | None, severities: Iterable[Severity]) -> int:
    """1 where a finding is at or above the level."""
    return int(level is not None and any(reaches(severity, level) for severity in severities))
