"""Draws saved incidents in processes of their own, one after the other: a watch must not wait.

Run as a program, it draws one: ``python -m pcapflow.live.pictures CAPTURE PICTURE OCTETS``, with a
pickled ``Job`` on standard input.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING

from pcapflow.model import ENDS, Connection, Segment, other
from pcapflow.tcp.timers import Settings
from pcapflow.values import Record, replace

if TYPE_CHECKING:
    from pcapflow.fold import Report

_PATIENCE = 10.0  # seconds that the last pictures may take when the watch is over
_WAITING = 64
_NO_ROOM = 3
_FULL = "there is no room for it"
_LEAST = 16_384  # octets; no picture is smaller
_DPI, _COLOURS = 150, 128


class Job(Record):
    """What is to be drawn: a connection, told in the frames of its small capture."""

    connection: Connection
    settings: Settings


class Painter:
    """``room`` tells how many octets a picture may have; ``done`` is told its path and None.

    Where there is none, ``done`` is told why.
    """

    def __init__(self, room: Callable[[], int], done: Callable[[str, str | None], None]) -> None:
        self._room = room
        self._done = done
        self._waiting: deque[tuple[str, str, Job]] = deque()
        self._running: tuple[str, subprocess.Popen[bytes]] | None = None

    def draw(self, capture: str, picture: str, job: Job) -> None:
        """Draw a capture's connection when its turn comes."""
        if len(self._waiting) >= _WAITING:
            self._done(picture, "too many are waiting to be drawn")
            return
        self._waiting.append((capture, picture, job))
        self.look()

    def look(self) -> None:
        """See whether a picture is finished, and begin the next."""
        if self._running is not None and self._running[1].poll() is not None:
            self._finished(*self._running)
        if self._running is None and self._waiting:
            self._begin(*self._waiting.popleft())

    def end(self) -> None:
        """Wait for all pictures, but not for ever."""
        until = time.monotonic() + _PATIENCE
        while self._running is not None or self._waiting:
            if self._running is not None:
                try:
                    self._running[1].wait(max(0.0, until - time.monotonic()))
                except subprocess.TimeoutExpired:
                    self._running[1].kill()
                    self._running[1].wait()
            if time.monotonic() >= until:
                for _, picture, _ in self._waiting:
                    self._done(picture, "the watch is over")
                self._waiting.clear()
            self.look()

    def _begin(self, capture: str, picture: str, job: Job) -> None:
        room = self._room()
        if room < _LEAST:
            self._done(picture, _FULL)
            return
        try:
            # No pipe that could be full, no file on a full disk.
            with open(os.memfd_create("job"), "w+b") as told:
                pickle.dump(job, told)
                told.seek(0)
                running = subprocess.Popen(
                    [sys.executable, "-m", __name__, capture, picture, str(room)],
                    stdin=told,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    start_new_session=True,  # Ctrl-C is for the watch, which then waits for this
                )
        except OSError as error:
            self._done(picture, f"no process could be started ({error.strerror})")
            return
        self._running = picture, running

    def _finished(self, picture: str, running: subprocess.Popen[bytes]) -> None:
        self._running = None
        if running.returncode == 0:
            self._done(picture, None)
        elif running.returncode == _NO_ROOM:
            self._done(picture, _FULL)
        else:
            self._done(picture, f"its process ended with {running.returncode}")


def drawn(capture: str, job: Job) -> bytes:
    """The picture of a capture's connection, which it may know less of than the watch did."""
    from pcapflow import _version
    from pcapflow.api import analyze
    from pcapflow.draw import Finish, render
    from pcapflow.scene import scene

    report = analyze([capture], job.settings, hashing=True)
    picture = scene(
        job.connection,
        _segments(capture, report, job),
        report.info,
        _version.__version__,
        settings=job.settings,
    )
    return render(picture, ".png", Finish(dpi=_DPI, colours=_COLOURS))


def _segments(capture: str, report: Report, job: Job) -> tuple[Segment, ...]:
    """All segments of the capture, which is of one connection, the ends named as the watch did.

    Without its beginning the capture may seem to hold several, or name the ends the other way.
    """
    from pcapflow.api import segments

    flows = [connection.id for connection in report.connections()]
    found: list[Segment] = []
    for flow, traced in segments([capture], report, flows, job.settings).items():
        same = report.connection(flow).client == job.connection.client
        ends = {end: end if same else other(end) for end in ENDS}
        found += [replace(each, end=ends[each.end]) for each in traced]
    return tuple(sorted(found, key=lambda segment: segment.frame))


def main(capture: str, picture: str, most: str) -> int:
    """Draw one picture; the exit code says whether there was room for it."""
    from pcapflow.live import folder

    os.nice(10)
    # Nobody but the watch that started this process can have written it.
    octets = drawn(capture, pickle.load(sys.stdin.buffer))
    if len(octets) > int(most):
        return _NO_ROOM
    try:
        folder.replace(picture, octets)
    except folder.FolderError:
        return _NO_ROOM
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
