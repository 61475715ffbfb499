"""The command line: one small module a command; the only room that prints.

Knows all rooms; everything costly is imported by the command that needs it.
"""

from __future__ import annotations

import gc
from collections.abc import Sequence

INTERRUPTED = 130
_YOUNG_OBJECTS = 50_000  # more than start-up makes, all of which stays


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command, of this process's arguments if none are given; return its exit code.

    0: done; 1: done, and a finding reached --fail-on; 2: wrong usage or unreadable input;
    130: interrupted.  For the one call of a process: the garbage collector is told not to look
    through what is imported, neither now nor when the process ends.  That is a sixth of the time
    that a small capture takes.
    """
    gc.set_threshold(_YOUNG_OBJECTS)
    try:
        from pcapflow.cli.entry import run

        return run(arguments)
    except KeyboardInterrupt:  # so early or so late that no command was there to catch it
        return INTERRUPTED
    finally:
        gc.freeze()
