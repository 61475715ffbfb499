# cython: language_level=3
"""Finished rows folded: how many connections share one shape, its marks, and a service.

A service is the server's address and port.  What rules say of a shape is worked out once a
group; where it depends on a span of time, ``waits`` measures that over the rows of the group.
"""

import array

import cython

from pcapflow.engine.track import Tracker

if not cython.compiled:
    from pcapflow.engine.layout import (
        COARSE,
        MARK_EXPIRED,
        MARK_GUESSED,
        MARK_ODD,
        MARK_ODD_RST,
        MARK_OVERFLOW,
    )

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

_PRIME = cython.declare(cython.longlong, 0x9E3779B1)
_LOW31 = cython.declare(cython.longlong, 0x7FFFFFFF)


class Groups:
    """Folds rows of ``tracker``; ``count`` groups so far.

    ``two_msl`` (ns) says when a TIME_WAIT is over; of connections that end while the capture
    goes on, ``examples`` a group are kept and the others only counted.  ``whole``: rows are
    added when the capture has been read, so its end is known.
    """

    def __init__(
        self, tracker: Tracker, two_msl: int, examples: int = 3, *, whole: bool = False
    ) -> None:
        self.tracker = tracker
        self.two_msl = two_msl
        self.examples = examples
        self.whole = whole
        self.count = 0
        self.store = array.array("q", bytes(8 * 10 * 64))
        self.fields = self.store
        self.slots = array.array("q", bytes(8 * 256))
        self.mask = 255

    def mark(self, row):
        """The row's marks as far as they part groups, and whether a TIME_WAIT would be over.

        That is judged when the row is finished, or at the capture's end where that is known: not
        when somebody happens to ask.
        """
        marks: cython.longlong = self.tracker.marks(row)
        end: cython.longlong = self.tracker.clock.end_after(row.last) if self.whole else row.ended
        if end - row.last >= self.two_msl:
            marks |= MARK_EXPIRED
        return marks & ~(MARK_GUESSED | MARK_ODD | MARK_ODD_RST)

    def alone(self, index: int) -> bool:
        """Whether row ``index`` has no shape that it could share: too long, or no room for it."""
        row = self.tracker.connections.at(index)
        return row.node == COARSE or (row.marks & MARK_OVERFLOW) != 0

    def add(self, index, keep):
        """Count the finished row ``index``; without ``keep`` it is released if not an example."""
        row = self.tracker.connections.at(index)
        group: cython.longlong = self._find(row, self.mark(row)) * WORDS
        self.fields[group + COUNT] += 1
        if not keep and self.fields[group + HELD] >= self.examples:
            self.tracker.release(index)
            return group // WORDS
        self.fields[group + HELD] += 1
        row.link = -1
        if self.fields[group + LAST_ROW] >= 0:
            self.tracker.connections.at(self.fields[group + LAST_ROW]).link = index
        else:
            self.fields[group + FIRST_ROW] = index
        self.fields[group + LAST_ROW] = index
        return group // WORDS

    def _find(self, row, marks):
        position: cython.longlong
        group: cython.longlong
        port: cython.longlong = row.ports & 0xFFFF
        position = (row.node * 31 + marks) * 31 + port
        position = ((position ^ row.server_lo) & _LOW31) * _PRIME
        position = ((position >> 15) ^ (row.server_hi & _LOW31)) & _LOW31
        while True:
            position = position & self.mask
            if self.slots[position] == 0:
                break
            group = (self.slots[position] - 1) * WORDS
            if (
                self.fields[group + NODE] == row.node
                and self.fields[group + MARKS] == marks
                and self.fields[group + PORT] == port
                and self.fields[group + LOW] == row.server_lo
                and self.fields[group + HIGH] == row.server_hi
                and self.fields[group + VERSION] == row.version
            ):
                return group // WORDS
            position += 1
        if self.count * 2 >= self.mask:
            self._more()
            return self._find(row, marks)
        group = self.count * WORDS
        if group + WORDS > len(self.store):
            self.store = self.store + array.array("q", bytes(8 * len(self.store)))
            self.fields = self.store
        self.count += 1
        self.slots[position] = self.count
        self.fields[group + NODE] = row.node
        self.fields[group + MARKS] = marks
        self.fields[group + HIGH] = row.server_hi
        self.fields[group + LOW] = row.server_lo
        self.fields[group + PORT] = port
        self.fields[group + VERSION] = row.version
        self.fields[group + COUNT] = 0
        self.fields[group + FIRST_ROW] = -1
        self.fields[group + LAST_ROW] = -1
        self.fields[group + HELD] = 0
        return self.count - 1

    def _more(self):
        """Twice the slots; every group finds its place again."""
        group: cython.longlong
        position: cython.longlong
        size: cython.longlong = (self.mask + 1) * 2
        self.slots = array.array("q", bytes(8 * size))
        self.mask = size - 1
        for group in range(self.count):
            position = self.fields[group * WORDS + NODE] * 31 + self.fields[group * WORDS + MARKS]
            position = position * 31 + self.fields[group * WORDS + PORT]
            position = ((position ^ self.fields[group * WORDS + LOW]) & _LOW31) * _PRIME
            position = (position >> 15) ^ (self.fields[group * WORDS + HIGH] & _LOW31)
            position = position & _LOW31 & self.mask
            while self.slots[position] != 0:
                position = (position + 1) & self.mask
            self.slots[position] = group + 1
        return 0

    def key(self, group: int) -> tuple[int, int, int, int, int, int, int]:
        """(node, marks, address high, low, port, IP version, connections) of a group."""
        base: cython.longlong = group * WORDS
        return (
            self.fields[base + NODE],
            self.fields[base + MARKS],
            self.fields[base + HIGH],
            self.fields[base + LOW],
            self.fields[base + PORT],
            self.fields[base + VERSION],
            self.fields[base + COUNT],
        )

    def rows(self, group: int, most: int = -1) -> list[int]:
        """Indexes of the group's rows that are held, ``most`` at most, in the order they ended."""
        found = []
        index: cython.longlong = self.fields[group * WORDS + FIRST_ROW]
        while index >= 0 and len(found) != most:
            found.append(index)
            index = self.tracker.connections.at(index).link
        return found

    def ends(self, group: int):
        """For each held row of the group, when its capture ended (ns)."""
        found = array.array("q")
        index: cython.longlong = self.fields[group * WORDS + FIRST_ROW]
        while index >= 0:
            row = self.tracker.connections.at(index)
            found.append(self.tracker.clock.end_after(row.last))
            index = row.link
        return found

    def times(self, group: int, events: tuple[int, ...], data_of: int):
        """For each held row of the group, the latest time (ns) of the events and octets named.

        ``events`` are indexes into the shape; of a run of repeats the last counts.  ``data_of``
        adds the time of that end's last new octet (-1: of none).
        """
        found = array.array("q")
        wanted: cython.longlong = 0
        number: cython.longlong
        latest: cython.longlong
        event: cython.longlong
        index: cython.longlong
        for number in events:
            wanted |= cython.cast(cython.longlong, 1) << number
        index = self.fields[group * WORDS + FIRST_ROW]
        while index >= 0:
            row = self.tracker.connections.at(index)
            latest = -1 if data_of < 0 else row.side[data_of].last_data
            number = -1
            event = row.head
            while event >= 0:
                kept = self.tracker.log.at(event)
                if not kept.what & 256:
                    number += 1
                if number < 63 and wanted >> number & 1 and kept.at > latest:
                    latest = kept.at
                event = kept.next
            found.append(latest)
            index = row.link
        return found
