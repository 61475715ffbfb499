"""What is said on standard error: everything that is not the result."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from pcapflow.errors import UsageError
from pcapflow.hints import TYPE_CHECKING
from pcapflow.report.letters import printable

if TYPE_CHECKING:
    from typing import NoReturn

    from pcapflow.report.text import Line

NAME = "pcapflow"


class Talk:
    """How much is said; ``-v`` and ``-q`` set it for the command that runs."""

    verbose = False
    quiet = False


def error(text: str) -> None:
    """Say one line, always."""
    _write(f"{NAME}: {printable(text)}\n")


def note(text: str) -> None:
    """Say one line, unless -q was given."""
    if not Talk.quiet:
        error(text)


def section(lines: Sequence[Line]) -> None:
    """Say something longer that was asked for, without colours."""
    from pcapflow.report.text import plain

    _write(plain(lines, getattr(sys.stderr, "encoding", None) or "utf-8"))


def detail(text: str) -> None:
    """Say one line where -v was given."""
    if Talk.verbose:
        error(text)


def trace(error: BaseException) -> None:
    """Say where an error happened, for whoever is to mend it."""
    import traceback

    for line in "".join(traceback.format_exception(error)).splitlines():
        _write(f"{printable(line)}\n")


def close_echo() -> None:
    """End the line in which a terminal shows ^C."""
    _write("\n")


def overwrite(text: str) -> None:
    """Write over the line that the cursor is in; an empty text only clears it."""
    _write(f"\r\x1b[K{text}")


def on_terminal() -> bool:
    """Whether somebody watches standard error."""
    return sys.stderr is not None and sys.stderr.isatty()


def refuse(text: str) -> NoReturn:
    """The request makes no sense."""
    raise UsageError(text)


def _write(text: str) -> None:
    try:
        sys.stderr.write(text)
        sys.stderr.flush()
    except (OSError, AttributeError):
        pass  # nobody listens, or it is closed
