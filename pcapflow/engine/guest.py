# cython: language_level=3
"""The row in which those that sleep are looked at, one at a time."""

import cython

from pcapflow.engine.asleep import Asleep
from pcapflow.engine.clock import Clock
from pcapflow.engine.connections import Connections
from pcapflow.engine.log import Log

if not cython.compiled:
    from pcapflow.engine.layout import (
        KEPT_HEAD,
        KEPT_TAIL,
        MARK_CLOSED_EARLY,
        ROW_OVER,
        WAIT_EARLY,
        WAIT_OVER,
    )


class Guest:
    """``index`` is that of the packed row of which all is known now, or -1.

    ``place`` is where it is looked at: the index of an awake row, or -1 until one is needed.
    ``shown`` are the marks of the row last glanced at, with those that its two ends show.
    """

    def __init__(self, connections: Connections, log: Log, asleep: Asleep, clock: Clock) -> None:
        self.connections = connections
        self.log = log
        self.asleep = asleep
        self.clock = clock
        self.index = -1
        self.place = -1
        self.shown = 0

    def room(self):
        """The row to look at one in: it has blocks for all events that any may have."""
        if self.place < 0:
            self.place = self.connections.spare()
            row = self.connections.at(self.place)
            row.used = ROW_OVER  # not the sweep's
            row.kept = 0
            while row.kept < KEPT_HEAD + KEPT_TAIL:
                self.log.keep(row, 0, 0, 0)
        return self.connections.at(self.place)

    def row(self, index):
        """A copy of a row that sleeps, until the next is asked for."""
        row = self.room()
        if self.index != index:
            self.index = -1
            self.asleep.unpack(index, row)
            self.index = index
        self._ends(index, row)
        return row

    def glance(self, index):
        """As ``row``, but without the ends, history and events; sets ``shown``."""
        row = self.room()
        self.index = -1
        self.shown = self.asleep.glance(index, row)
        self._ends(index, row)
        return row

    def times(self, index):
        """As ``row``, but only what spans of time are measured by."""
        if self.index == index:
            return self.row(index)
        row = self.room()
        self.index = -1
        if not self.asleep.times(index, row):
            return self.row(index)
        self._ends(index, row)
        return row

    def forget(self, index):
        """A packed row is about to go, and its index to be used again."""
        if self.index == index:
            self.index = -1
        return 0

    def _ends(self, index, row):
        """When the capture of a row that has been finished asleep ended, as is known now."""
        rest = self.asleep.rest(index)
        if rest.wait == WAIT_EARLY:
            row.ended = rest.ended
            row.marks |= MARK_CLOSED_EARLY
            self.shown |= MARK_CLOSED_EARLY
        elif row.ended < 0 and rest.wait == WAIT_OVER:
            row.ended = self.clock.end_after(row.last)
        return 0
