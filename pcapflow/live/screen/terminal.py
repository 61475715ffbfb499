"""The terminal that the screen is on; it may go away before the watch ends."""

from __future__ import annotations

import contextlib
from io import TextIOWrapper
from typing import TextIO, cast

from textual.app import App
from textual.drivers.linux_driver import LinuxDriver

_Size = tuple[int, int]


class Terminal(LinuxDriver):
    """Textual's own, but for a terminal that is gone: what is written then goes nowhere.

    Textual writes in a thread, which an OSError would end; whoever writes more than its queue holds
    would wait for it forever, and the watch could not end as it does at any other SIGHUP.
    """

    def __init__(
        self,
        app: App[object],
        *,
        debug: bool = False,
        mouse: bool = True,
        size: _Size | None = None,
    ) -> None:
        super().__init__(app, debug=debug, mouse=mouse, size=size)
        assert self._file is not None
        self._file = cast("TextIOWrapper", _Forgiving(self._file))


class _Forgiving:
    def __init__(self, file: TextIO) -> None:
        self._file = file

    def write(self, text: str) -> None:
        with contextlib.suppress(OSError):
            self._file.write(text)

    def flush(self) -> None:
        with contextlib.suppress(OSError):
            self._file.flush()

    def fileno(self) -> int:
        return self._file.fileno()

    def isatty(self) -> bool:
        return True
