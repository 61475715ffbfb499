# cython: language_level=3
"""Looks at all rows, awake and asleep: which connections are open, and which is the quietest?"""

import array

import cython

from pcapflow.engine.asleep import Asleep
from pcapflow.engine.clock import Clock
from pcapflow.engine.connections import Connections

if cython.compiled:
    from cython.cimports.libc.stdlib import qsort
else:
    from pcapflow.engine.layout import ASLEEP, ROW_OPEN, WAIT_OVER

_LOOKED_FOR = cython.declare(cython.longlong, 65_536)
"""So many quiet rows are remembered at most when they are looked for."""
_PARTS = cython.declare(cython.longlong, 1024)
"""Of the time that has passed, for telling which rows were seen in the first of it."""
_PAIR = cython.declare(cython.longlong, 2)
_AHEAD = cython.declare(cython.longlong, 4)  # rows that are asked for before they are looked at


class Survey:
    """``quiet`` are rows that were the quietest when they were looked for, the quietest last.

    Each is a pair: when its last segment came by, and its index; ``left`` of them are left.
    """

    def __init__(self, connections: Connections, asleep: Asleep, clock: Clock) -> None:
        self.connections = connections
        self.asleep = asleep
        self.clock = clock
        self.quiet = array.array("q")
        self.left = 0

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
            if self.left == 0:
                self._look_for_quiet(most)
                if self.left == 0:
                    return -1
            self.left -= 1
            seen = self.quiet[_PAIR * self.left]
            index = self.quiet[_PAIR * self.left + 1]
            if self.left >= 2 * _AHEAD:
                self._expect(self.quiet[_PAIR * (self.left - 2 * _AHEAD) + 1])
                self._expect_more(self.quiet[_PAIR * (self.left - _AHEAD) + 1])
            if self._seen(index) == seen:
                return index

    def _look_for_quiet(self, most):
        """Refill ``quiet``: those last seen in the first part of the time that has one row."""
        k: cython.longlong
        seen: cython.longlong
        before: cython.longlong = 0
        found: cython.longlong = 0
        place: cython.longlong = 0
        rows: cython.longlong = self.connections.limit + self.asleep.limit
        spread: cython.longlong[::1] = array.array("q", bytes(8 * _PARTS))
        width: cython.longlong = self.clock.passed // _PARTS + 1
        for k in range(rows):
            seen = self._seen(self._nth(k))
            if seen >= 0:
                spread[seen // width] += 1
        while before < _PARTS and found * 16 <= most and found < _LOOKED_FOR:
            found += spread[before]
            before += 1
        pairs = array.array("q", bytes(8 * _PAIR * found))
        self.quiet = pairs
        for k in range(rows):
            seen = self._seen(self._nth(k))
            if 0 <= seen < before * width:
                self.quiet[place] = seen
                self.quiet[place + 1] = self._nth(k)
                place += _PAIR
        self._sort(pairs, found)
        self.left = found
        if found > _LOOKED_FOR:
            self.left = _LOOKED_FOR
            self.quiet = pairs[_PAIR * (found - _LOOKED_FOR) :]

    def _sort(self, pairs, count):
        """Sort so many pairs, the greatest first."""
        if not cython.compiled:
            ordered = sorted(zip(pairs[::2], pairs[1::2], strict=True), reverse=True)
            pairs[::2] = array.array("q", [seen for seen, _ in ordered])
            pairs[1::2] = array.array("q", [index for _, index in ordered])
        elif count:
            qsort(cython.address(self.quiet[0]), count, 8 * _PAIR, greatest_first)  # noqa: F821 - C's

    def _expect(self, index):
        """What is known of a row will be looked at: let it come nearer."""
        if cython.compiled and index & ASLEEP:
            self.asleep.expect_rest(index)
        return 0

    def _expect_more(self, index):
        """And of one that was expected a while ago what it takes to let it go."""
        if cython.compiled and index & ASLEEP and index & ~ASLEEP < self.asleep.limit:
            self.asleep.expect(index)
            self.connections.expect(self.asleep.rest(index).tag)
        return 0

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
