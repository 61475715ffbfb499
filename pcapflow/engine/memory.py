"""Asks the processor for a line of memory that will be needed soon; nothing else comes of it.

``memory.pxd`` is the same for the compiled engine; the interpreted one has nobody to ask.
"""

from __future__ import annotations


def fetch(address: object) -> None:
    """This will be read or written soon: let its cache line come."""
