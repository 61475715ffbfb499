"""``pcapflow diagram``: one connection's sequence diagram."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from pcapflow import _version
from pcapflow.api import trace
from pcapflow.cli import messages, output
from pcapflow.cli.choice import Choice
from pcapflow.cli.choosing import narrowing
from pcapflow.cli.drawing import Drawing, drawing
from pcapflow.cli.flow import Flow, flow
from pcapflow.cli.options import captures, talking, thresholds
from pcapflow.cli.reading import STDIN, read, say_form, told
from pcapflow.draw import BINARY, SUFFIXES, render
from pcapflow.draw.text import LETTERS
from pcapflow.fold import Report
from pcapflow.model import Connection
from pcapflow.scene import Names, View, scene
from pcapflow.tcp.timers import Settings
from pcapflow.values import replace

if TYPE_CHECKING:
    from pcapflow.cli.selection import Selection

STDOUT = "-"
FORMS = [suffix.removeprefix(".") for suffix in SUFFIXES]
_NAMED = 8  # connections that a message lists


@click.command("diagram", short_help="One connection as a sequence diagram.")
@captures
@click.option(
    "--flow",
    "named",
    metavar="ID",
    help="The connection: an id, a community id, or "
    "client:port-server:port. Without it, the worst finding's clearest example.",
)
@click.option(
    "-o",
    "path",
    metavar="FILE",
    help="The picture to write; its ending tells the form: .png .svg .pdf .txt .mmd .puml. "
    "- writes text to standard output.  [default: CAPTURE-flowID.png, here]",
)
@click.option(
    "--format", "form", type=click.Choice(FORMS), help="The form, whatever FILE is called."
)
@click.option(
    "--findings",
    is_flag=True,
    help="One picture for each finding or shape, its clearest example, and an index: "
    "FILE is then a folder.  [default: CAPTURE-findings, here]",
)
@click.option(
    "--shapes",
    is_flag=True,
    help="The whole capture instead: a row for each shape and service, as .png, .svg or .pdf.  "
    "[default: CAPTURE-shapes.png, here]",
)
@click.option("--force", is_flag=True, help="Overwrite FILE where it exists.")
@drawing
@narrowing
@thresholds
@talking
def command(
    files: tuple[str, ...],
    named: str | None,
    path: str | None,
    form: str | None,
    findings: bool,
    shapes: bool,
    force: bool,
    look: Drawing,
    choice: Choice,
    settings: Settings,
) -> int:
    """Draw one connection: its segments in order of time, and the states of both ends.

    Of a connection that was chosen by --from and --to, only what lies between them is drawn in
    full.

    FILE is a pcap or pcapng capture; it is read more than once, so it cannot be a pipe.
    """
    if STDIN in files:
        messages.refuse("a diagram needs a file: it is read more than once")
    if shapes:
        if findings or named is not None:
            messages.refuse("--shapes is of many connections; leave out --flow and --findings")
        return _glance(files, path, form, force, look, choice, settings)
    if findings:
        return _incident(files, named, path, form, force, look, choice, settings)
    suffix = _suffix(path, form)
    output.check(None if path == STDOUT else path, force, files)
    asked = None if named is None else flow(named)
    if asked is not None and asked.id is not None and not choice.narrows:
        say_form()
        number = asked.id
    else:
        number = _choose(files, settings, asked, choice, look.view.around)
    target = path or _default(files[0], number, suffix)
    if target != STDOUT:
        output.check(target, force, files)
    out = None if target == STDOUT else target
    return _draw(files, number, out, suffix, force, look, choice, settings)


def _glance(
    files: Sequence[str],
    path: str | None,
    form: str | None,
    force: bool,
    look: Drawing,
    choice: Choice,
    settings: Settings,
) -> int:
    """All shapes in one picture."""
    from pcapflow.cli import glance

    if look.view != View(size=look.view.size):
        messages.refuse(
            "--shapes has no segments and no times of day; leave out --around, --clock, --absolute "
            "and --even"
        )
    suffix = _suffix(path, form)
    if suffix not in glance.PICTURES:
        messages.refuse(f"--shapes draws no {suffix}. Try: -o FILE.png, .svg or .pdf")
    target = path or f"{_stem(files[0])}-shapes{suffix}"
    output.check(None if target == STDOUT else target, force, files)
    out = None if target == STDOUT else target
    return glance.draw(files, out, suffix, force, look, choice, settings)


def _incident(
    files: Sequence[str],
    named: str | None,
    folder: str | None,
    form: str | None,
    force: bool,
    look: Drawing,
    choice: Choice,
    settings: Settings,
) -> int:
    """A folder of pictures."""
    from pcapflow.cli import incident

    if named is not None or look.view.around is not None:
        messages.refuse("--findings chooses the connections; leave out --flow and --around")
    target = folder or f"{_stem(files[0])}-findings"
    if target == STDOUT:
        messages.refuse("--findings writes a folder. Try: -o FOLDER")
    incident.check(target, force)
    return incident.draw(files, target, f".{form or 'png'}", look, choice, settings)


def _suffix(path: str | None, form: str | None) -> str:
    """The form that was asked for, as the ending of a file's name."""
    if form is not None:
        suffix = f".{form}"
    elif path is None:
        suffix = ".png"
    else:
        suffix = ".txt" if path == STDOUT else os.path.splitext(path)[1].lower()
    if suffix not in SUFFIXES:
        messages.refuse(f"{path}: a picture can be one of: {', '.join(SUFFIXES)}")
    if path == STDOUT and suffix in BINARY and output.on_terminal():
        messages.refuse(f"a {suffix} picture is nothing for a terminal. Try: -o FILE{suffix}")
    return suffix


