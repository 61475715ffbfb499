"""``pcapflow diagram --findings``: a folder of pictures, one for each finding or shape."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

from pcapflow import _version
from pcapflow.api import segments
from pcapflow.cli import messages, output
from pcapflow.cli.choice import Choice
from pcapflow.cli.drawing import Drawing
from pcapflow.cli.reading import read, told
from pcapflow.draw import WORDS, render
from pcapflow.findings.words import plural
from pcapflow.fold import Report
from pcapflow.report.pictures import Picture, file_name, index, worth_showing
from pcapflow.scene import Names, scene
from pcapflow.tcp.timers import Settings

if TYPE_CHECKING:
    from pcapflow.cli.selection import Selection

_INDEX = "index.md"


def check(folder: str, force: bool) -> None:
    """Refuse, before any work, a folder that is none or has something in it."""
    parent = os.path.dirname(os.path.normpath(folder)) or "."
    if not os.path.isdir(parent):
        messages.refuse(f"{folder}: there is no folder {parent}")
    if os.path.exists(folder) and not os.path.isdir(folder):
        messages.refuse(f"{folder} is a file; --findings writes a folder")
    if os.path.isdir(folder) and os.listdir(folder) and not force:
        messages.refuse(f"{folder} is not empty. Try: --force to write into it, or another name")


def draw(
    files: Sequence[str],
    folder: str,
    suffix: str,
    look: Drawing,
    choice: Choice,
    settings: Settings,
) -> int:
    """Draws what is worth showing into the folder, with an index."""
    whole = read(files, settings, keep=choice.narrows, hashing=True).report
    report: Report | Selection = whole
    if choice.narrows:
        from pcapflow.cli.selection import Selection

        report = Selection(whole, choice.placed(whole.info.first))
    chosen, left_out = worth_showing(report)
    if not chosen:
        told(whole, strict=False)
        messages.refuse("there is no TCP connection to draw")
    view = look.placed(choice, whole.info.first)
    examples = [report.examples[shown.flow] for shown in chosen]
    info = whole.info
    if look.redact:
        names = Names()
        examples = [names.connection(connection) for connection in examples]
        info = names.info(info)
    traced = segments(files, whole, [s.flow for s in chosen], settings, absolute=view.absolute)
    os.makedirs(folder, exist_ok=True)
    pictures = []
    for number, (shown, connection) in enumerate(zip(chosen, examples, strict=True), 1):
        drawn = scene(
            connection,
            traced[shown.flow],
            info,
            _version.__version__,
            settings=settings,
            view=view,
        )
        name = file_name(number, shown, connection, suffix)
        octets = render(drawn, suffix, look.finish)
        _write(folder, name, octets)
        words = octets.decode() if suffix in WORDS else ""
        pictures.append(Picture(name, drawn.title, shown, connection, words))
    captures = ", ".join(os.path.basename(name) for name in info.files)
    _write(folder, _INDEX, index(report, pictures, left_out, captures).encode())
    messages.note(f"wrote {plural(len(pictures), 'picture')} and {os.path.join(folder, _INDEX)}")
    return told(whole, strict=False)


def _write(folder: str, name: str, octets: bytes) -> None:
    with output.opened(os.path.join(folder, name), force=True) as stream:
        stream.write(octets)
