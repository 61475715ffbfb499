"""``pcapflow states``: netstat for a capture, at a moment and over time."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING, Any

import click

from pcapflow.cli import messages, output
from pcapflow.cli.drawing import painting
from pcapflow.cli.options import captures, talking, thresholds, writing
from pcapflow.cli.over_time import Span, span
from pcapflow.cli.reading import STDIN, read, told
from pcapflow.cli.state_names import states
from pcapflow.model import State
from pcapflow.tcp.timers import Settings
from pcapflow.values import Record

if TYPE_CHECKING:
    from pcapflow.cli.moment import Moment
    from pcapflow.draw import Finish
    from pcapflow.fold import Report
    from pcapflow.scene.sheet import Size
    from pcapflow.sockets import By, Sockets

PICTURES = ("png", "svg", "pdf")
FORMATS = ("table", "json", "csv", *PICTURES)
END = "end"
_TABLE = 4  # places in a table over time


class Request(Record):
    """What was asked for."""

    files: tuple[str, ...]
    at: str | None
    span: Span
    by: By
    most: int | None
    hosts: tuple[str, ...]
    ports: tuple[int, ...]
    states: frozenset[State] | None
    sums: bool
    everything: bool
    display_filter: str | None
    settings: Settings
    form: str | None
    path: str | None
    force: bool
    strict: bool
    size: Size
    finish: Finish


@click.command("states", short_help="netstat for a capture: which socket was in which state.")
@captures
@click.option(
    "--at",
    metavar="TIME",
    help="The moment: 2026-01-31T10:00:03Z, +12.5s after the first packet, or end.  [default: end]",
)
@click.option("--every", metavar="TIME", help="Over time, so often: 1s, 250ms, 5m.")
@click.option("--from", "since", metavar="TIME", help="Over time, from this moment on.")
@click.option("--to", "until", metavar="TIME", help="Over time, up to this moment.")
@click.option(
    "--by",
    type=click.Choice(["host", "service"]),
    default="host",
    show_default=True,
    help="Over time, count each host's sockets, or those of each end of a service.",
)
@click.option(
    "--top",
    "most",
    metavar="N",
    type=click.IntRange(1),
    help="Over time, tell only so many apart, those with the most trouble.",
)
@click.option(
    "--host",
    "hosts",
    metavar="ADDRESS",
    multiple=True,
    help="Only sockets of this machine; also of a network, 10.1.0.0/16.",
)
@click.option(
    "--port",
    "ports",
    metavar="PORT",
    type=click.IntRange(0, 65535),
    multiple=True,
    help="Only sockets of connections with an end there.",
)
@click.option(
    "--state",
    "states",
    metavar="STATE",
    multiple=True,
    callback=states,
    help="Only sockets in this state, as netstat, ss or RFC 9293 spell it.",
)
@click.option("-s", "--summary", "sums", is_flag=True, help="Only the sums by state, as ss -s.")
@click.option("--all", "everything", is_flag=True, help="List every socket of every host.")
@click.option(
    "-Y",
    "display_filter",
    metavar="FILTER",
    help="Only connections with a frame that this Wireshark display filter shows (needs tshark).",
)
@thresholds
@click.option(
    "--format",
    "form",
    type=click.Choice(FORMATS),
    help="How to write the result.  [default: as FILE is called, else table]",
)
@writing
@click.option("--strict", is_flag=True, help="A truncated capture is an error.")
@painting
@talking
def command(every: str | None, since: str | None, until: str | None, **asked: Any) -> int:
    """Tell what ss -tan would have shown on each host at a moment of the capture.

    With --every, --from or --to, and in csv and pictures unless --at is given, tell how many
    sockets were in each state over time.

    FILE is a pcap or pcapng capture, plain or packed, or - for standard input; several, such as
    the files of a ring, are merged by time.
    """
    return run(Request(span=span(every, since, until), **asked))


def run(request: Request) -> int:
    """Read, ask for the sockets, and say what was wrong; return the exit code."""
    form = _form(request)
    spread = request.span != Span()
    over_time = request.at is None and (spread or form in ("csv", *PICTURES))
    _check(request, form, spread, over_time)
    asked = None
    if request.at not in (None, END):
        from pcapflow.cli.moment import moment

        asked = moment(request.at)
    hosts = _hosts(request.hosts)
    reading = read(
        request.files,
        request.settings,
        keep=True,
        hashing=form in PICTURES,
        display_filter=request.display_filter,
    )
    report = reading.report
    timeline = report.timeline()
    if timeline is None:
        told(report, strict=False)
        messages.refuse("there is no TCP connection")
    from pcapflow.sockets import Chosen, Sockets

    chosen = Chosen(
        host=hosts,
        ports=frozenset(request.ports) or None,
        ids=reading.ids,
        states=request.states,
    )
    sockets = Sockets(report, timeline, chosen)
    if over_time:
        moments = request.span.moments(timeline.first, timeline.last)
        _over_time(request, report, sockets, moments, form)
    else:
        _at(request, sockets, _placed(asked, timeline.first, timeline.last), form)
    return told(report, strict=request.strict)


def _check(request: Request, form: str, spread: bool, over_time: bool) -> None:
    """Raise UsageError for what does not go together, before any work."""
    output.check(request.path, request.force, request.files)
    if request.at is not None and (spread or form in PICTURES):
        messages.refuse("--at is one moment; leave it out for states over time")
    if not over_time and (request.by != "host" or request.most is not None):
        messages.refuse("--by and --top are about states over time. Try: --every 1s")
    if request.sums and (over_time or form != "table"):
        messages.refuse("-s is a table of one moment; leave it out")
    if form in ("png", "pdf") and request.path is None and output.on_terminal():
        messages.refuse(f"a {form} picture is nothing for a terminal. Try: -o FILE.{form}")
    if STDIN in request.files and request.display_filter is not None:
        messages.refuse("-Y reads a capture twice: write standard input to a file first")


def _over_time(
    request: Request, report: Report, sockets: Sockets, moments: list[int], form: str
) -> None:
    """Write how many sockets of each state each place had at some moments."""
    from pcapflow.plot import PLACES, picture
    from pcapflow.report import counts

    most = request.most
    if most is None and not request.everything:
        most = _TABLE if form == "table" else PLACES if form in PICTURES else None
    layers = sockets.over(moments, request.by, most)
    if form == "table":
        width = output.width(request.path)
        text = counts.lines(layers, moments, sockets.first, width, everything=request.everything)
        output.write(request.path, request.force, text)
        return
    pieces: Iterable[bytes]
    if form in PICTURES:
        from pcapflow.draw import render

        drawn = picture(report, layers, moments, _hosts(request.hosts), request.size)
        pieces = [render(drawn, f".{form}", request.finish)]
    elif form == "json":
        pieces = [counts.json_line(layers, moments, sockets.first)]
    else:
        pieces = (line.encode() for line in counts.csv_lines(layers, moments, sockets.first))
    _write(request, pieces)


def _at(request: Request, sockets: Sockets, moment: int, form: str) -> None:
    """Write what each host held at a moment."""
    from pcapflow.report import netstat

    when = netstat.Moment(moment, sockets.first)
    hosts = sockets.at(moment)
    if form == "table":
        most = None if request.everything else netstat.most(hosts)
        text = netstat.lines(
            hosts,
            lambda host: sockets.listed(host, moment, most),
            when,
            output.width(request.path),
            everything=request.everything,
            sums_only=request.sums,
        )
        output.write(request.path, request.force, text)
        return
    pieces: Iterable[bytes]
    if form == "json":
        pieces = netstat.json_chunks(hosts, lambda host: sockets.listed(host, moment), when)
    else:
        text_lines = netstat.csv_lines(hosts, lambda host: sockets.listed(host, moment), when)
        pieces = (line.encode() for line in text_lines)
    _write(request, pieces)


def _write(request: Request, pieces: Iterable[bytes]) -> None:
    with output.opened(request.path, request.force) as stream:
        for piece in pieces:
            stream.write(piece)


def _form(request: Request) -> str:
    if request.form is not None:
        return request.form
    suffix = "" if request.path is None else os.path.splitext(request.path)[1].lower()
    return suffix[1:] if suffix[1:] in FORMATS else "table"


def _placed(asked: Moment | None, first: int, last: int) -> int:
    """The moment as a time of the capture; UsageError where the capture does not reach it."""
    if asked is None:
        return last
    at = asked.placed(first).at
    if first <= at <= last:
        return at
    from pcapflow.findings.words import duration
    from pcapflow.report.times import iso

    side = "before the first" if at < first else "after the last"
    messages.refuse(
        f"--at is {side} TCP packet of the capture, which goes from {iso(first)} to {iso(last)} "
        f"(+{duration(last - first)})"
    )


def _hosts(named: tuple[str, ...]) -> Callable[[str], bool] | None:
    """Whether an address is one of those that were named."""
    if not named:
        return None
    from pcapflow.cli.flow import network, within

    return partial(within, [network(each) for each in named])
