"""Who captures: dumpcap, tcpdump, or this program's own sockets."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys

from pcapflow.capture import filters
from pcapflow.capture.interfaces import check
from pcapflow.capture.packets import ANY, Packets, Wanted
from pcapflow.capture.rights import may_capture
from pcapflow.errors import MissingTool, UsageError

AUTO = "auto"
FEEDERS = (AUTO, "dumpcap", "tcpdump", "sockets")
_INSTALL = {
    "dumpcap": "sudo apt-get install wireshark-common",
    "tcpdump": "sudo apt-get install tcpdump",
}


def capture(wanted: Wanted, feeder: str = AUTO) -> Packets:
    """Begin to capture.

    Raises UsageError for an interface that is not there, MissingTool for a feeder that is not
    installed, and what the feeder raises.
    """
    if sys.platform != "linux":
        raise UsageError("watching needs Linux. Try: tcpdump -U -w - | pcapflow watch -")
    for interface in wanted.interfaces:
        check(interface)
    if ANY in wanted.interfaces and len(wanted.interfaces) > 1:
        raise UsageError("any is all interfaces: name it alone")
    with contextlib.suppress(filters.NoCompiler):
        filters.program(wanted.filter, filters.ETHERNET)  # says best what is wrong
    if feeder == AUTO:
        feeder = chosen(wanted)
    elif feeder in _INSTALL and shutil.which(feeder) is None:
        raise MissingTool(feeder, f"--feeder {feeder}", _INSTALL[feeder])
    if feeder == "tcpdump" and len(wanted.interfaces) > 1:
        raise UsageError("tcpdump takes one interface, or any. Try: --feeder dumpcap")
    if feeder == "sockets":
        from pcapflow.capture.live import Sockets

        return Sockets(wanted)
    from pcapflow.capture.pipe import Pipe

    return Pipe(feeder, wanted)


def chosen(wanted: Wanted) -> str:
    """The first that is installed and may capture, by its own rights or this process's.

    tcpdump says while it runs what was dropped, dumpcap only at its end; but tcpdump takes one
    interface, and dumpcap is what distributions give rights to.
    """
    ours = may_capture()
    for feeder in ("tcpdump", "dumpcap"):
        path = shutil.which(feeder)  # None where this user may not run it
        if path is None or (feeder == "tcpdump" and len(wanted.interfaces) > 1):
            continue
        if ours or may_itself(path):
            return feeder
    return "sockets"


def may_itself(path: str) -> bool:
    """Whether a program has rights of its own: file capabilities, or root's."""
    if os.stat(path).st_mode & 0o4000:
        return True
    try:
        return bool(os.getxattr(path, "security.capability"))
    except OSError:
        return False
