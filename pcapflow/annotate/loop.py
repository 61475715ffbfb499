"""Runs pyshark in an event loop of its own, so that nobody else ever sees one."""

from __future__ import annotations

import asyncio
from asyncio.subprocess import Process
from collections.abc import Callable
from typing import Any

import pyshark
import pyshark.config

# Pyshark takes the program to run from a config.ini in the current directory, whoever put it there,
# and fails on one that means something else.  Its own says the same as no file at all.
pyshark.config.fp_config_path = pyshark.config.pyshark_config_path


def packets(
    give: Callable[[Any], None], capture: str, display_filter: str, layers: str, tshark: str
) -> str | None:
    """Give each packet of a capture file that the filter shows, dissected only in ``layers``.

    Returns None, or what tshark said when it did not come to the end.
    """
    loop = asyncio.new_event_loop()
    try:
        reader = _Reader(
            capture,
            display_filter=display_filter,
            keep_packets=False,
            custom_parameters=["-j", layers],
            tshark_path=tshark,
            eventloop=loop,
        )
        reader.apply_on_packets(give)
        return reader.trouble
    finally:
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()


class _Reader(pyshark.FileCapture):  # type: ignore[misc]  # pyshark has no types
    """Waits for tshark at the end of its output; pyshark would kill it and then guess."""

    trouble: str | None = None

    async def _cleanup_subprocess(self, process: Process) -> None:
        if not self._eof_reached:
            await super()._cleanup_subprocess(process)
            return
        code = await process.wait()
        await asyncio.gather(*self._stderr_handling_tasks)
        if code != 0:
            self.trouble = self._last_error_line or f"tshark: exit code {code}"
