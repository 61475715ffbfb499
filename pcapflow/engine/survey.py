# cython: language_level=3
"""Looks at all rows, awake and asleep: which connections are open, and which is the quietest?"""

import array

import cython

from pcapflow.engine.asleep import Asleep
from pcapflow.engine.clock import Clock
from pcapflow.engine.connections import Connections

if not cython.compiled:
    from pcapflow.engine.layout import ASLEEP, ROW_OPEN, WAIT_OVER

_LOOKED_FOR = 65_536
"""So many quiet rows are remembered at most when they are looked for."""


class Survey:
    """``quiet`` are rows that were the quietest when they were looked for, the quietest last."""

    def __init__(self, connections: Connections, asleep: Asleep, clock: Clock) -> None:
        self.connections = connections
        self.asleep = asleep
        self.clock = clock
        self.quiet = []

    def open(self):
        """Indexes of the rows of connections that are not over."""
        k: cython.longlong
        count: cython.longlong = 0
        found = array.array("q", bytes(8 * (self.connections.limit + self.asleep.limit)))
        rows: cython.longlong[::1] = found
        for k in range(len(found)):
            if self._is_open(self._nth(k)):
                rows[count] = self._nth(k)
                count += 1
        return found[:count]

    def quietest(self, most):
        """The open row whose last segment came by first; -1 where there is none.

        Rows are looked at once for many that go: of those that were the quietest then, one on which
        no segment has come since still is.  ``most`` may be open at one time.
        """
        seen: cython.longlong
        index: cython.longlong
        while True:
            if not self.quiet:
                self._look_for_quiet(most)
                if not self.quiet:
                    return -1
            seen, index = self.quiet.pop()
            if self._seen(index) == seen:
                return index

    def _look_for_quiet(self, most):
        """Refill ``quiet``: those last seen in the first part of the time that has one row."""
        k: cython.longlong
        seen: cython.longlong
        before: cython.longlong = 0
        rows: cython.longlong = self.connections.limit + self.asleep.limit
        spread = [0] * 1024
        width: cython.longlong = self.clock.passed // 1024 + 1
        for k in range(rows):
            seen = self._seen(self._nth(k))
            if seen >= 0:
                spread[seen // width] += 1
        found = 0
        while before < 1024 and found * 16 <= most and found < _LOOKED_FOR:
            found += spread[before]
            before += 1
        for k in range(rows):
            seen = self._seen(self._nth(k))
            if 0 <= seen < before * width:
                self.quiet.append((seen, int(self._nth(k))))
        self.quiet.sort(reverse=True)
        if len(self.quiet) > _LOOKED_FOR:
            del self.quiet[: len(self.quiet) - _LOOKED_FOR]

    def _nth(self, k):
        """Of all indexes that rows may have, number ``k``."""
        return k if k < self.connections.limit else ASLEEP + k - self.connections.limit

    def _is_open(self, index):
        """Whether there is a row with this index whose connection is not over."""
        if index & ASLEEP:
            rest = self.asleep.rest(index)
            return rest.groups and rest.wait < WAIT_OVER
        return self.connections.at(index).used == ROW_OPEN

    def _seen(self, index):
        """When the last segment of an open row came by; -1 where it is none, or in doubt."""
        if index & ASLEEP:
            if index & ~ASLEEP >= self.asleep.limit:
                return -1
            rest = self.asleep.rest(index)
            return rest.seen if rest.groups and rest.wait < WAIT_OVER else -1
        row = self.connections.at(index)
        return row.seen if row.used == ROW_OPEN and row.older < 0 else -1
