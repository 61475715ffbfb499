"""Which host holds how many sockets of connections to which service now, in which state."""

from __future__ import annotations

from collections import Counter
from typing import TypeAlias

import numpy as np

from pcapflow.engine.traffic import address
from pcapflow.model import Endpoint, State
from pcapflow.sockets import weight
from pcapflow.timeline import ADDRESS, PORT, VERSION, Timeline

OTHER = "other"
"""In place of the hosts and services that are not told apart."""

Held: TypeAlias = dict[tuple[str, str, State], int]
"""Sockets by host, service and state."""

_Place: TypeAlias = tuple[int, ...]


def holdings(timeline: Timeline, most: int) -> Held:
    """The sockets at the timeline's end; ``most`` places apart, those with the most trouble."""
    places: dict[_Place, Counter[State]] = {}
    for spell in timeline.spells():
        there = (spell.begin <= timeline.last) & (timeline.last < spell.stop)
        columns = [VERSION, *ADDRESS[spell.end], *ADDRESS[1], PORT[1]]
        if not there.any():
            continue
        table = spell.table[there][:, columns]
        table = table[np.lexsort(table.T)]  # some times as fast as np.unique of lines
        first = np.flatnonzero(np.r_[True, (table[1:] != table[:-1]).any(axis=1)])
        counts = np.diff(first, append=len(table))
        for line, count in zip(map(tuple, table[first].tolist()), counts.tolist(), strict=True):
            places.setdefault(line, Counter())[spell.state] += count
    worst = sorted(places, key=lambda place: (-weight(places[place]), place))
    held: Counter[tuple[str, str, State]] = Counter()
    for i, place in enumerate(worst):
        host, service = _named(place) if i < most else (OTHER, OTHER)
        for state, count in places[place].items():
            held[host, service, state] += count
    return dict(held)


def _named(place: _Place) -> tuple[str, str]:
    version, host_hi, host_lo, server_hi, server_lo, port = place
    service = Endpoint(address(version, server_hi, server_lo), port)
    return address(version, host_hi, host_lo), str(service)
