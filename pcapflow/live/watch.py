"""The loop that watches an interface: packets in, news out, a report at the end."""

from __future__ import annotations

import select
import threading
import time
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple, Protocol

from pcapflow.engine import FORM
from pcapflow.engine.batch import Batch
from pcapflow.engine.groups import Groups
from pcapflow.engine.pump import Pump
from pcapflow.engine.segments import Decoder
from pcapflow.engine.track import Tracker
from pcapflow.errors import CaptureError
from pcapflow.fold import Report
from pcapflow.live.follower import Follower
from pcapflow.live.news import Desk, News
from pcapflow.live.stop import Asked
from pcapflow.model import CaptureInfo, Connection
from pcapflow.shapes import Shapes
from pcapflow.tcp.timers import Settings

if TYPE_CHECKING:
    from pcapflow.sockets import Chosen, Sockets

_AT_ONCE = 4096  # packets read before there may be news
_HEARTBEAT = 1.0  # seconds without a packet or news before looking around
_EVERY = 200_000_000  # ns between two looks for news


class Packets(Protocol):
    """Where packets come from: ``pcapflow.capture.live.Live``."""

    interface: str
    header: bytes
    packets: int

    def fileno(self) -> int: ...

    def read(self, most: int) -> bytes: ...

    def drops(self) -> int: ...


class Limits(NamedTuple):
    """When to stop unasked: after so many packets, or so many nanoseconds."""

    packets: int | None = None
    duration: int | None = None


class Watch:
    """One live analysis.

    The packet clock is moved on by the machine's when no packet waits, so that waits end on an
    idle link too.  ``fault`` is what the interface broke off with; all before it is reported.

    ``news`` may run in another thread than those who ask: what is asked for takes ``lock``, and so
    does what changes the tracker.  ``followers`` are told of everything under it.
    """

    def __init__(
        self,
        packets: Packets,
        settings: Settings,
        limits: Limits,
        followers: Sequence[Follower] = (),
    ) -> None:
        self.lock = threading.RLock()
        self._packets = packets
        self._settings = settings
        self._limits = limits
        self._followers = followers
        self._tracker = Tracker()
        self._tracker.rows.most = settings.max_connections
        self._decoder = Decoder()
        self._report = Report(self._tracker, settings, keep=False)
        self._desk = Desk(self._tracker, settings)
        self._shapes = Shapes(self._tracker, settings)
        self._pump = Pump(self._tracker, self._decoder, on_batch=self._tracked)
        self._octets = 0
        self.fault: CaptureError | None = None

    def news(self, stop: Asked) -> Iterator[News]:
        """News as they become true, until ``stop`` is asked for or a limit is reached."""
        started = looked = time.monotonic_ns()
        sources = [self._packets.fileno(), stop.fileno()]
        self._feed(self._packets.header)
        while not (stop.asked or self._over(started)):
            select.select(sources, [], [], self._patience(started))
            with self.lock:
                if not self._read():
                    break
            if time.monotonic_ns() - looked >= _EVERY:
                yield from self._told()
                looked = time.monotonic_ns()

    def end(self) -> Iterator[News]:
        """Everything that is still open, as it stands."""
        with self.lock:
            self._tracker.close()
        yield from self._told()
        with self.lock:
            for follower in self._followers:
                follower.end()

    def sockets(self, chosen: Chosen) -> Sockets | None:
        """What ``pcapflow states`` asks of a file, of what is open now; None before any packet.

        Hold ``lock`` while asking it.  Some 4 µs a connection: who asks again and again should wait
        ten times as long between.
        """
        from pcapflow.sockets import Sockets  # and numpy: only for those who ask
        from pcapflow.timeline import Timeline

        with self.lock:
            tracker, settings = self._tracker, self._settings
            if tracker.clock.now < 0:
                return None
            groups = Groups(tracker, settings.two_msl, lambda node, marks: None, 0, whole=True)
            alone = groups.take(tracker.rows.open(), True)
            first, last = tracker.clock.first, tracker.clock.now
            timeline = Timeline(tracker, groups, self._shapes, alone, settings, first, last)
            return Sockets(self._report, timeline, chosen)

    def connection(self, number: int) -> Connection | None:
        """An open connection by the tracker's number, with its findings as they stand."""
        with self.lock:
            for index in self._tracker.rows.open():
                if self._tracker.rows.number(index) == number:
                    return self._shapes.told(index)[0]
        return None

    @property
    def now(self) -> int:
        """The packet clock (ns); -1 before any packet."""
        return self._tracker.clock.now

    def report(self) -> Report:
        """All of it, after ``end``."""
        tracker, decoder = self._tracker, self._decoder
        info = CaptureInfo(
            files=(self._packets.interface,),
            formats=("live",),
            link_types=self._pump.links,
            sha256=(None,),
            packets=decoder.packets,
            tcp_packets=decoder.tcp_packets,
            skipped=decoder.skipped(),
            first=tracker.clock.first if tracker.clock.first >= 0 else None,
            last=tracker.clock.now if tracker.clock.now >= 0 else None,
            truncated=None,
            duplicates=tracker.events.duplicates,
            drops=self._packets.drops(),
            octets=self._octets,
            closed_early=tracker.rows.evicted,
        )
        self._report.finish(info, (), FORM)
        return self._report

    def _read(self) -> bool:
        """Take the packets that wait; False where the interface is gone."""
        now = time.time_ns()
        most = _AT_ONCE
        if self._limits.packets is not None:
            most = min(most, self._limits.packets - self._packets.packets)
        before = self._packets.packets
        try:
            octets = self._packets.read(most)
        except CaptureError as error:
            self.fault = error
            return False
        self._feed(octets)
        if self._packets.packets - before < most and self._tracker.clock.now >= 0:
            self._tracker.clock.now = max(
                self._tracker.clock.now, now
            )  # nothing older can come any more
        return True

    def _feed(self, octets: bytes) -> None:
        self._octets += len(octets)
        for follower in self._followers:
            follower.octets(octets)
        self._pump.feed(memoryview(octets))

    def _tracked(self, batch: Batch) -> None:
        self._desk.collect(batch)
        for follower in self._followers:
            follower.tracked(batch)

    def _told(self) -> Iterator[News]:
        with self.lock:
            told = list(self._desk.news())
            for follower in self._followers:
                for news in told:
                    follower.told(news)
                follower.passed(self._tracker.clock.now)
            self._report.fold()
        yield from told

    def _over(self, started: int) -> bool:
        packets, duration = self._limits
        return (packets is not None and self._packets.packets >= packets) or (
            duration is not None and time.monotonic_ns() - started >= duration
        )

    def _patience(self, started: int) -> float:
        """Seconds to wait for a packet at most."""
        waits = [_HEARTBEAT]
        if self._desk.next_due is not None:
            waits.append(max(_EVERY, self._desk.next_due - time.time_ns()) / 1e9)
        if self._limits.duration is not None:
            waits.append((started + self._limits.duration - time.monotonic_ns()) / 1e9)
        return max(0.0, min(waits))
