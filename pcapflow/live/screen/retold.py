"""One connection of a watch once more, from its packets that are still kept: for diagrams."""

from __future__ import annotations

import os

from pcapflow import _version
from pcapflow.api import Run
from pcapflow.draw import render
from pcapflow.engine.batch import Batch
from pcapflow.live.losses import Losses
from pcapflow.model import CaptureInfo, Connection, Segment
from pcapflow.scene import scene
from pcapflow.tcp.timers import Settings
from pcapflow.tracer import Tracer
from pcapflow.values import replace


class NothingLeft(Exception):
    """The packets are of no connection: an ICMP error whose segments are forgotten."""


class Retold:
    """What a ``capture`` of one connection's packets tells of it at ``now`` (ns, packet clock).

    It is analysed as a file would be that begins with its first packet and ends now, ``name`` in
    place of the file's, ``flow`` as its id.  Where the packets are several connections' to the
    analysis, since the first of them are gone, the last is told; NothingLeft where they are none's.
    Frames are counted anew, from 1, as they are in a file into which the packets are saved.
    """

    connection: Connection
    segments: tuple[Segment, ...]
    info: CaptureInfo

    def __init__(
        self, capture: bytes, flow: int, now: int, name: str, settings: Settings, losses: Losses
    ) -> None:
        tracers: dict[int, Tracer] = {}

        def collect(batch: Batch) -> None:
            for i, (_, _, number, _) in enumerate(batch.tracked()):
                tracers.setdefault(number, Tracer()).collect(batch, i)

        run = Run(settings, keep=True, on_batch=collect)
        file = os.memfd_create("packets")
        try:
            with open(file, "wb", closefd=False) as stream:
                stream.write(capture)
            run.read([f"/proc/self/fd/{file}"])
        finally:
            os.close(file)
        run.tracker.clock.now = max(run.tracker.clock.now, now)
        report = run.report()
        connections = list(report.connections())
        if not connections:
            raise NothingLeft
        last = connections[-1]
        self.connection = replace(losses.weakened(last), id=flow)
        number = report.number(last.id)
        assert number is not None
        parts = [tracers[part] for part in sorted(report.parts_of(number)) if part in tracers]
        self.segments = tuple(s for part in parts for s in part.segments())
        self.info = replace(report.info, files=(name,))
        self._settings = settings

    def drawn(self, suffix: str) -> bytes:
        """Its sequence diagram, as ``pcapflow diagram`` draws it."""
        drawn = scene(
            self.connection, self.segments, self.info, _version.__version__, settings=self._settings
        )
        return render(drawn, suffix)
