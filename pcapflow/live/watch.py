"""The loop that watches an interface: packets in, news out, a report at the end."""

from __future__ import annotations

import select
import time
from collections.abc import Iterator, Sequence
from itertools import islice, product
from typing import TYPE_CHECKING, NamedTuple

from pcapflow.capture.packets import Packets
from pcapflow.engine import FORM
from pcapflow.engine.batch import Batch
from pcapflow.engine.pump import Pump
from pcapflow.errors import CaptureError
from pcapflow.fold import Report
from pcapflow.inputs import cut, damage
from pcapflow.live.follower import Follower
from pcapflow.live.news import News
from pcapflow.live.standing import Standing
from pcapflow.live.stop import Asked
from pcapflow.model import CaptureInfo
from pcapflow.tcp.timers import Settings

if TYPE_CHECKING:
    from pcapflow.live.host import Host

_DRAIN = 10.0  # seconds for what was captured to come when the watch is over
_REST = 4  # times as long as looking for news takes passes until the next look
_TOGETHER = 512  # news that are made before they are told: each holds a connection's record
_GRACE = 0.3  # seconds after which dumpcap and tcpdump have handed on what came before
_NEAR = 3_600_000_000_000
"""A pipe's packets so near to now (ns) are taken for live, its idle time for time passed."""
_HEARTBEAT = 1.0  # seconds without a packet or news before looking around
_EVERY = 200_000_000  # ns between two looks for news


class Limits(NamedTuple):
    """When to stop unasked: after so many packets, or so many nanoseconds."""

    packets: int | None = None
    duration: int | None = None


