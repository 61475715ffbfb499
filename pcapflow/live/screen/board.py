"""What the screen shows of places and findings: kept, chosen and sorted; painted elsewhere."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from itertools import islice
from typing import Literal, NamedTuple, get_args

from pcapflow.live.news import News
from pcapflow.live.screen.source import Look
from pcapflow.model import Connection, Finding, Host, Place, State
from pcapflow.sockets import By, Held

Order = Literal["trouble", "CLOSE_WAIT", "TIME_WAIT", "ESTABLISHED", "all", "name"]
HeldOrder = Literal["trouble", "dwell", "flow", "client", "server"]
ORDERS: tuple[Order, ...] = get_args(Order)
HELD_ORDERS: tuple[HeldOrder, ...] = get_args(HeldOrder)

PLACES = 500
"""Places whose past is kept, and that are listed; the rest is a number."""
FINDINGS = 2000
LOOKS = 120
"""How many looks a place's past goes back."""


class Row(NamedTuple):
    """A place with its sockets by state; how many there were, the last look last."""

    place: Place
    sums: dict[State, int]
    waiting: tuple[int, ...]  # in CLOSE_WAIT
    all: tuple[int, ...]

    def count(self, *states: State) -> int:
        """Its sockets in these states."""
        return sum(self.sums.get(state, 0) for state in states)

    @property
    def total(self) -> int:
        """All its sockets."""
        return sum(self.sums.values())


class Told(NamedTuple):
    """A finding, when it became true (ns), and on what."""

    number: int
    at: int
    connection: Connection
    finding: Finding


class Filter:
    """Lets through what has all of some words in it, whatever their case."""

    def __init__(self, words: str = "") -> None:
        self.words = words
        self._parts = words.casefold().split()

    def __bool__(self) -> bool:
        return bool(self._parts)

    def __call__(self, text: str) -> bool:
        folded = text.casefold()
        return all(part in folded for part in self._parts)


class Board:
    """Places and findings of a watch, as they are to be shown."""

    def __init__(self) -> None:
        self.by: By = "service"
        self.order: Order = "trouble"
        self.filter = Filter()
        self.look: Look | None = None
        self.told = self._number = 0
        self.rate: float | None = None
        self._findings: deque[Told] = deque(maxlen=FINDINGS)
        self._past: dict[By, dict[Place, tuple[deque[int], deque[int]]]] = {
            "service": {},
            "host": {},
        }

    def see(self, look: Look) -> None:
        """A new look; what is not there any more is forgotten."""
        before, self.look = self.look, look
        if before is not None and look.wall > before.wall:
            self.rate = (look.packets - before.packets) * 1e9 / (look.wall - before.wall)
        for by, hosts in look.hosts.items():
            past = self._past[by]
            self._past[by] = {
                host.place: _longer(past.get(host.place), host) for host in hosts[:PLACES]
            }

    def tell(self, news: Iterable[News], told: int) -> None:
        """Findings that have become true: some, and how many there were so far."""
        self.told = told
        for each in news:
            for finding in each.findings:
                self._number += 1
                at = each.connection.capture_end
                self._findings.append(Told(self._number, at, each.connection, finding))

    def rows(self) -> tuple[list[Row], int]:
        """The places that are chosen, sorted, and how many more of them there are."""
        hosts = [] if self.look is None else self.look.hosts[self.by]
        chosen = (
            [host for host in hosts if self.filter(_place_words(host))] if self.filter else hosts
        )
        past = self._past[self.by]
        rows = []
        for host in islice(_sorted(chosen, self.order), PLACES):
            waiting, every = past.get(host.place) or _longer(None, host)
            rows.append(Row(host.place, host.sums, tuple(waiting), tuple(every)))
        return rows, len(chosen) - len(rows)

    def findings(self) -> list[Told]:
        """Those that are chosen, the newest first."""
        return [told for told in reversed(self._findings) if self.filter(_words(told))]

    @property
    def forgotten(self) -> int:
        """How many findings were too long ago to be kept."""
        return self.told - len(self._findings)


def held_rows(held: list[Held], order: HeldOrder, chosen: Filter) -> list[Held]:
    """Connections of a place that are chosen, sorted; as they come, those in trouble are first."""
    keys: dict[HeldOrder, Callable[[Held], tuple[int | str, ...]]] = {
        "dwell": lambda each: (min(stay.begin for stay in each.stays if stay is not None),),
        "flow": lambda each: (each.flow,),
        "client": lambda each: (each.connection.client.ip, each.connection.client.port),
        "server": lambda each: (each.connection.server.ip, each.connection.server.port),
    }
    found = [each for each in held if chosen(_held_words(each))]
    key = keys.get(order)
    return found if key is None else sorted(found, key=key)


def _sorted(hosts: list[Host], order: Order) -> list[Host]:
    if order == "trouble":  # as they come
        return hosts
    if order == "name":
        return sorted(hosts, key=lambda host: str(host.place))
    if order == "all":
        return sorted(hosts, key=lambda host: -sum(host.sums.values()))
    return sorted(hosts, key=lambda host: -host.sums.get(order, 0))


def _longer(
    past: tuple[deque[int], deque[int]] | None, host: Host
) -> tuple[deque[int], deque[int]]:
    waiting, every = past or (deque(maxlen=LOOKS), deque(maxlen=LOOKS))
    waiting.append(host.sums.get("CLOSE_WAIT", 0))
    every.append(sum(host.sums.values()))
    return waiting, every


def _place_words(host: Host) -> str:
    return f"{host.place} {' '.join(host.sums)}"


def _words(told: Told) -> str:
    connection, finding = told.connection, told.finding
    ends = f"{connection.client} {connection.server} flow {connection.id}"
    return f"{finding.severity} {finding.code} {ends} {finding.message}"


def _held_words(each: Held) -> str:
    states = " ".join("CLOSED" if stay is None else stay.state for stay in each.stays)
    return f"{each.connection.client} {each.connection.server} flow {each.flow} {states}"
