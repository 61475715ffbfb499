"""Where results go: standard output or a new file; on a terminal with colours."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from pcapflow.cli.messages import refuse
from pcapflow.errors import PcapflowError
from pcapflow.hints import TYPE_CHECKING
from pcapflow.report.letters import LETTERS, can_write
from pcapflow.report.text import plain

if TYPE_CHECKING:
    from typing import BinaryIO

    from pcapflow.report.text import Line

_WIDTH = 80
_NARROWEST = 40


class OutputError(PcapflowError):
    """The result cannot be written."""


def check(path: str | None, force: bool, inputs: Sequence[str] = ()) -> None:
    """Refuse, before any work, what could not or must not be written afterwards."""
    if path is None:
        return
    folder = os.path.dirname(path) or "."
    if not os.path.isdir(folder):
        refuse(f"{path}: there is no folder {folder}")
    if os.path.isdir(path):
        refuse(f"{path} is a folder")
    if not os.path.isfile(path):
        return
    if any(os.path.isfile(name) and os.path.samefile(path, name) for name in inputs):
        refuse(f"{path} is a capture that is to be read; write to another file")
    if not force:
        refuse(f"{path} exists. Try: --force to overwrite it, or another name")


@contextmanager
def opened(path: str | None, force: bool) -> Iterator[BinaryIO]:
    """The file, or standard output without one.

    A reader that has gone away ends the block early and silently: it has what it wanted.
    """
    if path is None:
        with _standard_output() as stream:
            yield stream
        return
    special = os.path.exists(path) and not os.path.isfile(path)  # /dev/null, a named pipe
    try:
        with open(path, "wb" if force or special else "xb") as file:
            yield file
    except OSError as error:
        raise OutputError(f"{path} cannot be written ({error.strerror}).") from error


@contextmanager
def printer(path: str | None, force: bool) -> Iterator[Callable[[Sequence[Line]], None]]:
    """A function that writes lines for people at once: styled on a terminal, plain elsewhere.

    As with ``opened``, the block ends where nobody reads any more.
    """
    if path is None and _colourful():
        from rich.console import Console

        from pcapflow.report.terminal import show

        with _standard_output():
            console = Console(file=sys.stdout)
            yield lambda text: show(text, console)
        return
    with opened(path, force) as stream:

        def put(text: Sequence[Line]) -> None:
            stream.write(plain(text, encoding(path)).encode(encoding(path)))
            stream.flush()

        yield put


def write(path: str | None, force: bool, text: Sequence[Line]) -> None:
    """Write lines for people."""
    with printer(path, force) as put:
        put(text)


def width(path: str | None) -> int:
    """Columns that lines for people may take; COLUMNS overrides the terminal's."""
    if path is not None:
        return _WIDTH
    try:
        columns = int(os.environ["COLUMNS"])
    except (KeyError, ValueError):
        try:
            columns = os.get_terminal_size(sys.stdout.fileno()).columns
        except (OSError, ValueError, AttributeError):  # no terminal, or no file at all
            columns = 0
    return max(_NARROWEST, columns) if columns > 0 else _WIDTH


def letters(path: str | None) -> bool:
    """Whether the output can show marks such as ✗, or only words."""
    return can_show(LETTERS, path)


def can_show(wanted: str, path: str | None) -> bool:
    """Whether the output has these letters."""
    return can_write(wanted, encoding(path))


def on_terminal() -> bool:
    """Whether standard output is one."""
    return sys.stdout is not None and sys.stdout.isatty()


def encoding(path: str | None) -> str:
    """Of files UTF-8, of standard output what the locale says."""
    return "utf-8" if path is not None else (getattr(sys.stdout, "encoding", None) or "utf-8")


def _colourful() -> bool:
    """A terminal that shows colours, and a user who has not asked for none (no-color.org)."""
    return (
        sys.stdout is not None
        and sys.stdout.isatty()
        and not os.environ.get("NO_COLOR")
        and os.environ.get("TERM") != "dumb"
        and letters(None)
    )


@contextmanager
def _standard_output() -> Iterator[BinaryIO]:
    if sys.stdout is None:
        raise OutputError("standard output is closed.")
    try:
        yield sys.stdout.buffer
        sys.stdout.flush()
    except BrokenPipeError:
        # What is still buffered must not be tried again when the interpreter ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as error:
        raise OutputError(f"standard output cannot be written ({error.strerror}).") from error
