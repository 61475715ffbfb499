"""Ctrl-C and termination as something to wait for, not as an exception in the middle of work."""

from __future__ import annotations

import os
import signal
from types import FrameType, TracebackType
from typing import Self


class Stop:
    """While open, SIGINT and SIGTERM only set ``asked`` and make ``fileno`` readable.

    Must be used in the main thread, which alone may set handlers.
    """

    def __init__(self) -> None:
        self.asked = False

    def fileno(self) -> int:
        """For ``select``."""
        return self._read

    def __enter__(self) -> Self:
        self._read, self._write = os.pipe()
        os.set_blocking(self._write, False)
        self._wakeup = signal.set_wakeup_fd(self._write, warn_on_full_buffer=False)
        self._before = {
            number: signal.signal(number, self._ask) for number in (signal.SIGINT, signal.SIGTERM)
        }
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(self._wakeup)
        os.close(self._read)
        os.close(self._write)

    def _ask(self, number: int, frame: FrameType | None) -> None:
        self.asked = True
