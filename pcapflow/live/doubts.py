"""Where the kernel and the capture differ about a socket: a lost packet, or a fault of ours."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from pcapflow.engine.traffic import address
from pcapflow.findings.words import SECOND, clock
from pcapflow.live.kernel import Key, Table, key
from pcapflow.model import Connection, Endpoint, State
from pcapflow.sockets import Chosen, Sockets
from pcapflow.timeline import ADDRESS, INDEX, NUMBER, PORT, VERSION

if TYPE_CHECKING:
    from pcapflow.live.watch import Watch

_LASTS = 2 * SECOND
"""A difference must last so long at least, and longer than a round trip."""
_MOST = 10
"""Of one kind so many are told in full."""

_MOST_ENDED = 10_000
"""Of so many ends that were closed since the last dump it is checked whether they are."""

_WHY: dict[tuple[State, State], str] = {
    (
        "CLOSED",
        "FIN_WAIT_2",
    ): "Linux drops a closed socket's FIN_WAIT_2 after 60 s, without a packet",
    ("CLOSED", "TIME_WAIT"): "its TIME_WAIT was cut short (net.ipv4.tcp_max_tw_buckets)",
    ("CLOSED", "SYN_RECEIVED"): "SYN cookies need no socket, or the opening was given up",
    ("CLOSED", "SYN_SENT"): "the opening was given up, which sends no packet",
    ("CLOSED", "FIN_WAIT_1"): "a closed socket was given up, which sends no packet",
    ("CLOSED", "LAST_ACK"): "a closed socket was given up, which sends no packet",
    ("CLOSED", "CLOSING"): "a closed socket was given up, which sends no packet",
    ("FIN_WAIT_1", "ESTABLISHED"): "its FIN waits behind data that the peer does not take",
    ("LAST_ACK", "CLOSE_WAIT"): "its FIN waits behind data that the peer does not take",
    ("SYN_RECEIVED", "ESTABLISHED"): "its accept queue is full, or the handshake's ACK was lost",
}
_ELSE = (
    "a packet was lost between the capture and here, or pcapflow is wrong: then please report it"
)


_EARLY = "what passed before the watch began was not captured"


class _Claim(NamedTuple):
    """What the capture says of an end: ``row`` is the engine's, -1 where it has none any more."""

    connection: int
    end: int
    state: State
    since: int
    row: int


class _Suspicion(NamedTuple):
    kernel: State
    captured: State
    since: int
    seen: int


