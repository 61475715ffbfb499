"""Captures as Wireshark's programs can read them."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from pcapflow.capture.source import open_capture

_READ_BY_TSHARK = ("plain", "gzip")
_OCTETS = 1 << 20


@contextmanager
def unpacked(name: str) -> Iterator[str]:
    """The name of a capture that tshark can read: its own, or that of an unpacked copy."""
    with open_capture(name) as source:
        if source.format_note in _READ_BY_TSHARK:
            yield name
            return
        with tempfile.TemporaryDirectory() as folder:
            copy = os.path.join(folder, os.path.basename(name))
            view = memoryview(bytearray(_OCTETS))
            with open(copy, "wb") as file:
                while got := source.readinto(view):
                    file.write(view[:got])
            yield copy
