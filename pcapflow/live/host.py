"""The capturing host: what its kernel says of an end that is here, and who holds the socket."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

from pcapflow.errors import KernelError
from pcapflow.findings.words import MINUTE
from pcapflow.live.doubts import Doubts
from pcapflow.live.held import Held, Pair
from pcapflow.live.holders import Holder, Holders
from pcapflow.live.kernel import Kernel, KernelSocket, Key, Table, key
from pcapflow.model import ENDS, Connection, End, Endpoint, State

if TYPE_CHECKING:
    from pcapflow.live.news import News
    from pcapflow.live.watch import Watch

_WINDOW = 10 * MINUTE
"""Growth is that of the last so many ns."""
_LEAST = 5_000_000_000
"""ns that must have been watched before anything is called growing."""


_Service: TypeAlias = tuple[int, int, int, int, int]


class Host:
    """Asks the kernel and ``/proc``; may be asked by several threads.

    An end is of this host when the kernel has, or had when it was last asked, a socket with its
    addresses and ports.  ``say`` is told, in a sentence, where the kernel and the capture differ.
    """

    def __init__(self, kernel: Kernel, holders: Holders, say: Callable[[str], None]) -> None:
        self._kernel = kernel
        self._holders = holders
        self._say = say
        self._lock = threading.RLock()
        self._doubts = Doubts()
        self._scanned = self._counted = 0
        self._piles: dict[tuple[State, _Service], list[KernelSocket]] = {}
        self._counts: dict[tuple[State, _Service, int], tuple[int, float | None]] = {}
        self.fault: KernelError | None = None
        """Why the kernel is not asked any more."""

    def held(self, connection: Connection) -> Pair:
        """What both ends are on this host, where it was asked since they became what they are."""
        found = []
        for end, proof in zip(ENDS, connection.state_evidence, strict=True):
            held = self.of(connection.client, connection.server, end)
            late = held is not None and proof.since is not None and held.at < proof.since
            found.append(None if late else held)
        return found[0], found[1]

    def of(self, client: Endpoint, server: Endpoint, end: End) -> Held | None:
        """The socket at one end of a connection; None where it is not of this host."""
        with self._lock:
            table = self._table()
            if self.fault is not None:
                return None  # nobody knows what became of it
            where = key(client, server) if end == "client" else key(server, client)
            found, at = table.get(where), self._kernel.at
            if found is None:
                return Held("CLOSED", 0, None, at) if self._doubts.known(where) else None
            if not found.inode:
                return Held(found.state, 0, found.uid, at)
            self._scan()
            holders = self._holders.of(found.inode)
            service = _service(where, ENDS.index(end))
            count, rate = self._count(found.state, service, holders) if holders else (0, None)
            hidden = self._holders.hidden
            return Held(found.state, found.inode, found.uid, at, holders, hidden, count, rate)

    def annotated(self, news: News) -> News:
        """The same news, with what is known here of connections that have findings."""
        with self._lock:
            if news.ended and self.fault is None:
                self._doubts.ended(news.connection)
            found = bool(news.connection.findings)
            return news._replace(held=self.held(news.connection)) if found else news

    def compare(self, watch: Watch) -> None:
        """Where the kernel has been asked anew, hold what the capture shows against it."""
        with self._lock:
            self._table()
            if self.fault is not None or self._doubts.compared == self._kernel.at:
                return
        with watch.lock, self._lock:  # in this order, as whoever asks with the watch's lock held
            started = time.monotonic_ns()
            told = self._doubts.look(self._table(), self._kernel.at, watch)
            self._kernel.cost(time.monotonic_ns() - started)
        for sentence in told:
            self._say(sentence)

    def close(self) -> None:
        """Nobody asks any more."""
        self._kernel.close()

    def _table(self) -> Table:
        if self.fault is None:
            try:
                return self._kernel.table()
            except KernelError as error:
                self.fault = error
                self._say(str(error))
        return {}

    def _scan(self) -> None:
        """Once a dump at most, and only when somebody asks."""
        if self._scanned != self._kernel.at:
            started = time.monotonic_ns()
            self._holders.scan()
            self._scanned = self._kernel.at
            self._kernel.cost(time.monotonic_ns() - started)

    def _count(
        self, state: State, service: _Service, holders: tuple[Holder, ...]
    ) -> tuple[int, float | None]:
        """How many sockets in this state the first holder has for the service, and their growth."""
        if self._counted != self._kernel.at:
            self._counts, self._piles = {}, {}
            self._counted = self._kernel.at
            for where, socket in self._table().items():
                if socket.inode:
                    for side in range(len(ENDS)):
                        alike = socket.state, _service(where, side)
                        self._piles.setdefault(alike, []).append(socket)
        pid = holders[0].process.pid
        counted = self._counts.get((state, service, pid))
        if counted is None:
            pile = self._piles.get((state, service), [])
            mine = [socket for socket in pile if self._holders.holds(pid, socket.inode)]
            counted = self._counts[state, service, pid] = len(mine), self._growth(mine)
        return counted

    def _growth(self, sockets: list[KernelSocket]) -> float | None:
        """By how many a minute: those that came while we watched and are still there."""
        watched = min(_WINDOW, self._kernel.at - self._kernel.first)
        if watched < _LEAST:
            return None
        came = sum(socket.since > self._kernel.at - watched for socket in sockets)
        return came * MINUTE / watched if came else None


def _service(where: Key, side: int) -> _Service:
    """The server's address and port, as client or server (0, 1) of which a socket is meant."""
    version, high, low, port, peer_high, peer_low, peer_port = where
    ends = (peer_high, peer_low, peer_port), (high, low, port)
    return side, version, *ends[side]