def _draw(
    files: Sequence[str],
    number: int,
    target: str | None,
    suffix: str,
    force: bool,
    look: Drawing,
    choice: Choice,
    settings: Settings,
) -> int:
    view = look.view
    connection, segments, report = trace(files, number, settings, absolute=view.absolute)
    if view.around is not None and view.around not in {f.code for f in connection.findings}:
        messages.refuse(f"flow {number} has no {view.around}. {_codes(connection)}")
    view, info = look.placed(choice, report.info.first), report.info
    if look.redact:
        names = Names()
        connection, info = names.connection(connection), names.info(info)
    picture = scene(connection, segments, info, _version.__version__, settings=settings, view=view)
    finish = replace(look.finish, ascii_only=not output.can_show(LETTERS, target))
    with output.opened(target, force) as stream:
        stream.write(render(picture, suffix, finish))
    if target is not None:
        messages.note(f"wrote {target}: flow {number}, {_ends(connection)}")
    return told(report, strict=False)


def _codes(connection: Connection) -> str:
    """Which findings there are instead."""
    codes = list(dict.fromkeys(f.code for f in connection.findings))
    return f"Try: --around {' or '.join(codes)}" if codes else "It has no finding at all"


def _choose(
    files: Sequence[str],
    settings: Settings,
    asked: Flow | None,
    choice: Choice,
    around: str | None,
) -> int:
    """The id of the connection that was meant, or of the one most worth a picture."""
    keep = asked is not None or choice.narrows
    whole = read(files, settings, keep=keep).report
    report: Report | Selection = whole
    if choice.narrows:
        from pcapflow.cli.selection import Selection

        report = Selection(whole, choice.placed(whole.info.first))
    if report.total == 0:
        told(whole, strict=False)
        what = "left by the filters" if whole.total else "to draw"
        messages.refuse(f"there is no TCP connection {what}")
    if asked is not None:
        return _meant(report, asked)
    if report.total == 1:
        return next(iter(report.examples))
    for number in (number for group in report.groups for number in group.examples):
        findings = report.examples[number].findings  # groups come worst first
        codes = [f.code for f in findings if around in (None, f.code)]
        if codes:
            messages.note(
                f"drawing flow {number} of {report.total:,}, for its {codes[0]}; "
                "--flow names another"
            )
            return number
    if around is not None:
        messages.refuse(f"none of {report.total:,} connections has {around}")
    messages.refuse(f"there are {report.total:,} connections, none with a finding. Try: --flow 1")


def _meant(report: Report | Selection, asked: Flow) -> int:
    """The one connection that was named; UsageError where there is none, or several."""
    found = [connection for connection in report.connections() if asked.names(connection)]
    if not found:
        messages.refuse(f"no such connection among {report.total:,}")
    if len(found) > 1:
        ids = ", ".join(str(connection.id) for connection in found[:_NAMED])
        more = ", ..." if len(found) > _NAMED else ""
        messages.refuse(
            f"{len(found):,} connections had these ends. Try: --flow with one of {ids}{more}"
        )
    return found[0].id


def _default(capture: str, number: int, suffix: str) -> str:
    return f"{_stem(capture)}-flow{number}{suffix}"


def _stem(capture: str) -> str:
    """What a capture is called, without the endings that say how it is packed."""
    name = os.path.basename(capture)
    for ending in (".gz", ".zst", ".lz4", ".xz", ".bz2", ".pcapng", ".pcap", ".cap"):
        name = name.removesuffix(ending)
    return name


def _ends(connection: Connection) -> str:
    return f"{connection.client} to {connection.server}"
