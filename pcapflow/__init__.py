"""pcapflow: how did each TCP connection end, who ended it, and what went wrong on the way?

These names are the public API; everything else below this package is free to change::

    import pcapflow

    report = pcapflow.analyze(["pool.pcap"])
    for connection in report.connections():
        print(connection.id, connection.ending, connection.states, connection.findings)

They are loaded when first used, so that importing the package costs nothing.
"""

from __future__ import annotations

from pcapflow._version import __version__
from pcapflow.hints import TYPE_CHECKING

if TYPE_CHECKING:
    from pcapflow.api import analyze, trace
    from pcapflow.errors import CaptureError, PcapflowError
    from pcapflow.fold import Report
    from pcapflow.model import CaptureInfo, Connection, Endpoint, Finding, Segment, Transition
    from pcapflow.notebook import Picture
    from pcapflow.tcp.timers import PROFILES, Settings

__all__ = [
    "PROFILES",
    "CaptureError",
    "CaptureInfo",
    "Connection",
    "Endpoint",
    "Finding",
    "PcapflowError",
    "Picture",
    "Report",
    "Segment",
    "Settings",
    "Transition",
    "__version__",
    "analyze",
    "trace",
]

_HOMES = {
    "pcapflow.api": ("analyze", "trace"),
    "pcapflow.errors": ("CaptureError", "PcapflowError"),
    "pcapflow.fold": ("Report",),
    "pcapflow.model": (
        "CaptureInfo",
        "Connection",
        "Endpoint",
        "Finding",
        "Segment",
        "Transition",
    ),
    "pcapflow.notebook": ("Picture",),
    "pcapflow.tcp.timers": ("PROFILES", "Settings"),
}


def __getattr__(name: str) -> object:
    from importlib import import_module

    for home, names in _HOMES.items():
        if name in names:
            return getattr(import_module(home), name)
    raise AttributeError(f"module 'pcapflow' has no attribute {name!r}")