class Doubts:
    """Compares at each dump; what differs in the same way for long enough is told once."""

    def __init__(self) -> None:
        self.compared = 0
        """The dump that was compared last (ns)."""
        self._known: set[Key] = set()
        self._ended: dict[Key, _Claim] = {}
        self._suspected: dict[tuple[int, int], _Suspicion] = {}
        self._told: set[tuple[int, int, State, State]] = set()
        self._kinds: Counter[tuple[State, State]] = Counter()

    def known(self, where: Key) -> bool:
        """Whether a socket that is not there was there before: only then is its end of this host.

        Of an address that is translated, or is another namespace's, the kernel knows no socket.
        """
        return where in self._known

    def ended(self, connection: Connection) -> None:
        """Its ends are CLOSED, the capture says: the next dumps are to say so too."""
        ends = connection.client, connection.server
        for end, (state, proof) in enumerate(
            zip(connection.states, connection.state_evidence, strict=True)
        ):
            if state == "CLOSED" and len(self._ended) < _MOST_ENDED:
                where = key(ends[end], ends[1 - end])
                since = connection.last if proof.since is None else proof.since
                self._ended[where] = _Claim(connection.id, end, state, since, -1)

    def look(self, table: Table, at: int, watch: Watch) -> list[str]:
        """Compare all ends here with the table of this time; sentences about what differs.

        The watch's lock must be held.
        """
        self.compared = at
        sockets = watch.sockets(Chosen())
        if sockets is None:
            return []
        claims = _claims(sockets, watch.now)
        self._known = {where for where in claims if where in table or where in self._known}
        told: list[str] = []
        for where, claim, kernel in self._differing(claims, table):
            if self._lasts(claim, kernel, at):
                connection = sockets.connection(claim.row) if claim.row >= 0 else None
                told += self._told_of(where, claim, kernel, at, connection)
        return told

    def _differing(
        self, claims: dict[Key, _Claim], table: Table
    ) -> list[tuple[Key, _Claim, State]]:
        """The ends of this host that the kernel sees in another state."""
        self._ended = {w: c for w, c in self._ended.items() if w in table and w not in claims}
        differing: list[tuple[Key, _Claim, State]] = []
        for where, claim in (claims | self._ended).items():
            socket = table.get(where)
            if socket is None and where not in self._known:
                continue
            kernel: State = "CLOSED" if socket is None else socket.state
            if kernel != claim.state and claim.state != "UNKNOWN":
                differing.append((where, claim, kernel))
        now = {(claim.connection, claim.end) for _, claim, _ in differing}
        self._suspected = {who: it for who, it in self._suspected.items() if who in now}
        self._told = {it for it in self._told if it[:2] in now}
        return differing

    def _lasts(self, claim: _Claim, kernel: State, at: int) -> bool:
        """Whether both have said the same for long enough, and it was not told."""
        who = claim.connection, claim.end
        before = self._suspected.get(who)
        if before is None or before[:3] != (kernel, claim.state, claim.since):
            self._suspected[who] = _Suspicion(kernel, claim.state, claim.since, at)
            return False
        return at - before.seen >= _LASTS and (*who, kernel, claim.state) not in self._told

    def _told_of(
        self, where: Key, claim: _Claim, kernel: State, at: int, connection: Connection | None
    ) -> list[str]:
        """What is said of it; of many of one kind, that no more is said."""
        who, kind = (claim.connection, claim.end), (kernel, claim.state)
        if connection and connection.rtt and at - self._suspected[who].seen <= connection.rtt:
            return []
        self._told.add((*who, *kind))
        self._kinds[kind] += 1
        if self._kinds[kind] > _MOST:
            return []
        early = connection is not None and connection.opening == "mid-stream"
        why = _EARLY if early else _WHY.get(kind, _ELSE)
        local, peer = _endpoints(where)
        line = (
            f"flow {claim.connection}  {local} → {peer}: the kernel says {kernel}, the capture "
            f"{claim.state} since {clock(claim.since)}: {why}"
        )
        more = f"further sockets that are {kernel} and not {claim.state} are not told"
        return [line, more] if self._kinds[kind] == _MOST else [line]


def _claims(sockets: Sockets, now: int) -> dict[Key, _Claim]:
    """What the capture shows of all ends that are open now."""
    claims: dict[Key, _Claim] = {}
    for spell in sockets.spells(now):
        mine, theirs = spell.end, 1 - spell.end
        columns = [VERSION, *ADDRESS[mine], PORT[mine], *ADDRESS[theirs], PORT[theirs]]
        where = map(_key, spell.table[:, columns].tolist())
        others = spell.table[:, [NUMBER, INDEX]].tolist()
        for each, (number, row), since in zip(where, others, spell.begin.tolist(), strict=True):
            if each not in claims or claims[each].connection < number:  # the latest on its ports
                claims[each] = _Claim(number, mine, spell.state, since, row)
    return claims


def _key(words: list[int]) -> Key:
    version, high, low, port, peer_high, peer_low, peer_port = words
    return version, high, low, port, peer_high, peer_low, peer_port


def _endpoints(where: Key) -> tuple[Endpoint, Endpoint]:
    version, high, low, port, peer_high, peer_low, peer_port = where
    local = Endpoint(address(version, high, low), port)
    return local, Endpoint(address(version, peer_high, peer_low), peer_port)
