"""Ctrl-C and termination as something to wait for, not as an exception in the middle of work."""

from __future__ import annotations

import os
import signal
from types import FrameType, TracebackType
from typing import Self


class Asked:
    """While open, ``ask`` sets ``asked`` and makes ``fileno`` readable, from any thread."""

    def __init__(self) -> None:
        self.asked = False

    def fileno(self) -> int:
        """For ``select``."""
        return self._read

    def ask(self) -> None:
        """Let it end."""
        self.asked = True
        os.write(self._write, b"!")

    def __enter__(self) -> Self:
        self._read, self._write = os.pipe()
        os.set_blocking(self._write, False)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        os.close(self._read)
        os.close(self._write)


class Stop(Asked):
    """SIGINT, SIGTERM and SIGHUP ask; SIGHUP not where it is ignored, as under nohup.

    Must be used in the main thread, which alone may set handlers.
    """

    def __enter__(self) -> Self:
        super().__enter__()
        self._wakeup = signal.set_wakeup_fd(self._write, warn_on_full_buffer=False)
        numbers = [signal.SIGINT, signal.SIGTERM]
        if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:
            numbers.append(signal.SIGHUP)
        self._before = {number: signal.signal(number, self._ask) for number in numbers}
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
        super().__exit__(kind, error, trace)

    def _ask(self, number: int, frame: FrameType | None) -> None:
        self.asked = True
