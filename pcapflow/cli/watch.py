"""``pcapflow watch``: a live interface, findings as they become true."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import chain

import click
import msgspec

from pcapflow.cli import messages, output, screen
from pcapflow.cli.capturing import Capturing, capturing, recording
from pcapflow.cli.choice import Choice, codes
from pcapflow.cli.following import Following, following
from pcapflow.cli.holders import asked
from pcapflow.cli.options import LEVEL, seconds, talking, thresholds
from pcapflow.cli.reading import say_form
from pcapflow.findings.words import clock, plural
from pcapflow.fold import Report
from pcapflow.live.follower import Follower
from pcapflow.live.held import Pair, beside, sentence
from pcapflow.live.news import News
from pcapflow.live.recorder import Recorder
from pcapflow.live.stop import Asked, Stop
from pcapflow.live.watch import Limits, Watch
from pcapflow.model import ENDS, Connection, Finding, Severity
from pcapflow.report import table
from pcapflow.report.records import record
from pcapflow.report.text import Line, Span, joined, wrapped
from pcapflow.tcp.timers import Settings
from pcapflow.values import replace

_INDENT = "    "


@click.command("watch", short_help="The same, live, as it becomes true.")
@capturing
@recording
@click.option("--plain", is_flag=True, help="Lines of text, as where there is no terminal.")
@click.option("--format", "form", type=click.Choice(["ndjson"]), help="Records for programs.")
@click.option("-c", "--count", type=click.IntRange(1), help="Stop after so many packets.")
@seconds("--duration", "Stop after so long.")
@click.option("--holders/--no-holders", default=None, help="Say which process holds a socket.")
@click.option("--netns", metavar="NS", multiple=True, help="Whose sockets: a name, path or pid.")
@click.option("--only", metavar="CODE", multiple=True, help="Tell only findings of this code.")
@click.option("--severity", type=LEVEL, help="Tell only findings at or above this level.")
@following
@thresholds
@talking
def command(
    capturing: Capturing,
    record: Callable[[Callable[[str], None]], Recorder] | None,
    plain: bool,
    form: str | None,
    count: int | None,
    duration: int | None,
    holders: bool | None,
    netns: tuple[str, ...],
    only: tuple[str, ...],
    severity: Severity | None,
    following: Following,
    settings: Settings,
) -> int:
    """Tell what goes wrong on a live interface when it becomes true, and sum up at Ctrl-C.

    With --format ndjson there is a line when a connection ends and when a finding on it becomes
    true; of several lines with one id the last one holds.

    - reads a capture from standard input, which needs no rights here:
    ssh HOST tcpdump -U -w - | pcapflow watch -

    The default filter takes TCP, and the ICMP errors that quote it.  What is within a tunnel (GRE,
    VXLAN, PPPoE, MPLS) is no TCP to a capture filter: -f '' takes all.
    """
    if plain and form is not None:
        messages.refuse("--plain is for people and --format for programs: choose one")
    choice = Choice(only=codes(only), severity=severity)
    settings = replace(settings, teardowns_only=capturing.teardowns)
    say_form()
    shown = form is None and not plain and screen.possible()
    kept = following.ring() if shown or following.folder is not None else None
    with (
        following.followers(kept, settings) as followers,
        closing(capturing.begin()) as packets,
        asked(capturing.asks(holders, netns), netns) as host,
        # The screen has the main thread, and hears signals itself.
        Asked() if shown else Stop() as stop,
    ):
        recorder = None if record is None else record(messages.error)
        if recorder is not None:
            followers = [recorder, *followers]
        limits = Limits(count, duration)
        with closing(Watch(packets, settings, limits, [_Missing(), *followers], host)) as watch:
            news = _chosen(watch, stop, choice)
            if shown and kept is not None:
                screen.show(watch, packets, kept, settings, news, stop)
            else:
                by = f" through {packets.feeder}" if packets.local else ""
                messages.note(f"watching {capturing.name}{by}; Ctrl-C ends it with a summary")
                (_records if form == "ndjson" else _lines)(news)
        report = watch.report()
    if form == "ndjson":
        messages.note(_counted(report))
    else:
        _summary(report, recorder is not None)
    if report.info.truncated is not None:
        messages.note(report.info.truncated)
    if watch.fault is not None:
        messages.error(str(watch.fault))
        return 2
    return 2 if recorder is not None and recorder.failed else 0


class _Missing(Follower):
    """Says what is lost for want of room, again when it has become ten times as much."""

    def __init__(self) -> None:
        self._drops = self._evicted = 1  # from so many on it is said

    def began(self, watch: Watch) -> None:
        self._watch = watch

    def passed(self, now: int) -> None:
        counts = self._watch.counts()
        if counts.drops is not None and counts.drops >= self._drops:
            self._drops = 10 * counts.drops
            messages.note(
                f"{plural(counts.drops, 'packet')} dropped for want of room: findings on "
                "connections open at the time are less sure. Try: --teardowns-only, a narrower "
                "-f, or -B"
            )
        if counts.evicted >= self._evicted:
            self._evicted = 10 * counts.evicted
            messages.note(
                f"{plural(counts.evicted, 'connection')} closed early to make room for others. "
                "Try: a narrower -f, or a greater --max-connections"
            )


def _chosen(watch: Watch, stop: Asked, choice: Choice) -> Iterator[News]:
    """What is new of the chosen findings, until the watch is over, and then what is left."""
    for news in chain(watch.news(stop), watch.end()):
        connection = choice.of(news.connection)
        if connection is not None:
            findings = tuple(f for f in connection.findings if f in news.findings)
            yield news._replace(connection=connection, findings=findings)


def _records(news: Iterator[News]) -> None:
    """A line of ndjson for each connection that ended or has a new finding."""
    encode = msgspec.json.Encoder().encode
    with output.opened(None, force=False) as stream:
        for each in news:
            if each.ended or each.findings:
                stream.write(encode(beside(record(each.connection), each.held)) + b"\n")
                stream.flush()


def _lines(news: Iterator[News]) -> None:
    """Each finding with its connection; in full where it is the first of its code and level."""
    width, letters = output.width(None), output.letters(None)
    known: set[tuple[str, Severity]] = set()
    with output.printer(None, force=False) as put:
        for each in news:
            for finding in each.findings:
                kind = (finding.code, finding.severity)
                holders = list(_held(each.held, finding, width))
                told = _told(each.connection, finding, holders, kind in known, width, letters)
                put(list(told))
                known.add(kind)


def _told(
    connection: Connection,
    finding: Finding,
    holders: list[Line],
    briefly: bool,
    width: int,
    letters: bool,
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
    yield from holders
    if not briefly:
        for step in finding.advice.splitlines()[:1]:
            yield from wrapped(step, width, f"{_INDENT}→ ", f"{_INDENT}  ")


def _held(held: Pair, finding: Finding, width: int) -> Iterator[Line]:
    """Who holds the socket of the end that a finding is about, where it is open and here."""
    for end, socket in zip(ENDS, held, strict=True):
        if end == finding.end and socket is not None and socket.inode:
            yield from wrapped(sentence(socket), width, _INDENT, _INDENT)


def _summary(report: Report, recorded: bool) -> None:
    """The table, without the commands that need a file, and how to get one."""
    told = table.lines(report, output.width(None), letters=output.letters(None))
    kept = [line for line in told if "pcapflow diagram" not in joined(line)]
    if not recorded:
        kept.append((Span("→ to keep the packets too: -w FILE", "muted"),))
    output.write(None, False, [(), *kept])


def _counted(report: Report) -> str:
    info = report.info
    told = [plural(info.packets, "packet"), plural(report.total, "connection")]
    if info.drops:
        told.append(f"{plural(info.drops, 'packet')} dropped for want of room")
    if info.closed_early:
        told.append(f"{plural(info.closed_early, 'connection')} closed early to make room")
    return "; ".join((", ".join(told[:2]), *told[2:]))
