# cython: language_level=3
"""Finished rows folded: how many connections share one shape, its marks, and a service.

A service is the server's address and port.  What rules say of a shape is worked out once a
shape; where it depends on a span of time, that is measured of each row while it is at hand.
"""

import array

import cython

from pcapflow.engine.spans import Span, Waited, Waits
from pcapflow.engine.track import Tracker

if not cython.compiled:
    from pcapflow.engine.hashing import end_word, pair_hash
    from pcapflow.engine.layout import (
        ASLEEP,
        COARSE,
        MARK_EXPIRED,
        MARK_GUESSED,
        MARK_ODD,
        MARK_ODD_RST,
        MARK_OVERFLOW,
        ROW_OPEN,
    )
    from pcapflow.engine.marks import marks_of
    from pcapflow.engine.memory import fetch
    from pcapflow.engine.spans import NEVER

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
SHORTEST = cython.declare(cython.longlong, 10)
SOONEST = cython.declare(cython.longlong, 11)
WORDS = cython.declare(cython.longlong, 12)

EXAMPLES = 3  # connections of a group that are kept to be shown
MAX_GROUPS = 65_536
_QUIET = cython.declare(cython.longlong, 2_000_000_000)
"""A connection without a segment for so long (ns) has its shape for good, more often than not."""
_ENOUGH = cython.declare(cython.longlong, 512)
"""So many shapes are told at once: more are hostile."""
_UNASKED = cython.declare(cython.longlong, -1)
_AHEAD = cython.declare(cython.longlong, 8)  # rows that are asked for before they are looked at


class Groups:
    """Folds rows of ``tracker``; ``count`` groups so far.

    Past ``most`` of them a service that has none for a shape shares one with all such services
    (its IP version, address and port are 0); past twice as many, connections are told ``alone``.

    ``two_msl`` (ns) says when a TIME_WAIT is over; of connections that end while the capture
    goes on, ``examples`` a group are kept and the others only counted.  ``whole``: rows are
    added when the capture has been read, so its end is known.  ``waits(node, marks)`` says what
    is to be measured (None: nothing); ``asked`` is what it has said.
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
        self.store = array.array("q", bytes(8 * WORDS * 64))
        self.fields = self.store
        self.taken = self.store
        self.slots = array.array("q", bytes(8 * 256))
        self.mask = 255
        self.asked = {}
        self.found = {}

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

    def shapes(self, most) -> list[tuple[int, int, tuple[int, ...]]]:
        """Shapes of connections that have been quiet for a while: node, marks, and the events.

        At most ``most`` rows are looked at, and none that sleeps.
        """
        index: cython.longlong
        node: cython.longlong
        found: set[int] = set()
        for index in range(min(most, self.tracker.connections.limit)):
            row = self.tracker.connections.at(index)
            node = row.node
            if (
                row.used == ROW_OPEN
                and self.tracker.clock.passed - row.seen > _QUIET
                and node != COARSE
                and not row.marks & MARK_OVERFLOW
            ):
                if len(found) == _ENOUGH:
                    break
                found.add(node << 32 | marks_of(row))
        return [
            (key >> 32, key & 0xFFFFFFFF, self.tracker.log.shape(key >> 32))
            for key in sorted(found)
        ]

    def take(self, indexes, keep: bool) -> list[int]:
        """Count the finished rows ``indexes``, an array; without ``keep``, release what goes.

        ``keep`` says that the capture has been read, so it can be said once.  Gives back those that
        have no shape to share: too long, or no room for it in the tree or among the groups.
        """
        alone: list[int] = []
        i: cython.longlong
        index: cython.longlong
        group: cython.longlong
        if keep:
            self._measure_held()
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
            if self.tracker.log.whole(row):
                group = self._group(row, self.mark(row))
            if group < 0:
                alone.append(index)
            else:
                self._add(group, row, index, keep)
        self.taken = self.store  # an array that is being looked at cannot be emptied
        return alone

    def _add(self, group, row, index, keep):
        base: cython.longlong = group * WORDS
        held: cython.longlong = keep or self.fields[base + HELD] < self.examples
        self.fields[base + COUNT] += 1
        if keep:
            self._measure(group, row, index, True, self.tracker.rows.end_of(row))
        elif not held:
            self._measure(group, row, index, False, row.ended)
            self.tracker.rows.release(index)
        if held:
            self.fields[base + HELD] += 1
            self.tracker.rows.chain(index, -1)
            if self.fields[base + LAST_ROW] >= 0:
                self.tracker.rows.chain(self.fields[base + LAST_ROW], index)
            else:
                self.fields[base + FIRST_ROW] = index
            self.fields[base + LAST_ROW] = index
        return 0

    def _measure(self, group, row, index, held, end):
        """Count what a row, which was glanced at, has of what rules wait for.

        Nearly all connections are over too soon to have anything, so few are looked at closely.
        """
        base: cython.longlong = group * WORDS
        if self.fields[base + SHORTEST] == _UNASKED:
            self._ask(base)
        if (
            row.last - row.first < self.fields[base + SHORTEST] - self.tracker.clock.back
            and end - row.first < self.fields[base + SOONEST] - self.tracker.clock.back
        ):
            return 0
        waits: Waits = self.asked[self.fields[base + NODE], self.fields[base + MARKS]]
        if waits is None:
            return 0
        if group not in self.found:
            self.found[group] = Waited(waits)
        waited: Waited = self.found[group]
        row = self.tracker.rows.times(index)
        waited.add(self.tracker, row, index if held else -1, end)
        return 0

    def _ask(self, base):
        """What is to be measured of the group whose words begin there?"""
        key = int(self.fields[base + NODE]), int(self.fields[base + MARKS])
        if key not in self.asked:
            self.asked[key] = self.waits(*key)
        waits: Waits = self.asked[key]
        self.fields[base + SHORTEST] = NEVER if waits is None else waits.shortest
        self.fields[base + SOONEST] = NEVER if waits is None else waits.soonest
        return 0

    def _measure_held(self):
        """The capture has been read: those that were held while it was are measured, too."""
        group: cython.longlong
        index: cython.longlong
        for group in range(self.count):
            index = self.fields[group * WORDS + FIRST_ROW]
            while index >= 0:
                row = self.tracker.rows.glance(index)
                self._measure(group, row, index, True, self.tracker.rows.end_of(row))
                index = self.tracker.rows.link(index)
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
        self.fields[group + SHORTEST] = _UNASKED
        return self.count - 1

    def _hash(self, node, marks, port, high, low):
        """Of all words of the key, and seeded: an attacker chooses services."""
        return pair_hash(end_word(high, low, port), end_word(marks, node, 0))

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

    def waited(self, group: int):
        """How many of the group have what rules wait for; None where none has been measured."""
        return self.found.get(group)

    def _expect(self, index):
        """Row ``index`` is looked at next, and then the one behind it: let them come nearer."""
        if index < 0:
            return 0
        if index & ASLEEP:
            self.tracker.rows.asleep.expect(index)
        elif cython.compiled:
            row = self.tracker.connections.at(index)
            self.tracker.log.expect(row)
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
        """The group's held rows and the addresses of their clients in words: three columns."""
        rows = array.array("q")
        high = array.array("q")
        low = array.array("q")
        index: cython.longlong = self.fields[group * WORDS + FIRST_ROW]
        while index >= 0:
            row = self.tracker.rows.glance(index)
            self._expect(row.link)
            rows.append(index)
            high.append(row.client_hi)
            low.append(row.client_lo)
            index = self.tracker.rows.link(index)
        return rows, high, low
