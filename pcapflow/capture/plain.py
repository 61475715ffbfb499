"""The octets of a file or of standard input as they are, unbuffered, digested on request."""

from __future__ import annotations

import io
import os
import select
import stat

from pcapflow.errors import CaptureError

_DRAIN_OCTETS = 1 << 20
_CAN_POLL = hasattr(select, "poll")  # not on Windows, where each read of a pipe simply waits


class Plain:
    """A file or pipe opened for reading.

    ``position`` counts the octets given so far; ``is_file`` tells a file, whose reads never wait
    for anybody, from a pipe or a device.
    """

    fault: str | None = None
    truncated = False

    def __init__(self, name: str, *, hashing: bool = False) -> None:
        self.name = name
        self.position = 0
        self._head = b""
        self._file = _open(name)
        self.is_file = stat.S_ISREG(os.fstat(self._file.fileno()).st_mode)
        self._begin = self._file.tell() if self.is_file else 0  # of a redirected standard input
        self._wake = None if self.is_file or not _CAN_POLL else os.pipe()
        self._cancelled = False
        self._digest = None
        if hashing and self.is_file and name != "-":
            from hashlib import sha256  # loads OpenSSL: only for those who ask

            self._digest = sha256()

    @property
    def descriptor(self) -> int | None:
        """The file's, if nothing but its own octets are left to be given, and not digested."""
        if not self.is_file or self._head or self._digest is not None:
            return None
        return self._file.fileno()

    def peek(self, count: int) -> bytes:
        """Return the first ``count`` octets, fewer if there are no more, without taking them."""
        while len(self._head) < count:
            piece = bytearray(count - len(self._head))
            got = self._read(memoryview(piece))
            if got == 0:
                break
            self._head += piece[:got]
        return self._head[:count]

    def readinto(self, view: memoryview) -> int:
        """Fill ``view`` as far as the file reaches, or with what a pipe holds now; 0 at the end."""
        filled = len(self._head[: len(view)])
        view[:filled] = self._head[:filled]
        self._head = self._head[filled:]
        while filled < len(view) and (filled == 0 or self.is_file or self._ready()):
            got = self._read(view[filled:])
            if got == 0:
                break
            filled += got
        self.position += filled
        return filled

    def again(self, position: int, count: int) -> bytes:
        """Octets of a file that were read before, without moving; of pipes they are gone."""
        try:
            return os.pread(self._file.fileno(), count, self._begin + position)
        except OSError as error:
            raise self._unreadable(error, position) from error

    def sha256(self) -> str | None:
        """Digest all octets of the file, those not read yet too; None for pipes or if not asked."""
        if self._digest is None:
            return None
        rest = memoryview(bytearray(_DRAIN_OCTETS))
        while self._read(rest):
            pass
        return self._digest.hexdigest()

    def cancel(self) -> None:
        """Wake a reader that waits for a pipe: from now on there is nothing more to read."""
        if self._wake is not None:
            self._cancelled = True
            os.write(self._wake[1], b"\0")

    def close(self) -> None:
        """Close the file, but never standard input; closing twice is allowed."""
        self._file.close()
        if self._wake is not None:
            for descriptor in self._wake:
                os.close(descriptor)
            self._wake = None

    def _read(self, view: memoryview) -> int:
        """Read once, waiting where there is nothing yet; 0 at the end."""
        try:
            if self._wake is not None:
                _poll(None, self._file.fileno(), self._wake[0])
            if self._cancelled:
                return 0
            got = self._file.readinto(view) or 0
        except OSError as error:
            raise self._unreadable(error, self.position) from error
        if self._digest is not None:
            self._digest.update(view[:got])
        return got

    def _unreadable(self, error: OSError, position: int) -> CaptureError:
        return CaptureError(self.name, f"cannot be read on ({error.strerror})", offset=position)

    def _ready(self) -> bool:
        """Whether the pipe has octets, or its end, right now."""
        return _CAN_POLL and _poll(0, self._file.fileno())


def _open(name: str) -> io.FileIO:
    try:
        return io.FileIO(0, closefd=False) if name == "-" else io.FileIO(name)
    except FileNotFoundError as error:
        raise CaptureError(name, "no such file") from error
    except IsADirectoryError as error:
        what = "is a directory, not a capture"
        raise CaptureError(name, what, advice=os.path.join(name, "*.pcap*")) from error
    except PermissionError as error:
        raise CaptureError(name, "you may not read this file (permission denied)") from error
    except OSError as error:
        raise CaptureError(name, f"cannot be opened ({error.strerror})") from error


def _poll(timeout_ms: int | None, *descriptors: int) -> bool:
    """Wait until one of the descriptors has octets or its end; tell whether one has."""
    poll = select.poll()
    for descriptor in descriptors:
        poll.register(descriptor, select.POLLIN)
    return bool(poll.poll(timeout_ms))
