"""Octets of a capture that somebody else makes: a pipe from a child, or standard input."""

from __future__ import annotations

import contextlib
import fcntl
import os
import select
import stat

from pcapflow.capture.packets import MS
from pcapflow.capture.units import Units
from pcapflow.errors import CaptureError, UsageError

_PIPE_OCTETS = 1 << 20  # the most that Linux gives to everybody (/proc/sys/fs/pipe-max-size)


class Stream:
    """A descriptor with a capture in it, which must have octets or its end when it is read."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._units: Units | None = None
        self.drained = True
        self.ended = False
        if stat.S_ISFIFO(os.fstat(descriptor).st_mode):
            with contextlib.suppress(OSError, AttributeError):  # 64 KB, as elsewhere, work too
                fcntl.fcntl(descriptor, fcntl.F_SETPIPE_SZ, _PIPE_OCTETS)

    def fileno(self) -> int:
        return self._descriptor

    def read(self, most: int | None = None) -> bytes:
        """What waits, empty where nothing does; no more than ``most`` packets in the whole."""
        self.drained = True
        if self.ended or not _waits(self._descriptor):
            return b""
        octets = os.read(self._descriptor, _PIPE_OCTETS)
        self.ended = not octets
        self.drained = not _waits(self._descriptor)
        if most is None:
            return octets
        if self._units is None:
            self._units = Units()
        try:
            return self._units.feed(octets, most)[0]
        except CaptureError:
            return octets  # who analyses it says better what is wrong


class Stdin:
    """A capture that comes through standard input, such as another host's.

    Its times are its writer's; it ends when that ends.
    """

    name = "-"
    feeder = "stdin"
    local = False
    lag = 1000 * MS

    def __init__(self) -> None:
        if os.isatty(0):
            raise UsageError(
                "standard input is a terminal. Try: ssh HOST tcpdump -U -w - | pcapflow watch -"
            )
        try:
            self._stream = Stream(0)
        except OSError as error:
            raise CaptureError("-", f"cannot be read ({error.strerror})") from error
        self._stopped = False

    @property
    def drained(self) -> bool:
        return self._stream.drained

    @property
    def ended(self) -> bool:
        return self._stopped or self._stream.ended

    def fileno(self) -> int:
        return self._stream.fileno()

    def read(self, most: int | None = None) -> bytes:
        try:
            return self._stream.read(most)
        except OSError as error:
            raise CaptureError("-", f"cannot be read on ({error.strerror})") from error

    def stop(self) -> None:
        self._stopped = True

    def drops(self) -> int | None:
        return None

    def close(self) -> None:
        """Standard input stays open."""


def _waits(descriptor: int) -> bool:
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    return bool(poll.poll(0))
