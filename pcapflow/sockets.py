"""The sockets of each host, at a moment and over time: netstat for a capture."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Literal

import numpy as np

from pcapflow.engine.decode import address
from pcapflow.fold import Report
from pcapflow.model import ENDS, End, Host, Place, Record, Socket, State
from pcapflow.tcp.stays import WORST_FIRST
from pcapflow.timeline import ADDRESS, INDEX, NUMBER, PORT, VERSION, Column, Spell, Timeline

By = Literal["host", "service"]

_WEIGHTS: dict[State, float] = {"CLOSE_WAIT": 10.0, "ESTABLISHED": 0.1, "UNKNOWN": 0.1}


class Chosen(Record, frozen=True):
    """Which sockets are meant; None: all of them.

    ``host`` says whether an address is, ``ports`` that one of a connection's ends has one of them,
    ``ids`` name connections.
    """

    host: Callable[[str], bool] | None = None
    ports: frozenset[int] | None = None
    ids: frozenset[int] | None = None
    states: frozenset[State] | None = None


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

    def at(self, moment: int) -> list[Host]:
        """What each host held at ``moment`` (ns), those with the most trouble first."""
        pieces = [
            piece for spell in self._spells() if len((piece := self._there(spell, moment))[0])
        ]
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

    def _there(self, spell: Spell, moment: int) -> tuple[Column, ...]:
        """The lines of a spell that held at the moment: place, rank, since, number, row, end."""
        there = (spell.begin <= moment) & (moment < spell.stop)
        table = spell.table[there]
        return (
            self._places_of(table, spell.end, "host"),
            np.full(len(table), WORST_FIRST.index(spell.state)),
            spell.begin[there],
            table[:, NUMBER],
            table[:, INDEX],
            np.full(len(table), spell.end),
        )

    def _spells(self) -> Iterator[Spell]:
        """The spells of sockets that were chosen."""
        chosen = self._chosen
        for spell in self._timeline.spells():
            if chosen.states is not None and spell.state not in chosen.states:
                continue
            keep = spell.stop > spell.begin
            if chosen.ports is not None:
                keep &= np.isin(spell.table[:, PORT], tuple(chosen.ports)).any(axis=1)
            if chosen.ids is not None:
                number = spell.table[:, NUMBER]
                keep &= np.isin(number - np.searchsorted(self._gone, number), tuple(chosen.ids))
            if chosen.host is not None:
                places = self._places_of(spell.table, spell.end, "host")
                keep &= np.array(self._meant, np.bool_)[places]
            yield Spell(
                spell.table[keep], spell.end, spell.state, spell.begin[keep], spell.stop[keep]
            )

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
