"""The commands and how click finds them: for every command line that has an option."""

from __future__ import annotations

import os
from collections.abc import Sequence
from importlib import import_module

import click

from pcapflow import _version
from pcapflow.cli import INTERRUPTED, messages

COMMANDS = ("analyze", "diagram", "states", "watch", "interfaces", "explain", "doctor")


class Commands(click.Group):
    """The commands by name; each one's module is imported when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f"pcapflow.cli.{cmd_name}").command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0]
        if name not in COMMANDS and not name.startswith("-"):
            if os.path.exists(name):
                messages.refuse(f"{name} is no command. Try: pcapflow analyze {name}")
            messages.refuse(f"there is no command {name!r}. Try one of: {', '.join(COMMANDS)}")
        return super().resolve_command(ctx, args)


def _show_version(ctx: click.Context, option: click.Parameter, asked: bool) -> None:
    if asked:
        from pcapflow.engine import FORM

        click.echo(f"pcapflow {_version.__version__} (engine {FORM})")
        ctx.exit()


@click.group(
    cls=Commands,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_show_version,
    help="Show the version, and whether the engine is compiled or interpreted.",
)
@click.pass_context
def commands(ctx: click.Context) -> int:
    """How did each TCP connection end, who ended it, and what went wrong on the way?

    pcapflow reads what tcpdump and Wireshark write, follows the close of every connection through
    the states of both ends, and names what it finds.
    """
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help(), err=True)
        return 2
    return 0


def run(arguments: Sequence[str]) -> int:
    """Run the command that the arguments name, as click reads them; return the exit code."""
    try:
        code = commands.main(arguments, prog_name=messages.NAME, standalone_mode=False)
    except click.UsageError as error:
        messages.error(_usage(error))
        return 2
    except click.ClickException as error:
        messages.error(error.format_message())
        return 2
    except click.Abort:
        return INTERRUPTED
    except SystemExit:
        return 0  # click's way to say that nobody reads the help any more
    return code if isinstance(code, int) else 0


def _usage(error: click.UsageError) -> str:
    """Click's message in one line, with the way to the help."""
    told = " ".join(error.format_message().split())
    told = told[:1].lower() + told[1:] if told[1:2].islower() else told
    help_of = error.ctx.command_path if error.ctx is not None else messages.NAME
    return f"{told if told.endswith('?') else told.rstrip('.') + '.'} Try: {help_of} --help"
