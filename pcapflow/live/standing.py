"""How things stand in a watch: what others may ask of it, from any thread, while it goes on."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, NamedTuple

from pcapflow.engine.groups import Groups
from pcapflow.engine.segments import Decoder
from pcapflow.engine.track import Tracker
from pcapflow.fold import Report
from pcapflow.live.losses import Losses
from pcapflow.live.news import Desk
from pcapflow.model import Connection
from pcapflow.shapes import Shape, Shapes
from pcapflow.tcp.timers import Settings

if TYPE_CHECKING:
    from pcapflow.sockets import Chosen, Sockets
    from pcapflow.timeline import Timeline


class Counts(NamedTuple):
    """Packets read, TCP segments among them, packets lost by the kernel, connections put out."""

    packets: int
    tcp_packets: int
    drops: int | None
    evicted: int


class Standing:
    """What has been read so far, and what it means.

    What is asked for takes ``lock``, and so does whoever changes the tracker.  ``losses`` are the
    packets that the capture had no room for.
    """

    def __init__(self, settings: Settings) -> None:
        self.lock = threading.RLock()
        self.losses = Losses()
        self._settings = settings
        self._tracker = Tracker()
        self._tracker.rows.most = settings.max_connections
        self._decoder = Decoder()
        self._report = Report(self._tracker, settings, keep=False)
        self._shapes = Shapes(self._tracker, settings)
        self._desk = Desk(self._tracker, self._shapes, self.losses)

    def sockets(self, chosen: Chosen) -> Sockets | None:
        """What ``pcapflow states`` asks of a file, of what is open now; None before any packet.

        Hold ``lock`` while asking it.  Some 4 µs a connection: who asks again and again should wait
        ten times as long between.
        """
        from pcapflow.sockets import Sockets  # and numpy: only for those who ask

        timeline = self.timeline()
        return None if timeline is None else Sockets(self._report, timeline, chosen)

    def timeline(self) -> Timeline | None:
        """Which end of what is open was in which state when, up to now; asked as ``sockets``."""
        from pcapflow.timeline import Timeline

        with self.lock:
            tracker, settings = self._tracker, self._settings
            if tracker.clock.now < 0:
                return None
            groups = Groups(tracker, settings.two_msl, lambda node, marks: None, 0, whole=True)
            alone = groups.take(tracker.rows.open(), True)
            first, last = tracker.clock.first, tracker.clock.now
            return Timeline(tracker, groups, self._shapes, alone, settings, first, last)

    def connection(self, number: int) -> Connection | None:
        """An open connection by the tracker's number, with its findings as they stand."""
        told = self.told(number)
        return None if told is None else told[0]

    def told(self, number: int) -> tuple[Connection, Shape] | None:
        """The same with its shape."""
        with self.lock:
            index = self._tracker.rows.find({number}).get(number)
            return None if index is None else self._desk.judged(index)

    def parts(self, number: int) -> frozenset[int]:
        """The tracker's numbers whose segments belong to connection ``number``."""
        parts = {number}
        with self.lock:
            for gone, into in sorted(self._tracker.dissolved.items()):
                if into in parts:
                    parts.add(gone)
        return frozenset(parts)

    def counts(self) -> Counts:
        """How much there was so far."""
        with self.lock:
            return Counts(
                packets=self._decoder.packets,
                tcp_packets=self._decoder.tcp_packets,
                drops=self.losses.count,
                evicted=self._tracker.rows.evicted,
            )

    @property
    def now(self) -> int:
        """The packet clock (ns); -1 before any packet."""
        return self._tracker.clock.now
