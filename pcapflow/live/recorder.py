"""Records the packets of a watch as pcapng files: one, or a ring of them by size and time."""

from __future__ import annotations

import io
import os
import struct
import time
from bisect import bisect_right
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import NamedTuple

from pcapflow.capture import pcapng
from pcapflow.capture.pcapng import AROUND, HEAD, LENGTH, PACKET, PADDING
from pcapflow.capture.units import Pcap, Units
from pcapflow.errors import CaptureError, PcapflowError
from pcapflow.live.follower import Follower

_RECORD_HEADER = 16


class RecordError(PcapflowError):
    """The file cannot be made."""


class Turns(NamedTuple):
    """When a new file begins: after so many octets, or so many nanoseconds; how many are kept."""

    size: int | None = None
    time: int | None = None
    files: int | None = None

    @property
    def several(self) -> bool:
        """Whether there is ever more than one."""
        return self.size is not None or self.time is not None


class Recorder(Follower):
    """Writes whole blocks, and at once: what a file has can be read while it grows.

    Where writing fails ``say`` is told, once; the file then ends behind its last whole block, and
    nothing more is recorded: ``failed``.  Files of a ring are named as dumpcap names them:
    ``FILE_00001_20240131235959.pcapng``, in UTC.
    """

    def __init__(self, path: str, turns: Turns, say: Callable[[str], None]) -> None:
        self.failed = False
        self._path = path
        self._turns = turns
        self._say = say
        self._units = Units()
        self._headed = False
        self._number = 0
        self._size = 0
        self._names: deque[str] = deque()
        self._file = self._open()

    def octets(self, piece: bytes) -> None:
        if self.failed:
            return
        try:
            whole, ends, _ = self._units.feed(piece)
        except CaptureError:
            self._give_up("what is captured is damaged")
            return
        form = self._units.pcap
        if form is not None and whole:
            whole, ends = self._blocks(form, whole, ends)
        try:
            self._put(whole, ends)
        except OSError as error:
            self._give_up(error.strerror or str(error))

    def end(self) -> None:
        try:
            self._file.close()
        except OSError as error:  # some file systems tell only now
            if not self.failed:
                self._give_up(error.strerror or str(error))

    def _blocks(self, form: Pcap, whole: bytes, ends: list[int]) -> tuple[bytes, list[int]]:
        """Records of a classic capture as blocks, and where each of them ends."""
        fields = struct.Struct(f"{form.order}IIII").unpack_from
        blocks: list[bytes] = []
        behind: list[int] = []
        at = start = 0
        for end in ends:
            if not self._headed:  # the first unit of all is the file header
                self._headed = True
                blocks.append(_head(form))
                at = len(blocks[0])
            else:
                seconds, ticks, captured, original = fields(whole, start)
                when = seconds * 1_000_000_000 + ticks * form.unit
                padding = PADDING[captured & 3]
                length = AROUND + captured + len(padding)
                blocks += (
                    HEAD.pack(
                        PACKET, length, 0, when >> 32, when & 0xFFFF_FFFF, captured, original
                    ),
                    whole[start + _RECORD_HEADER : end],
                    padding,
                    LENGTH.pack(length),
                )
                at += length
            behind.append(at)
            start = end
        return b"".join(blocks), behind

    def _put(self, whole: bytes, ends: list[int]) -> None:
        """Write blocks, each into the file that is its turn."""
        at = 0
        while at < len(whole):
            if self._over():
                self._next()
            stop = len(whole)
            if self._turns.size is not None:  # as many blocks as there is room, at least one
                room = at + max(0, self._turns.size - self._size)
                last = bisect_right(ends, room) - 1
                first = bisect_right(ends, at)
                stop = ends[max(last, first)]
            self._write(whole[at:stop], at, ends)
            at = stop

    def _write(self, octets: bytes, base: int, ends: list[int]) -> None:
        """All of it, or nothing behind the last whole block."""
        view, done = memoryview(octets), 0
        try:
            while done < len(view):
                done += self._file.write(view[done:]) or 0
        except OSError:
            last = bisect_right(ends, base + done) - 1
            kept = max(0, ends[last] - base) if last >= 0 else 0
            with suppress(OSError):  # of a device
                self._file.truncate(self._size + kept)
            raise
        self._size += done

    def _over(self) -> bool:
        """Whether it is another file's turn."""
        size, span, _ = self._turns
        if self._size <= self._begun:
            return False  # it has no packet yet
        return (size is not None and self._size >= size) or (
            span is not None and time.monotonic_ns() - self._since >= span
        )

    def _next(self) -> None:
        self._file.close()
        self._file = self._open()
        form = self._units.pcap
        head = self._units.head if form is None else _head(form)
        self._write(head, 0, [len(head)])
        self._begun = self._size

    def _open(self) -> io.FileIO:
        self._number += 1
        name = self._path
        if self._turns.several:
            stem, ending = os.path.splitext(self._path)
            now = time.strftime("%Y%m%d%H%M%S", time.gmtime())
            name = f"{stem}_{self._number:05}_{now}{ending}"
        try:
            file = io.FileIO(name, "wb")
        except OSError as error:
            if self._number > 1:
                raise
            raise RecordError(f"{name} cannot be written ({error.strerror}).") from error
        self._size = self._begun = 0
        self._since = time.monotonic_ns()
        self._names.append(name)
        if self._turns.files is not None and len(self._names) > self._turns.files:
            with suppress(FileNotFoundError):  # somebody has taken it away already
                os.unlink(self._names.popleft())
        return file

    def _give_up(self, why: str) -> None:
        self.failed = True
        self._say(
            f"{self._names[-1]}: recording ends here ({why}); what was written can be read, and "
            "watching goes on"
        )


def _head(form: Pcap) -> bytes:
    return pcapng.section() + pcapng.interface(form.link, form.snap)
