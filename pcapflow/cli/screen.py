"""When ``pcapflow watch`` opens its screen, and what it needs for that."""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

from pcapflow.capture.packets import Packets
from pcapflow.cli import messages, output
from pcapflow.live.news import News
from pcapflow.live.stop import Asked
from pcapflow.live.watch import Watch
from pcapflow.report.table import MARKS
from pcapflow.tcp.timers import Settings

if TYPE_CHECKING:
    from pcapflow.live.ring import Ring


def possible() -> bool:
    """Whether there is a terminal that can show it, and the library; says what is missing."""
    if not all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stdout)):
        return False
    if not messages.on_terminal() or os.environ.get("TERM", "dumb") == "dumb":
        return False
    if not output.can_show("".join(MARKS.values()), None):
        messages.note("the screen needs a terminal with UTF-8; here are lines of text")
        return False
    if importlib.util.find_spec("textual") is None:
        messages.note("install pcapflow[live] for the screen; here are lines of text")
        return False
    return True


def show(
    watch: Watch,
    packets: Packets,
    kept: Ring,
    settings: Settings,
    news: Iterator[News],
    stop: Asked,
) -> None:
    """Show the watch until it ends or the user wants no more."""
    from pcapflow.live.screen.app import show as shown
    from pcapflow.live.screen.source import Source

    for line in shown(Source(watch, packets, kept, settings), news, stop):
        sys.stderr.write(f"{line}\n")
