"""How far a long reading is: one line on standard error, where somebody watches it."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence

from pcapflow.capture.packed import packing
from pcapflow.cli import messages

_FIRST_AFTER = 1.0  # seconds; what is over sooner needs no progress
_EVERY = 0.2


class Progress:
    """Called with (octets, packets) read so far; ``total`` octets are expected, if known."""

    def __init__(self, total: int | None) -> None:
        self.shown = False
        self._total = total
        self._next = time.monotonic() + _FIRST_AFTER

    def __call__(self, octets: int, packets: int) -> None:
        now = time.monotonic()
        if now < self._next:
            return
        self._next = now + _EVERY
        self.shown = True
        told = f"{octets / 1e6:,.0f} MB"
        if self._total:
            told = f"{min(100, 100 * octets // self._total)} % of {self._total / 1e6:,.0f} MB"
        messages.overwrite(f"reading: {told}, {packets:,} packets")


class Shown:
    """A progress while these files are read; None where nobody would see it."""

    def __init__(self, files: Sequence[str]) -> None:
        hidden = messages.Talk.quiet or not messages.on_terminal()
        self._progress = None if hidden else Progress(_size(files))

    def __enter__(self) -> Progress | None:
        return self._progress

    def __exit__(self, *_: object) -> None:
        if self._progress is not None and self._progress.shown:
            messages.overwrite("")


def _size(files: Sequence[str]) -> int | None:
    """Octets to be read; unknown of pipes and of what is compressed."""
    total = 0
    for name in files:
        if not os.path.isfile(name):
            return None
        try:
            if _is_packed(name):
                return None
        except OSError:  # whoever reads it will say what is wrong with it
            return None
        total += os.path.getsize(name)
    return total


def _is_packed(name: str) -> bool:
    with open(name, "rb") as file:
        return packing(lambda count: file.peek(count)[:count]) is not None
