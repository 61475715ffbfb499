"""Plays many scenarios at the same time, each in a process of its own; they mostly sleep."""

from __future__ import annotations

import sys
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, as_completed
from functools import partial
from pathlib import Path

from . import LabError
from .recording import Recording, record
from .scenarios import SCENARIOS

Write = Callable[[Recording, Path], Path]

# On a busy machine a recorder may lose frames, or the wire be late: twice in a row is a fault.
TRIES = 2


def play(name: str, directory: Path, write: Write) -> str:
    """Record one scenario into the directory; returns a line that says so."""
    for left in reversed(range(TRIES)):
        try:
            recording = record(SCENARIOS[name])
            write(recording, directory)
        except LabError:
            if not left:
                raise
        else:
            break
    seconds = (recording.log[-1].at - recording.log[0].at) / 1e9
    late = recording.round_trip_ns / 1e6
    return f"{name}: {len(recording.log)} packets, {seconds:.3f} s, round trip {late:.1f} ms"


def play_all(names: list[str], directory: Path, write: Write) -> int:
    """Record the scenarios; returns how many failed, and says why."""
    directory.mkdir(parents=True, exist_ok=True)
    failures = 0
    with ProcessPoolExecutor(max_workers=len(names)) as pool:
        one = partial(play, directory=directory, write=write)
        playing = {pool.submit(one, name): name for name in names}
        for future in as_completed(playing):
            try:
                print(future.result(), file=sys.stderr, flush=True)
            except Exception as error:  # one scenario's fault must not end the others
                failures += 1
                print(f"{playing[future]}: {error!r}", file=sys.stderr, flush=True)
    return failures
