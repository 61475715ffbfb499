"""Options that several commands share, and what they mean."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection
from functools import wraps
from typing import Any, TypeAlias

import click
from click.core import ParameterSource

from pcapflow.cli import messages
from pcapflow.cli.messages import Talk
from pcapflow.findings.words import listing
from pcapflow.model import SEVERITIES
from pcapflow.tcp.timers import DEFAULTS, PROFILES, SECOND, Settings

Command: TypeAlias = Callable[..., int]
LEVEL = click.Choice(SEVERITIES)
_LONGEST = 10**9  # seconds: more than thirty years


def seconds(name: str, text: str) -> Callable[[Command], Command]:
    """An option that takes seconds and gives nanoseconds, or None."""
    kind = click.FloatRange(0, _LONGEST)
    return click.option(name, type=kind, metavar="SECONDS", callback=_nanoseconds, help=text)


def _nanoseconds(ctx: click.Context, option: click.Parameter, given: float | None) -> int | None:
    if given is None:
        return None
    if math.isnan(given):
        raise click.BadParameter("that is no number", ctx, option)
    return round(given * SECOND)


def unused(names: Collection[str], without: str) -> None:
    """Refuse what was typed though it says nothing ``without`` another option."""
    ctx = click.get_current_context()
    typed = [
        option.opts[-1]
        for option in ctx.command.params
        if option.name in names
        and ctx.get_parameter_source(option.name) is ParameterSource.COMMANDLINE
    ]
    if typed:
        messages.refuse(f"{listing(typed)} {'needs' if len(typed) == 1 else 'need'} {without}")


def captures(command: Command) -> Command:
    """FILE..., -r FILE and -n: gives ``files``, at least one."""

    @click.argument("files", metavar="FILE...", nargs=-1)
    @click.option("-r", "more_files", metavar="FILE", multiple=True, help="One more FILE.")
    @click.option("-n", "unresolved", is_flag=True, help="No effect: names are never resolved.")
    @wraps(command)
    def with_files(
        files: tuple[str, ...], more_files: tuple[str, ...], unresolved: bool, **rest: Any
    ) -> int:
        named = files + more_files
        if not named:
            messages.refuse("no capture is named. Try: a FILE, or - for standard input")
        return command(files=named, **rest)

    return with_files


def thresholds(command: Command) -> Command:
    """--profile, --time-wait, --close-wait-after, --max-connections: gives ``settings``."""

    @click.option(
        "--profile",
        type=click.Choice(list(PROFILES)),
        default=DEFAULTS.profile.name,
        show_default=True,
        help="Whose timers the ends have.",
    )
    @seconds("--time-wait", "How long TIME_WAIT lasts.")
    @seconds(
        "--close-wait-after",
        f"From when on CLOSE_WAIT is a warning.  [default: {DEFAULTS.close_wait_after // SECOND}]",
    )
    @click.option(
        "--max-connections",
        type=click.IntRange(1),
        default=DEFAULTS.max_connections,
        metavar="NUMBER",
        show_default=True,
        help="So many may be open at once; for one more the quietest is closed early.",
    )
    @wraps(command)
    def with_settings(
        profile: str,
        time_wait: int | None,
        close_wait_after: int | None,
        max_connections: int,
        **rest: Any,
    ) -> int:
        after = DEFAULTS.close_wait_after if close_wait_after is None else close_wait_after
        settings = Settings(
            profile=PROFILES[profile],
            time_wait=time_wait,
            close_wait_after=after,
            max_connections=max_connections,
        )
        return command(settings=settings, **rest)

    return with_settings


def writing(command: Command) -> Command:
    """-o FILE and --force: gives ``path``, None for standard output, and ``force``."""
    command = click.option("--force", is_flag=True, help="Overwrite FILE where it exists.")(command)
    return click.option("-o", "path", metavar="FILE", callback=_path, help="Write to FILE.")(
        command
    )


def _path(ctx: click.Context, option: click.Parameter, given: str | None) -> str | None:
    return None if given == "-" else given


def talking(command: Command) -> Command:
    """-v and -q: how much is said on standard error."""

    @click.option("-v", "--verbose", is_flag=True, help="Say more on standard error.")
    @click.option("-q", "--quiet", is_flag=True, help="Say only what went wrong.")
    @wraps(command)
    def talkative(verbose: bool, quiet: bool, **rest: Any) -> int:
        Talk.verbose, Talk.quiet = verbose, quiet and not verbose
        return command(**rest)

    return talkative
