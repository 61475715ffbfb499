"""Which end was in which state, and when: over columns of the engine's rows, shape by shape.

What follows from the order of events is worked out once a shape: which of them moves which end to
which state (``tcp.replay``).  When that was is then looked up for all connections of the shape at
once.  ``tcp.stays`` says the same of one connection.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple, TypeAlias, get_args

import numpy as np
import numpy.typing as npt

from pcapflow.engine.facts import facts
from pcapflow.engine.groups import Groups
from pcapflow.engine.spans import Moments
from pcapflow.engine.track import Tracker
from pcapflow.model import ENDS, Connection, State
from pcapflow.shapes import Shapes
from pcapflow.tcp.codes import FIN_REPEATS
from pcapflow.tcp.stays import NO_SOCKET, Stay, stays
from pcapflow.tcp.story import Story

if TYPE_CHECKING:
    from pcapflow.tcp.timers import Settings

Column: TypeAlias = npt.NDArray[np.int64]

STATES: tuple[State, ...] = get_args(State)
_AT_ONCE = 65_536  # rows
_NEVER = 2**63 - 1

# The words of a line of ``Moments.table``.
INDEX, NUMBER, FIRST, LAST, END, VERSION = range(6)
ADDRESS = ((6, 7), (9, 10))
PORT = (8, 11)
_WORDS = 12


class Spell(NamedTuple):
    """For each line of a table, when the end (0: client) was in the state: [begin, stop), in ns."""

    table: Column
    end: int
    state: State
    begin: Column
    stop: Column

    def only(self, keep: npt.NDArray[np.bool_]) -> Spell:
        """The same of some of the lines."""
        return Spell(self.table[keep], self.end, self.state, self.begin[keep], self.stop[keep])


class Timeline:
    """The stays of all connections of a report that ``first`` to ``last`` (ns) holds."""

    def __init__(
        self,
        tracker: Tracker,
        groups: Groups,
        shapes: Shapes,
        alone: Sequence[int],
        settings: Settings,
        first: int,
        last: int,
    ) -> None:
        self.first, self.last = first, last
        self._tracker = tracker
        self._groups = groups
        self._shapes = shapes
        self._alone = alone
        self._settings = settings
        self._joined = min(tracker.clock.gaps, default=_NEVER)

    def spells(self) -> Iterator[Spell]:
        """All stays, in pieces of bounded size."""
        for (node, marks), rows in self._rows():
            story = self._shapes.at(node, marks).story
            moments, columns = _moments(story)
            for i in range(0, len(rows), _AT_ONCE):
                words = moments.table(self._tracker, rows[i : i + _AT_ONCE])
                table = np.frombuffer(words, np.int64).reshape(-1, _WORDS + len(columns))
                yield from self._of_shape(story, table, columns)
        yield from self._singly(self._alone)

    def stays(self, index: int) -> tuple[Connection, tuple[tuple[Stay, ...], tuple[Stay, ...]]]:
        """The connection in row ``index``, and the stays of both its ends."""
        connection, _ = self._shapes.connection(index)
        return connection, stays(connection, self.began(connection.first))

    def began(self, first: int) -> int:
        """When the capture began of a connection whose first segment was then (ns).

        Of captures joined to one nobody knows it but for the first.
        """
        return first if first > self._joined else self.first

    def _rows(self) -> Iterator[tuple[tuple[int, int], list[int]]]:
        """The rows of each shape with the same marks, whatever service they are for."""
        groups: dict[tuple[int, int], list[int]] = {}
        for group in range(self._groups.count):
            groups.setdefault(self._groups.key(group)[0], []).append(group)
        for key, alike in groups.items():
            yield key, [row for group in alike for row in self._groups.rows(group)]

    def _of_shape(self, story: Story, table: Column, columns: dict[int, int]) -> Iterator[Spell]:
        over = table[:, END] + 1
        begun = table[:, FIRST]
        if story.opening == "mid-stream":
            begun = np.where(begun > self._joined, begun, self.first)
        for end in range(2):
            steps = [s for s in story.steps if s.end == ENDS[end] and s.event in columns]
            state, begin = steps[0].before if steps else story.states[end], begun
            entered = begun
            for step in [*steps, None]:
                at = over if step is None else table[:, _WORDS + columns[step.event]]
                until = self._expired(table, entered, at) if state == "TIME_WAIT" else at
                stop = np.maximum(begin, until)
                if state not in NO_SOCKET:
                    yield Spell(table, end, state, begin, stop)
                if step is not None:
                    state, begin, entered = step.after, stop, at

    def _expired(self, table: Column, entered: Column, at: Column) -> Column:
        """When a TIME_WAIT is over: by time alone, if nothing ended it sooner."""
        expiry = np.maximum(entered, table[:, LAST]) + self._settings.two_msl
        over: Column = np.minimum(at, expiry)
        return over

    def _singly(self, rows: Iterable[int]) -> Iterator[Spell]:
        """Connections whose shape is too long or too rare to share, one by one."""
        words: dict[tuple[int, State], array[int]] = {}
        for index in rows:
            line = self._line(index)
            for end, path in enumerate(self.stays(index)[1]):
                for stay in path:
                    found = words.setdefault((end, stay.state), array("q"))
                    found.extend((*line, stay.begin, stay.stop))
        for (end, state), found in words.items():
            table = np.frombuffer(found, np.int64).reshape(-1, _WORDS + 2)
            yield Spell(table, end, state, table[:, _WORDS], table[:, _WORDS + 1])

    def _line(self, index: int) -> tuple[int, ...]:
        row = facts(self._tracker, index)
        end = row.end
        client, server = (*row.client, row.ports >> 16), (*row.server, row.ports & 0xFFFF)
        return index, row.number, row.first, row.last, end, row.version, *client, *server


def _moments(story: Story) -> tuple[Moments, dict[int, int]]:
    """What to look up of a shape's connections: when the events were that move an end."""
    events = tuple(dict.fromkeys(step.event for step in story.steps))
    # Of several FINs the last before the covering ACK is meant (``tcp.summary``).
    late = frozenset(event for event in events if story.events[event][0] in FIN_REPEATS)
    return Moments(events, late), {event: place for place, event in enumerate(events)}
