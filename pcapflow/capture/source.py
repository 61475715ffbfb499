"""Opening a capture: a file or standard input, plain or packed, as one stream of octets.

``open_capture`` gives a ``Source``; what it reads goes into the caller's buffer and is looked at
by nobody here.  Compression is recognised by its magic number: captures are renamed, and what
comes through a pipe has no name.
"""

from __future__ import annotations

from pcapflow.capture.packed import packing
from pcapflow.capture.plain import Plain
from pcapflow.hints import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self


class Octets(Protocol):
    """One layer of a source: plain octets, or those that a decompressor makes of them."""

    fault: str | None
    truncated: bool

    def readinto(self, view: memoryview) -> int:
        """Fill ``view`` from its start and return how many octets there were, 0 at the end."""


class Source:
    """An open capture.

    ``name`` is as the user gave it; ``format_note`` says how the octets were packed
    (``gzip`` ...; ``plain``).  Where the
    wrapping is at fault, all octets before the fault are given, the stream ends, and ``fault``
    says what and where (octets of the compressed stream).  ``truncated`` tells the harmless
    fault: the stream merely ends early.
    """

    name: str
    format_note: str

    def __init__(self, name: str, *, hashing: bool = False) -> None:
        self.name = name
        self._plain = Plain(name, hashing=hashing)
        self._octets: Octets = self._plain
        self.format_note = "plain"
        try:
            found = packing(self._plain.peek)
            if found is not None:
                from pcapflow.capture.unpack import Unpack  # only for those who need it

                self._octets = Unpack(self._plain, found)
                self.format_note = found.name
        except BaseException:
            self._plain.close()
            raise

    @property
    def is_file(self) -> bool:
        """Whether this is a file: its reads wait for nobody, and a short one was the last."""
        return self._plain.is_file

    @property
    def descriptor(self) -> int | None:
        """Where the system itself gives the next octets of a file, as they are: read there.

        ``skip`` must then be told.  None where there is more to do than that.
        """
        return self._plain.descriptor if self._octets is self._plain else None

    def skip(self, count: int) -> None:
        """So many octets were read from ``descriptor``."""
        self._plain.position += count

    @property
    def fault(self) -> str | None:
        """What was wrong with the wrapping, once reading has met it; a clause, not a sentence."""
        return self._octets.fault

    @property
    def truncated(self) -> bool:
        """Whether that fault is no more than an early end."""
        return self._octets.truncated

    def readinto(self, view: memoryview) -> int:
        """Fill ``view`` from its start; return how many octets that were, 0 at the end.

        A file fills the view as far as it reaches.  A pipe waits for the first octets only and
        then takes what is there: its writer may be a live tcpdump.  Raises CaptureError where
        the system cannot read on.
        """
        return self._octets.readinto(view)

    def sha256(self) -> str | None:
        """Digest the file as it lies on disk, compressed or not, reading to its end if need be.

        None for standard input and pipes, and where ``hashing`` was not asked for.
        """
        return self._plain.sha256()

    def cancel(self) -> None:
        """Make a read that waits for a pipe in another thread return 0, and all later ones too."""
        self._plain.cancel()

    def close(self) -> None:
        """Close the file; standard input stays open."""
        self._plain.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def open_capture(name: str, *, hashing: bool = False) -> Source:
    """Open the capture called ``name``; ``-`` is standard input.

    ``hashing`` digests the octets while they are read, for ``Source.sha256``.  Raises CaptureError
    where there is no such file, it is a directory, or it may not be read; MissingTool where the
    library that would unpack it is not installed.
    """
    return Source(name, hashing=hashing)