class Watch(Standing):
    """One live analysis.

    The packet clock is moved on by the machine's when no packet waits, so that waits end on an
    idle link too; where another machine stamps the packets, by as much as its clock shows.
    ``fault`` is what the capture broke off with; all before it is reported.

    ``news`` may run in another thread than those who ask how things stand.  ``followers`` are told
    of everything under the lock.  ``host`` says who holds a socket here; it is asked without the
    lock, since that takes time.
    """

    def __init__(
        self,
        packets: Packets,
        settings: Settings,
        limits: Limits,
        followers: Sequence[Follower] = (),
        host: Host | None = None,
    ) -> None:
        super().__init__(settings)
        self.host = host
        self._packets = packets
        self._limits = limits
        self._followers = followers
        self._counted = time.time_ns()
        self._pump = Pump(self._tracker, self._decoder, on_batch=self._tracked)
        self._octets = 0
        self._ahead: int | None = None if not packets.local else 0
        self._truncated: str | None = None
        self._ended = self._over_with = False
        self._damage: tuple[CaptureError, ...] = ()
        self.fault: CaptureError | None = None
        for follower in followers:
            follower.began(self)

    def news(self, stop: Asked) -> Iterator[News]:
        """News as they become true, until ``stop`` is asked for or a limit is reached."""
        started = looked = time.monotonic_ns()
        took = 0
        sources = [self._packets.fileno(), stop.fileno()]
        while not (stop.asked or self._over(started)):
            select.select(sources, [], [], self._patience(started))
            with self.lock:
                if not self._read():
                    break
            begun = time.monotonic_ns()
            if begun - looked >= max(_EVERY, _REST * took):
                yield from self._told()
                looked = time.monotonic_ns()
                took = looked - begun
        with self.lock:
            self._finish()

    def end(self) -> Iterator[News]:
        """Everything that is still open, as it stands."""
        with self.lock:
            self._tracker.close()
            self._ended = True
        yield from self._told()
        self.close()

    def close(self) -> None:
        """Nothing more is told: followers finish what they have, also where the watch broke off."""
        with self.lock:
            if not self._over_with:
                self._over_with = True
                for follower in self._followers:
                    follower.end()

    def report(self) -> Report:
        """All of it, after ``end``."""
        tracker, decoder = self._tracker, self._decoder
        info = CaptureInfo(
            files=(self._packets.name,),
            formats=("live" if self._packets.local else self._pump.form,),
            link_types=self._pump.links,
            sha256=(None,),
            packets=decoder.packets,
            tcp_packets=decoder.tcp_packets,
            skipped=decoder.skipped(),
            first=tracker.clock.first if tracker.clock.first >= 0 else None,
            last=tracker.clock.now if tracker.clock.now >= 0 else None,
            truncated=self._truncated,
            duplicates=tracker.events.duplicates,
            drops=self.losses.count,
            octets=self._octets,
            closed_early=tracker.rows.evicted,
        )
        self._report.finish(info, self._damage, FORM)
        return self._report

    def _read(self) -> bool:
        """Take the packets that wait; False where no more will come."""
        now = time.time_ns()
        try:
            octets = self._packets.read(self._left())
        except CaptureError as error:
            self.fault = error
            return False
        self._feed(octets)
        if self._pump.fault is not None:
            self.fault = damage(self._packets.name, self._pump.fault)
            self._damage = (self.fault,)
            return False
        if octets and not self._packets.local:
            self._compare(now)
        passed = self._passed(now)
        if self._packets.drained and passed is not None:
            self._tracker.clock.now = max(self._tracker.clock.now, passed)
        return not self._packets.ended

    def _compare(self, now: int) -> None:
        """How far the clock that stamps packets is ahead of ours, less the time they travel."""
        if self._tracker.clock.now >= 0:
            ahead = self._tracker.clock.now - now
            self._ahead = ahead if self._ahead is None else max(ahead, self._ahead)

    def _passed(self, now: int) -> int | None:
        """Until when all packets have been read if none waits at ``now`` (ns); None: unknown."""
        ahead = self._ahead
        if ahead is None or abs(ahead) > _NEAR or self._tracker.clock.now < 0:
            return None
        return now + ahead - self._packets.lag

    def _finish(self) -> None:
        """Capture nothing more, and take what was captured."""
        self._linger()
        self._packets.stop()
        until = time.monotonic() + _DRAIN
        while self.fault is None and not self._packets.ended and self._left() != 0:
            left = until - time.monotonic()
            if left <= 0:
                break
            select.select([self._packets.fileno()], [], [], left)
            if not self._read():
                break
        if self._packets.local or self.fault is not None or self._left() == 0:
            return
        if self._packets.ended and self._pump.fault is None:
            self._pump.close()
            if self._pump.fault is not None and self._pump.fault.kind == "cut":
                self._truncated = cut(self._packets.name, self._pump.fault)
            elif self._pump.fault is not None:
                self.fault = damage(self._packets.name, self._pump.fault)

    def _linger(self) -> None:
        """Read on for a moment: dumpcap and tcpdump throw away what the kernel holds for them."""
        if not self._packets.local or self._packets.lag == 0:
            return
        begun = time.monotonic()
        while self.fault is None and not self._packets.ended and self._left() != 0:
            passed = time.monotonic() - begun
            if passed >= (_GRACE if self._packets.drained else _DRAIN):
                return
            select.select([self._packets.fileno()], [], [], max(0.0, _GRACE - passed))
            if not self._read():
                return

    def _left(self) -> int | None:
        """How many packets may still be read; None: any number."""
        most = self._limits.packets
        return None if most is None else max(0, most - self._decoder.packets)

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
            now = time.time_ns()
            # What is counted at this look may have been lost a little before the last one.
            since = self._counted - 2 * self._packets.lag
            self.losses.note(self._packets.drops(), since, now)
            if self.losses.count is not None:
                self._counted = now
        news = self._desk.news()
        while True:
            with self.lock:
                told = list(islice(news, _TOGETHER))
            if not told:
                break
            if self.host is not None:
                told = [self.host.annotated(each) for each in told]
            with self.lock:
                for each, follower in product(told, self._followers):
                    follower.told(each)
            yield from told
        with self.lock:
            for follower in self._followers:
                follower.passed(self._tracker.clock.now)
            if not self._ended:  # else all that is left is the report's: piles are judged of it
                self._report.fold()
        if self.host is not None:
            self.host.compare(self)

    def _over(self, started: int) -> bool:
        duration = self._limits.duration
        return self._left() == 0 or (
            duration is not None and time.monotonic_ns() - started >= duration
        )

    def _patience(self, started: int) -> float:
        """Seconds to wait for a packet at most."""
        waits = [_HEARTBEAT]
        passed = self._passed(time.time_ns())
        if self._desk.next_due is not None and passed is not None:
            waits.append(max(_EVERY, self._desk.next_due - passed) / 1e9)
        if self._limits.duration is not None:
            waits.append((started + self._limits.duration - time.monotonic_ns()) / 1e9)
        return max(0.0, min(waits))
