# cython: language_level=3
"""Finished rows folded: how many connections share one shape, its marks, and a service.

A service is the server's address and port.  What rules say of a shape is worked out once a
shape; where it depends on a span of time, that is measured over the rows of a group.
"""

import array

import cython

from pcapflow.engine.spans import Span, Waits
from pcapflow.engine.track import Tracker

if not cython.compiled:
    from pcapflow.engine.hashing import end_hash
    from pcapflow.engine.layout import (
        ASLEEP,
        BLOCK,
        COARSE,
        KEPT_HEAD,
        KEPT_TAIL,
        MARK_EXPIRED,
        MARK_GUESSED,
        MARK_ODD,
        MARK_ODD_RST,
        MARK_OVERFLOW,
    )
    from pcapflow.engine.memory import fetch

# The words of a group.
NODE = cython.declare(cython.longlong, 0)
MARKS = cython.declare(cython.longlong, 1)
HIGH = cython.declare(cython.longlong, 2)
LOW = cython.declare(cython.longlong, 3)
PORT = cython.declare(cython.longlong, 4)
VERSION = cython.declare(cython.longlong, 5)
COUNT = cython.declare(cython.longlong, 6)
FIRST_ROW = cython.declare(cython.longlong, 7)
LAST_ROW = cython.declare(cython.longlong, 8)
HELD = cython.declare(cython.longlong, 9)
WORDS = cython.declare(cython.longlong, 10)

EXAMPLES = 3  # connections of a group that are kept to be shown
MAX_GROUPS = 65_536
_AHEAD = cython.declare(cython.longlong, 8)  # rows that are asked for before they are looked at


