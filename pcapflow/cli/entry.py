"""Runs the command that the arguments name; whatever went wrong is one line and an exit code."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from pcapflow.cli import INTERRUPTED, messages
from pcapflow.errors import PcapflowError

_BUG = (
    "this is a bug in pcapflow: {what}. Please report it with the command and, if you may, the "
    "capture; -v shows where it happened."
)


def run(arguments: Sequence[str] | None) -> int:
    """Run the command that the arguments name; return the exit code."""
    messages.Talk.verbose = messages.Talk.quiet = False
    given = sys.argv[1:] if arguments is None else list(arguments)
    try:
        if _only_captures(given):
            from pcapflow.cli import analysis

            return analysis.run(analysis.Request(tuple(given[1:])))
        from pcapflow.cli import commands

        return commands.run(given)
    except PcapflowError as error:
        messages.error(str(error))
        return error.exit_code
    except KeyboardInterrupt:
        messages.close_echo()
        return INTERRUPTED
    except BrokenPipeError:
        return 0  # nobody reads any more
    except Exception as error:  # noqa: BLE001 - a person gets a line, whoever wants more says -v
        return _bug(error)


def _only_captures(given: Sequence[str]) -> bool:
    """Whether this is ``analyze FILE...``, which says all by itself.

    It is what people type most, and click, which reads everything else, takes as long to load as
    the analysis of a small capture.
    """
    return len(given) > 1 and given[0] == "analyze" and not any(map(_is_option, given[1:]))


def _is_option(argument: str) -> bool:
    return argument.startswith("-") and argument != "-"


def _bug(error: Exception) -> int:
    if messages.Talk.verbose:
        messages.trace(error)
    what = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    messages.error(_BUG.format(what=what.replace("\n", " ")))
    return 2
