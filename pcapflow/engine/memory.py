"""What the processor and the kernel may be told of memory.  Hints: nothing else comes of them.

``memory.pxd`` is the same for the compiled engine; the interpreted one has nothing to tell.
"""

from __future__ import annotations


def fetch(address: object) -> None:
    """This will be read or written soon: let its cache line come."""


def large_pages(block: object, octets: int) -> None:
    """This block is used here and there: let its pages be large, for fewer look-ups of them."""
