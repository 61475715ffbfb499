"""The sockets of each host, at a moment and over time: netstat for a capture."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import Literal, NamedTuple

import numpy as np

from pcapflow.engine.traffic import address
from pcapflow.errors import UsageError
from pcapflow.fold import Report
from pcapflow.model import ENDS, Connection, End, Host, Layers, Place, Socket, State
from pcapflow.tcp.stays import WORST_FIRST, Stay
from pcapflow.timeline import ADDRESS, INDEX, NUMBER, PORT, VERSION, Column, Spell, Timeline
from pcapflow.values import Record

By = Literal["host", "service"]

_MOST_NUMBERS = 10_000_000
_WEIGHTS: dict[State, float] = {"CLOSE_WAIT": 10.0, "ESTABLISHED": 0.1, "UNKNOWN": 0.1}


class Chosen(Record):
    """Which sockets are meant; None: all of them.

    ``host`` says whether an address is, ``ports`` that one of a connection's ends has one of them,
    ``ids`` name connections.
    """

    host: Callable[[str], bool] | None = None
    ports: frozenset[int] | None = None
    ids: frozenset[int] | None = None
    states: frozenset[State] | None = None


class Held(NamedTuple):
    """A connection, and what each end stays in at a moment; None for an end without a socket."""

    flow: int
    connection: Connection
    stays: tuple[Stay | None, Stay | None]


class Sockets:
    """Asks a report's ``timeline`` about sockets that were chosen."""

    def __init__(self, report: Report, timeline: Timeline, chosen: Chosen) -> None:
        self._report = report
        self._timeline = timeline
        self._chosen = chosen
        self._gone = np.array(report.dissolved, np.int64)
        self._numbers: dict[tuple[int, ...], int] = {}
        self._places: list[Place] = []
        self._meant: list[bool] = []
        self._rows: dict[Place, tuple[Column, ...]] = {}

    @property
    def first(self) -> int:
        """When the capture began (ns)."""
        return self._timeline.first

    def at(self, moment: int, by: By = "host") -> list[Host]:
        """What each place held at ``moment`` (ns), those with the most trouble first."""
        pieces = list(self._lines(moment, by))
        if not pieces:
            return []
        columns = [np.concatenate(each) for each in zip(*pieces, strict=True)]
        columns = [column[np.lexsort(columns[::-1])] for column in columns]
        place, rank, _, _, index, end = columns
        edges = [*np.flatnonzero(np.diff(place, prepend=-1)).tolist(), len(place)]
        hosts = []
        for start, stop in pairwise(edges):
            where = self._places[place[start]]
            self._rows[where] = tuple(each[start:stop] for each in (rank, index, end))
            ranks = np.bincount(rank[start:stop], minlength=len(WORST_FIRST)).tolist()
            sums = {state: n for state, n in zip(WORST_FIRST, ranks, strict=True) if n}
            ends = tuple(ENDS[e] for e in np.unique(end[start:stop]))
            hosts.append(Host(where, ends, sums))
        return sorted(hosts, key=lambda host: (-weight(host.sums), host.place))

    def listed(self, host: Host, moment: int, most: int | None = None) -> Iterator[Socket]:
        """Its sockets ``at`` the moment, of each state the oldest first, and at most so many."""
        told: Counter[int] = Counter()
        for rank, index, end in zip(*(c.tolist() for c in self._rows[host.place]), strict=True):
            told[rank] += 1
            if most is not None and told[rank] > most:
                continue
            connection, paths = self._timeline.stays(index)
            stay = next(s for s in paths[end] if s.begin <= moment < s.stop)
            pair = connection.client, connection.server
            yield Socket(
                state=stay.state,
                local=pair[end],
                peer=pair[1 - end],
                since=stay.begin,
                evidence=stay.evidence,
                confidence=stay.confidence,
                connection=self._report.flow(connection.id),
            )

    def held(self, host: Host, moment: int, most: int) -> list[Held]:
        """Its connections ``at`` the moment, at most so many, by its worst end, the oldest first.

        Of a place that is both ends of one, the worse one counts.
        """
        _, indexes, _ = self._rows[host.place]
        _, first = np.unique(indexes, return_index=True)
        found = []
        for index in indexes[np.sort(first)[:most]].tolist():
            connection, paths = self._timeline.stays(index)
            client, server = (
                next((s for s in path if s.begin <= moment < s.stop), None) for path in paths
            )
            found.append(Held(self._report.flow(connection.id), connection, (client, server)))
        return found

    def spells(self, moment: int) -> Iterator[Spell]:
        """The sockets that were there at ``moment`` (ns), in columns."""
        for spell, _ in self._seen(np.array([moment], np.int64), "host"):
            yield spell

    def connection(self, index: int) -> Connection:
        """The connection in row ``index``, as ``spells`` has it, without findings."""
        return self._timeline.stays(index)[0]

    def over(
        self, moments: Sequence[int], by: By = "host", most: int | None = None
    ) -> list[Layers]:
        """How many sockets each place had at each of the moments (ns, ascending).

        Those with the most trouble come first; past ``most`` of them the others are added up.
        UsageError where that would be too many numbers to hold.
        """
        times = np.array(moments, np.int64)
        order = self._troubled(times, by)
        named = order[:most]
        slots = len(named) + (len(order) > len(named))
        if slots * len(WORST_FIRST) * len(times) > _MOST_NUMBERS:
            raise UsageError(
                f"{len(times):,} moments of {slots:,} places are too many numbers. Try: --host, "
                "--top, or a longer --every"
            )
        counts, ends = self._counted(times, by, named, slots)
        return [
            Layers(
                place=self._places[named[i]] if i < len(named) else None,
                ends=tuple(end for end in ENDS if end in ends[i]),
                counts={
                    state: tuple(counts[i, rank].tolist())
                    for rank, state in enumerate(WORST_FIRST)
                    if counts[i, rank].any()
                },
                places=1 if i < len(named) else len(order) - len(named),
            )
            for i in range(slots)
        ]

    def _troubled(self, times: Column, by: By) -> list[int]:
        """The numbers of all places that have sockets at one of the times, the worst first."""
        troubles = np.zeros(0)
        for spell, places in self._seen(times, by):
            how_often = np.searchsorted(times, spell.stop) - np.searchsorted(times, spell.begin)
            more = np.zeros(len(self._places))
            more[: len(troubles)] = troubles
            np.add.at(more, places, how_often * _WEIGHTS.get(spell.state, 1.0))
            troubles = more
        there: list[int] = np.flatnonzero(troubles).tolist()
        return sorted(there, key=lambda n: (-troubles[n], self._places[n]))

    def _counted(
        self, times: Column, by: By, named: list[int], slots: int
    ) -> tuple[Column, list[set[End]]]:
        """Sockets by place, state and time; and of which ends they were."""
        slot = np.full(len(self._places), len(named), np.int64)
        slot[named] = np.arange(len(named))
        ends: list[set[End]] = [set() for _ in range(slots)]
        width = len(times) + 1  # what is still there after the last time ends behind it
        changes = np.zeros(slots * len(WORST_FIRST) * width, np.int32)
        for spell, numbers in self._seen(times, by):
            places = slot[numbers]
            row = (places * len(WORST_FIRST) + WORST_FIRST.index(spell.state)) * width
            np.add.at(changes, row + np.searchsorted(times, spell.begin), 1)
            np.add.at(changes, row + np.searchsorted(times, spell.stop), -1)
            for place in np.unique(places):
                ends[place].add(ENDS[spell.end])
        counts = changes.reshape(slots, len(WORST_FIRST), width).cumsum(axis=2)
        return counts[:, :, :-1], ends

    def _lines(self, moment: int, by: By) -> Iterator[tuple[Column, ...]]:
        """What held at the moment: place, rank, since, connection, row and end, in columns."""
        for spell, places in self._seen(np.array([moment], np.int64), by):
            yield (
                places,
                np.full(len(places), WORST_FIRST.index(spell.state)),
                spell.begin,
                spell.table[:, NUMBER],
                spell.table[:, INDEX],
                np.full(len(places), spell.end),
            )

    def _seen(self, times: Column, by: By) -> Iterator[tuple[Spell, Column]]:
        """The spells of sockets that were chosen which hold at one of the times, and where."""
        chosen = self._chosen
        where: dict[tuple[int, By], Column] = {}
        table: Column | None = None
        for spell in self._timeline.spells():
            if spell.table is not table:  # several spells of one end come from the same lines
                where.clear()
                table = spell.table
            if chosen.states is not None and spell.state not in chosen.states:
                continue
            keep = np.searchsorted(times, spell.begin) < np.searchsorted(times, spell.stop)
            if not keep.any():
                continue
            kinds: tuple[By, ...] = (by,) if chosen.host is None else (by, "host")
            for kind in kinds:
                if (spell.end, kind) not in where:
                    where[spell.end, kind] = self._places_of(table, spell.end, kind)
            if chosen.ports is not None:
                keep &= np.isin(spell.table[:, PORT], tuple(chosen.ports)).any(axis=1)
            if chosen.ids is not None:
                number = spell.table[:, NUMBER]
                keep &= np.isin(number - np.searchsorted(self._gone, number), tuple(chosen.ids))
            if chosen.host is not None:
                keep &= np.array(self._meant, np.bool_)[where[spell.end, "host"]]
            yield spell.only(keep), where[spell.end, by][keep]

    def _places_of(self, table: Column, end: int, by: By) -> Column:
        """The number of the place that the end of each line is at."""
        high, low = ADDRESS[end if by == "host" else 1]
        columns = [VERSION, high, low] + ([PORT[1]] if by == "service" else [])
        alike = np.zeros(len(table), np.int64)
        for column in columns:
            values, places = np.unique(table[:, column], return_inverse=True)
            if len(values) > 1:
                alike = np.unique(alike * len(values) + places, return_inverse=True)[1]
        _, first = np.unique(alike, return_index=True)
        keys = map(tuple, table[first][:, columns].tolist())
        who = ENDS[end] if by == "service" else None
        return np.array([self._place(key, who) for key in keys], np.int64)[alike]

    def _place(self, key: tuple[int, ...], end: End | None) -> int:
        whose = key if end is None else (*key, ENDS.index(end))
        number = self._numbers.get(whose)
        if number is None:
            number = self._numbers[whose] = len(self._places)
            version, high, low, *port = key
            ip = address(version, high, low)
            self._meant.append(self._chosen.host is None or self._chosen.host(ip))
            self._places.append(Place(ip, port[0], end) if port else Place(ip))
        return number


def weight(sums: dict[State, int]) -> float:
    """How much trouble sockets are: one in CLOSE_WAIT counts as a hundred that are in use."""
    return sum(_WEIGHTS.get(state, 1.0) * count for state, count in sums.items())
