"""Octets of a file that somebody else has opened, read into memory.

``descriptor.pxd`` is the same for the compiled engine, which needs no GIL for it.
"""

from __future__ import annotations

from io import FileIO


def read_into(descriptor: int, buffer: memoryview, at: int, size: int) -> int:
    """Read ``size`` octets at most to ``buffer[at:]``; how many, 0 at the end, -1 on an error."""
    try:
        return FileIO(descriptor, closefd=False).readinto(buffer[at : at + size]) or 0
    except OSError:
        return -1
