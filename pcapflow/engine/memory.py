"""Memory in chunks that stay where they are, and memory that will be needed soon.

``memory.pxd`` is the same for the compiled engine; the interpreted one, whose memory is Python's,
has nobody to ask.
"""

from __future__ import annotations


def fetch(address: object) -> None:
    """This will be read or written soon: let its cache line come."""


def add_chunk(chunks: object, size: int) -> bool:
    """``size`` octets more, which begin with a page; whether there was memory for them.

    A page of it (on Linux 2 MB) takes memory when it is first touched; the first of all is small
    pages.  Whatever comes of it, ``starts`` may have moved.
    """
    return True


def drop_chunks(chunks: object) -> None:
    """Give all memory back."""
