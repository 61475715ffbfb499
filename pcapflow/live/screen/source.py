"""What the screen asks of a watch; all of it may take long, and is asked in threads."""

from __future__ import annotations

import os
import re
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from pcapflow.capture.packets import Packets
from pcapflow.live import ring as rings
from pcapflow.live.held import sentence
from pcapflow.live.news import News
from pcapflow.live.ring import Packet, Ring
from pcapflow.live.screen.retold import NothingLeft, Retold
from pcapflow.live.watch import Watch
from pcapflow.model import Connection, Host, Place, State
from pcapflow.sockets import By, Chosen, Held
from pcapflow.tcp.timers import Settings

MOST = 500
"""Connections listed of one place; the rest is a number."""
_KEPT = 2000  # news that wait to be taken


class Look(NamedTuple):
    """What there was ``at`` a moment (ns, packet clock; None before any packet).

    ``drops`` is None where nobody counts them, ``wall`` the time of day (ns).
    """

    at: int | None
    hosts: dict[By, list[Host]]
    packets: int
    drops: int | None
    wall: int


class Listed(NamedTuple):
    """The connections of a place at a moment: some of them, and how many there are."""

    at: int
    place: Place
    sockets: int
    held: list[Held]


class Shown(NamedTuple):
    """One connection as it stands at a moment, with its diagram of the packets still kept.

    ``states`` are what it is in, or ended in; ``held`` says who holds its sockets.  ``since`` is
    when (ns) the first of the packets was seen, where others went before and are forgotten.
    """

    at: int
    connection: Connection
    states: tuple[State, State]
    held: tuple[str, ...]
    diagram: str | None
    since: int | None


class Source:
    """Asks a watch under its lock, and keeps its news until they are taken."""

    def __init__(
        self,
        watch: Watch,
        packets: Packets,
        ring: Ring,
        settings: Settings,
        clock: Callable[[], int] = time.time_ns,
    ) -> None:
        self.interface = packets.name
        self.clock = clock
        self._watch = watch
        self._packets = packets
        self._ring = ring
        self._settings = settings
        self._news: deque[News] = deque(maxlen=_KEPT)
        self._findings = 0

    def tell(self, news: News) -> None:
        """Something new; called in the thread of the watch."""
        if news.findings:
            self._findings += len(news.findings)
            self._news.append(news)

    def take(self) -> tuple[list[News], int]:
        """What is new since this was called last, the last of it, and all findings so far."""
        return [self._news.popleft() for _ in range(len(self._news))], self._findings

    def look(self) -> Look:
        """The sockets of all places."""
        hosts: dict[By, list[Host]] = {"service": [], "host": []}
        at = None
        for by in hosts:  # the lock is given back between the two, for packets wait for it
            with self._watch.lock:
                sockets, now = self._watch.sockets(Chosen()), self._watch.now
                if sockets is not None:
                    at = now
                    hosts[by] = sockets.at(now, by)
        counts = self._watch.counts()
        return Look(at, hosts, counts.packets, counts.drops, self.clock())

    def listed(self, place: Place) -> Listed:
        """The connections of a place, the worst first."""
        by: By = "host" if place.port is None else "service"
        with self._watch.lock:
            sockets, now = self._watch.sockets(Chosen()), self._watch.now
            hosts = [] if sockets is None else sockets.at(now, by)
            for host in hosts:
                if host.place == place and sockets is not None:
                    held = sockets.held(host, now, MOST)
                    return Listed(now, place, sum(host.sums.values()), held)
            return Listed(now, place, 0, [])

    def detail(self, known: Connection) -> Shown:
        """A connection as it stands: where it is over, as it was ``known``."""
        with self._watch.lock:
            now, connection = self._watch.now, self._watch.connection(known.id)
            packets = self._packets_of(known)
        held = self._held(connection or known)
        retold = self._retold(packets, known.id, now)
        if retold is None:
            connection = connection or known
            return Shown(now, connection, connection.states, held, None, None)
        states = (connection or retold.connection).states
        since = packets[0].at if packets[0].at != known.first else None
        return Shown(now, connection or known, states, held, retold.drawn(".txt").decode(), since)

    def save_packets(self, connection: Connection) -> Path | None:
        """Write the packets that are still kept of a connection, with its findings as comments.

        Gives where to; None without any.
        """
        with self._watch.lock:
            connection = self._watch.connection(connection.id) or connection
            comments = {
                frame: f"{finding.code}: {finding.message}"
                for finding in reversed(connection.findings)
                for frame in finding.frames
            }
            packets = self._packets_of(connection)
        if not packets:
            return None
        return self._write(connection, ".pcapng", rings.capture(packets, comments))

    def save_picture(self, connection: Connection) -> Path | None:
        """Draw a connection from these packets; where to, None without any."""
        with self._watch.lock:
            now, packets = self._watch.now, self._packets_of(connection)
        retold = self._retold(packets, connection.id, now)
        return None if retold is None else self._write(connection, ".png", retold.drawn(".png"))

    def _packets_of(self, connection: Connection) -> list[Packet]:
        return list(self._ring.packets(self._watch.parts(connection.id)))

    def _retold(self, packets: list[Packet], flow: int, now: int) -> Retold | None:
        if not packets:
            return None
        capture, losses = rings.capture(packets), self._watch.losses
        try:
            return Retold(capture, flow, now, self.interface, self._settings, losses)
        except NothingLeft:
            return None

    def _held(self, connection: Connection) -> tuple[str, ...]:
        """Who holds the sockets of the ends that are on this host, a sentence each."""
        if self._watch.host is None:
            return ()
        ends = self._watch.host.held(connection)
        return tuple(sentence(end) for end in ends if end is not None and end.inode)

    def _write(self, connection: Connection, suffix: str, octets: bytes) -> Path:
        """A new file, here; one that is there already stays."""
        stem = f"{re.sub('[^A-Za-z0-9_.-]+', '-', os.path.basename(self.interface))}"
        stem = f"{stem}-flow{connection.id}"
        for path in (Path(f"{stem}{more}{suffix}") for more in ("", *map("-{}".format, _COUNTING))):
            try:
                with path.open("xb") as file:
                    file.write(octets)
            except FileExistsError:
                continue
            return path
        raise FileExistsError(f"{stem}{suffix} and many more are there")


_COUNTING = range(2, 1000)


class Feed(threading.Thread):
    """Runs the watch: hands on its news, and calls ``over`` at the end.

    ``fault`` is what it broke off with.
    """

    def __init__(
        self, news: Iterator[News], tell: Callable[[News], None], over: Callable[[], None]
    ) -> None:
        super().__init__(name="watch")
        self.fault: BaseException | None = None
        self._news = news
        self._tell = tell
        self._over = over

    def run(self) -> None:
        """Until the watch is over."""
        try:
            for news in self._news:
                self._tell(news)
        except BaseException as error:  # noqa: BLE001 - raised again in the main thread
            self.fault = error
        self._over()