class Groups:
    """Folds rows of ``tracker``; ``count`` groups so far.

    Past ``most`` of them a service that has none for a shape shares one with all such services
    (its IP version, address and port are 0); past twice as many, connections are told ``alone``.

    ``two_msl`` (ns) says when a TIME_WAIT is over; of connections that end while the capture
    goes on, ``examples`` a group are kept and the others only counted.  ``whole``: rows are
    added when the capture has been read, so its end is known.  ``waits(node, marks)`` says what
    is to be measured of those that are not kept (None: nothing).
    """

    def __init__(
        self,
        tracker: Tracker,
        two_msl: int,
        waits,
        examples: int = EXAMPLES,
        *,
        whole: bool = False,
    ) -> None:
        self.tracker = tracker
        self.two_msl = two_msl
        self.waits = waits
        self.examples = examples
        self.whole = whole
        self.most = MAX_GROUPS
        self.count = 0
        self.store = array.array("q", bytes(8 * 10 * 64))
        self.fields = self.store
        self.taken = self.store
        self.slots = array.array("q", bytes(8 * 256))
        self.mask = 255
        self.left = {}

    def mark(self, row):
        """The marks that were glanced at as far as they part groups, and if a TIME_WAIT were over.

        That is judged when the row is finished, or at the capture's end where that is known: not
        when somebody happens to ask.
        """
        marks: cython.longlong = self.tracker.rows.shown
        end: cython.longlong = self.tracker.rows.end_of(row) if self.whole else row.ended
        if end - row.last >= self.two_msl:
            marks |= MARK_EXPIRED
        return marks & ~(MARK_GUESSED | MARK_ODD | MARK_ODD_RST)

    def take(self, indexes, keep: bool) -> list[int]:
        """Count the finished rows ``indexes``, an array; without ``keep``, release what goes.

        Gives back those that have no shape to share: too long, or no room for it in the tree or
        among the groups.
        """
        alone: list[int] = []
        i: cython.longlong
        index: cython.longlong
        group: cython.longlong
        self.taken = indexes
        for i in range(min(2 * _AHEAD, len(indexes))):
            self._fetch(self.taken[i])
        for i in range(min(_AHEAD, len(indexes))):
            self._fetch_events(self.taken[i])
        for i in range(len(indexes)):
            if i + 2 * _AHEAD < len(indexes):
                self._fetch(self.taken[i + 2 * _AHEAD])
                self._fetch_events(self.taken[i + _AHEAD])
            index = self.taken[i]
            row = self.tracker.rows.glance(index)
            group = -1
            if (
                row.node != COARSE
                and not row.marks & MARK_OVERFLOW
                and row.kept <= KEPT_HEAD + KEPT_TAIL
            ):
                group = self._group(row, self.mark(row))
            if group < 0:
                alone.append(index)
            else:
                self._add(group, row, index, keep)
        self.taken = self.store  # an array that is being looked at cannot be emptied
        return alone

    def _add(self, group, row, index, keep):
        base: cython.longlong = group * WORDS
        self.fields[base + COUNT] += 1
        if not keep and self.fields[base + HELD] >= self.examples:
            if group not in self.left:
                self.left[group] = self.waits(self.fields[base + NODE], self.fields[base + MARKS])
            waits: Waits = self.left[group]
            if waits is not None:
                row = self.tracker.rows.times(index)
                waits.add(self.tracker, row, -1, row.ended)
            self.tracker.rows.release(index)
            return 0
        self.fields[base + HELD] += 1
        self.tracker.rows.chain(index, -1)
        if self.fields[base + LAST_ROW] >= 0:
            self.tracker.rows.chain(self.fields[base + LAST_ROW], index)
        else:
            self.fields[base + FIRST_ROW] = index
        self.fields[base + LAST_ROW] = index
        return 0

    def _group(self, row, marks):
        """The group of a row with these marks; -1 where there is none, and no room."""
        group: cython.longlong
        port: cython.longlong = row.ports & 0xFFFF
        group = self._find(
            row.node, marks, row.version, row.server_hi, row.server_lo, port, self.most
        )
        if group < 0:
            group = self._find(row.node, marks, 0, 0, 0, 0, 2 * self.most)
        return group

    def _find(self, node, marks, version, high, low, port, most):
        """The group with this key: found, or made if there are fewer than ``most``; else -1."""
        position: cython.longlong
        group: cython.longlong
        position = self._hash(node, marks, port, high, low) & self.mask
        while self.slots[position] != 0:
            group = (self.slots[position] - 1) * WORDS
            if (
                self.fields[group + NODE] == node
                and self.fields[group + MARKS] == marks
                and self.fields[group + PORT] == port
                and self.fields[group + LOW] == low
                and self.fields[group + HIGH] == high
                and self.fields[group + VERSION] == version
            ):
                return group // WORDS
            position = (position + 1) & self.mask
        if self.count >= most:
            return -1
        if self.count * 2 >= self.mask:
            self._more()
            return self._find(node, marks, version, high, low, port, most)
        group = self.count * WORDS
        if group + WORDS > len(self.store):
            self.store = self.store + array.array("q", bytes(8 * len(self.store)))
            self.fields = self.store
        self.count += 1
        self.slots[position] = self.count
        self.fields[group + NODE] = node
        self.fields[group + MARKS] = marks
        self.fields[group + HIGH] = high
        self.fields[group + LOW] = low
        self.fields[group + PORT] = port
        self.fields[group + VERSION] = version
        self.fields[group + COUNT] = 0
        self.fields[group + FIRST_ROW] = -1
        self.fields[group + LAST_ROW] = -1
        self.fields[group + HELD] = 0
        return self.count - 1

    def _hash(self, node, marks, port, high, low):
        """Of all words of the key, and seeded: an attacker chooses services."""
        return end_hash(high, low, port) + end_hash(marks, node, 0)

    def _more(self):
        """Twice the slots; every group finds its place again."""
        group: cython.longlong
        base: cython.longlong
        position: cython.longlong
        size: cython.longlong = (self.mask + 1) * 2
        self.slots = array.array("q", bytes(8 * size))
        self.mask = size - 1
        for group in range(self.count):
            base = group * WORDS
            position = self.mask & self._hash(
                self.fields[base + NODE],
                self.fields[base + MARKS],
                self.fields[base + PORT],
                self.fields[base + HIGH],
                self.fields[base + LOW],
            )
            while self.slots[position] != 0:
                position = (position + 1) & self.mask
            self.slots[position] = group + 1
        return 0

    def key(self, group: int) -> tuple[tuple[int, int], tuple[int, int, int, int], int]:
        """A group's (node, marks), (IP version, address high, low, port), and connections."""
        base: cython.longlong = group * WORDS
        return (
            (self.fields[base + NODE], self.fields[base + MARKS]),
            (
                self.fields[base + VERSION],
                self.fields[base + HIGH],
                self.fields[base + LOW],
                self.fields[base + PORT],
            ),
            self.fields[base + COUNT],
        )

    def rows(self, group: int, most: int = -1) -> list[int]:
        """Indexes of the group's rows that are held, ``most`` at most, in the order they ended."""
        found = []
        index: cython.longlong = self.fields[group * WORDS + FIRST_ROW]
        while index >= 0 and len(found) != most:
            found.append(index)
            index = self.tracker.rows.link(index)
        return found

    def wait(self, group: int, waits: Waits) -> None:
        """Let ``waits`` count all connections of the group, and nothing else.

        RuntimeError where, of rows released while the capture was read, others were measured.
        """
        index: cython.longlong = self.fields[group * WORDS + FIRST_ROW]
        waits.clear()
        if group in self.left:
            before: Waits = self.left[group]
            if before is None or before.what != waits.what:
                raise RuntimeError("what a rule waits for depends on how the capture ends")
            waits.join(before)
        while index >= 0:
            row = self.tracker.rows.times(index)
            self._expect(row.link)
            waits.add(self.tracker, row, index, self.tracker.rows.end_of(row))
            index = self.tracker.rows.link(index)

    def _expect(self, index):
        """Row ``index`` is looked at next, and then the one behind it: let them come nearer."""
        if index < 0:
            return 0
        if index & ASLEEP:
            self.tracker.rows.asleep.expect(index)
        elif cython.compiled:
            row = self.tracker.connections.at(index)
            if row.head >= 0:
                fetch(cython.address(self.tracker.log.pool[row.head * BLOCK]))
                fetch(cython.address(self.tracker.log.pool[row.head * BLOCK + BLOCK]))
            if row.link >= 0:
                self._fetch(row.link)
        return 0

    def _fetch(self, index):
        """Let what is looked at of row ``index`` come nearer."""
        if index & ASLEEP:
            self.tracker.rows.asleep.expect(index)
        elif cython.compiled:
            row = self.tracker.connections.at(index)
            fetch(cython.address(row.client_lo))
            fetch(cython.address(row.side[0]))
            fetch(cython.address(row.side[1]))
            fetch(cython.address(row.first))
        return 0

    def _fetch_events(self, index):
        """The same of its events, once the row is there."""
        if cython.compiled and not index & ASLEEP:
            self.tracker.log.expect(self.tracker.connections.at(index))
        return 0

    def lengths(self, group: int, span: Span):
        """The span in each held row of the group (ns)."""
        found = array.array("q")
        index: cython.longlong = self.fields[group * WORDS + FIRST_ROW]
        while index >= 0:
            row = self.tracker.rows.times(index)
            self._expect(row.link)
            found.append(span.of(self.tracker, row, self.tracker.rows.end_of(row)))
            index = self.tracker.rows.link(index)
        return found

    def clients(self, group: int):
        """The clients' addresses of the group's held rows, in two columns of words."""
        high = array.array("q")
        low = array.array("q")
        index: cython.longlong = self.fields[group * WORDS + FIRST_ROW]
        while index >= 0:
            row = self.tracker.rows.glance(index)
            high.append(row.client_hi)
            low.append(row.client_lo)
            index = self.tracker.rows.link(index)
        return high, low
