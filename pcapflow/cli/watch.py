"""``pcapflow watch``: a live interface, findings as they become true."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from itertools import chain

import click
import msgspec

from pcapflow.capture.live import Live
from pcapflow.cli import messages, output, screen
from pcapflow.cli.choice import Choice, codes
from pcapflow.cli.options import LEVEL, seconds, talking, thresholds
from pcapflow.cli.reading import say_form
from pcapflow.findings.words import clock, plural
from pcapflow.fold import Report
from pcapflow.live.news import News
from pcapflow.live.stop import Asked, Stop
from pcapflow.live.watch import Limits, Watch
from pcapflow.model import Connection, Finding, Severity
from pcapflow.report import table
from pcapflow.report.records import record
from pcapflow.report.text import Line, Span, joined, wrapped
from pcapflow.tcp.timers import Settings

_INDENT = "    "


@click.command("watch", short_help="The same, live, as it becomes true.")
@click.option("-i", "--interface", required=True, metavar="IFACE", help="The interface, or any.")
@click.option("--plain", is_flag=True, help="Lines of text, as where there is no terminal.")
@click.option("--format", "form", type=click.Choice(["ndjson"]), help="Records for programs.")
@click.option("-c", "--count", type=click.IntRange(1), help="Stop after so many packets.")
@seconds("--duration", "Stop after so long.")
@click.option("--only", metavar="CODE", multiple=True, help="Tell only findings of this code.")
@click.option("--severity", type=LEVEL, help="Tell only findings at or above this level.")
@thresholds
@talking
def command(
    interface: str,
    plain: bool,
    form: str | None,
    count: int | None,
    duration: int | None,
    only: tuple[str, ...],
    severity: Severity | None,
    settings: Settings,
) -> int:
    """Tell what goes wrong on a live interface when it becomes true, and sum up at Ctrl-C.

    With --format ndjson there is a line when a connection ends and when a finding on it becomes
    true; of several lines with one id the last one holds.
    """
    if plain and form is not None:
        messages.refuse("--plain is for people and --format for programs: choose one")
    choice = Choice(only=codes(only), severity=severity)
    say_form()
    kept = screen.ring() if form is None and not plain and screen.possible() else None
    followers = [] if kept is None else [kept]
    # The screen has the main thread, and hears signals itself.
    with closing(Live(interface)) as live, Stop() if kept is None else Asked() as stop:
        watch = Watch(live, settings, Limits(count, duration), followers)
        news = _chosen(watch, stop, choice)
        if kept is None:
            messages.note(f"watching {interface}; Ctrl-C ends it with a summary")
        if kept is not None:
            screen.show(watch, live, kept, settings, news, stop)
        elif form == "ndjson":
            _records(news)
        else:
            _lines(news)
        report = watch.report()
    if form == "ndjson":
        messages.note(_counted(report))
    else:
        _summary(report)
    if watch.fault is not None:
        messages.error(str(watch.fault))
        return 2
    return 0


def _chosen(watch: Watch, stop: Asked, choice: Choice) -> Iterator[News]:
    """What is new of the chosen findings, until the watch is over, and then what is left."""
    for news in chain(watch.news(stop), watch.end()):
        connection = choice.of(news.connection)
        if connection is not None:
            findings = tuple(f for f in connection.findings if f in news.findings)
            yield News(connection, findings, news.ended)


def _records(news: Iterator[News]) -> None:
    """A line of ndjson for each connection that ended or has a new finding."""
    encode = msgspec.json.Encoder().encode
    with output.opened(None, force=False) as stream:
        for connection, findings, ended in news:
            if ended or findings:
                stream.write(encode(record(connection)) + b"\n")
                stream.flush()


def _lines(news: Iterator[News]) -> None:
    """Each finding with its connection; in full where it is the first of its code and level."""
    width, letters = output.width(None), output.letters(None)
    known: set[tuple[str, Severity]] = set()
    with output.printer(None, force=False) as put:
        for connection, findings, _ in news:
            for finding in findings:
                kind = (finding.code, finding.severity)
                put(list(_told(connection, finding, kind in known, width, letters)))
                known.add(kind)


def _told(
    connection: Connection, finding: Finding, briefly: bool, width: int, letters: bool
) -> Iterator[Line]:
    mark = (table.MARKS if letters else table.WORDS)[finding.severity]
    ends = f"flow {connection.id}  {connection.client} → {connection.server}"
    yield (
        Span(f"{clock(connection.capture_end)} "),
        Span(f"{mark} ", finding.severity),
        Span(finding.code, "strong"),
        Span(f"  {ends}"),
    )
    if not briefly:
        yield from wrapped(finding.message, width, _INDENT, _INDENT)
        for step in finding.advice.splitlines()[:1]:
            yield from wrapped(step, width, f"{_INDENT}→ ", f"{_INDENT}  ")


def _summary(report: Report) -> None:
    """The table, without the commands that need a file, and how to get one."""
    told = table.lines(report, output.width(None), letters=output.letters(None))
    kept = [line for line in told if "pcapflow diagram" not in joined(line)]
    interface = report.info.files[0]
    again = f"→ to keep the packets: tcpdump -i {interface} -w FILE tcp"
    output.write(None, False, [(), *kept, (Span(again, "muted"),)])


def _counted(report: Report) -> str:
    info = report.info
    told = f"{plural(info.packets, 'packet')}, {plural(report.total, 'connection')}"
    return told + (f"; {plural(info.drops, 'packet')} dropped by the kernel" if info.drops else "")
