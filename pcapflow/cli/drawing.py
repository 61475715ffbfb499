"""How a diagram is to look: the options that change no judgement."""

from __future__ import annotations

from functools import wraps
from typing import Any, get_args

import click

from pcapflow.cli.choice import Choice
from pcapflow.cli.options import Command
from pcapflow.draw import Finish
from pcapflow.draw.themes import ThemeName
from pcapflow.scene import Clock, View
from pcapflow.scene.sheet import Size
from pcapflow.scene.view import ClockName
from pcapflow.values import Record, replace

_DPI = (50, 600)


class Drawing(Record):
    """What was chosen; ``redact`` asks for other names in place of addresses."""

    view: View
    finish: Finish
    redact: bool

    def placed(self, choice: Choice, first: int | None) -> View:
        """The view of a capture that begins at ``first`` (ns): what lies in the choice's span."""
        span = choice.placed(first)
        return replace(
            self.view,
            since=None if span.since is None else span.since.at,
            until=None if span.until is None else span.until.at,
        )


def painting(command: Command) -> Command:
    """--theme, --size, --dpi: gives ``size`` and ``finish``."""

    @click.option(
        "--theme",
        type=click.Choice(get_args(ThemeName)),
        default="light",
        show_default=True,
        help="Colours; print does without.",
    )
    @click.option(
        "--size",
        type=click.Choice(get_args(Size)),
        default="report",
        show_default=True,
        help="A page of a report, a slide (16:9), or a wide page with longer arrows.",
    )
    @click.option(
        "--dpi",
        type=click.IntRange(*_DPI),
        default=200,
        show_default=True,
        help="Dots an inch of a PNG.",
    )
    @wraps(command)
    def with_finish(theme: ThemeName, size: Size, dpi: int, **rest: Any) -> int:
        return command(size=size, finish=Finish(theme=theme, dpi=dpi), **rest)

    return with_finish


def drawing(command: Command) -> Command:
    """``painting``, --clock, --absolute, --even, --around, --redact: gives ``look``."""

    @painting
    @click.option(
        "--clock",
        type=click.Choice(get_args(ClockName)),
        default="relative",
        show_default=True,
        help="Times since the first packet, or of day.",
    )
    @click.option(
        "--relative/--absolute",
        default=True,
        show_default=True,
        help="Sequence numbers from 0, or as on the wire.",
    )
    @click.option("--even", is_flag=True, help="The same distance between all that happens.")
    @click.option(
        "--around", metavar="CODE", help="Only the segments around this finding; the others fold."
    )
    @click.option("--redact", is_flag=True, help="Addresses become client-1, server-1 ...")
    @wraps(command)
    def with_look(
        size: Size,
        finish: Finish,
        clock: ClockName,
        relative: bool,
        even: bool,
        around: str | None,
        redact: bool,
        **rest: Any,
    ) -> int:
        if around is not None:
            from pcapflow.findings import catalogue

            around = catalogue.rule(around).CODE
        zoned = Clock(clock, None) if clock == "local" else Clock(clock)
        view = View(size=size, clock=zoned, even=even, absolute=not relative, around=around)
        return command(look=Drawing(view, finish, redact), **rest)

    return with_look
