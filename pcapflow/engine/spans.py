# cython: language_level=3
"""Spans of time in connections: from one thing that happened to another, or to the capture's end.

What a rule waits for, how long an end was in a state, and when it entered each, is measured here:
over rows, without an object for each.
"""

import array
from itertools import accumulate

import cython

from pcapflow.engine.log import Log
from pcapflow.engine.track import Tracker

if not cython.compiled:
    from pcapflow.engine.layout import REPEAT, SHAPE_LENGTH, kept_at

WORDS = cython.declare(cython.longlong, 12)  # of a line of ``Moments``, before its times
NEVER = cython.declare(cython.longlong, 1 << 62)
_TICK = cython.declare(cython.longlong, 10_000_000)  # see ``silence``


class Span:
    """A span of time that each connection of one shape has.

    It begins with the latest of the events ``since`` (of repeats in a row, the last) and, unless
    -1, of the last new octet of end ``data_of`` and the last segment of end ``sent_of``; it ends
    with the event ``until`` (of repeats, the first) or, where that is -1, with the capture.  Events
    are indexes into the shape.  Where ``idle_of`` is not -1 all this is not asked: it is how long
    all was silent before that end sent what nobody answered, or what drew a reset.

    ``late``: the event ``until`` is of somebody else, perhaps later than the connection's own last
    segment.
    """

    def __init__(
        self,
        since: tuple[int, ...],
        data_of: int = -1,
        until: int = -1,
        sent_of: int = -1,
        idle_of: int = -1,
        *,
        late: bool = False,
    ) -> None:
        self.what = (since, data_of, until, sent_of, idle_of)
        self.since = sum({1 << index for index in since if index < SHAPE_LENGTH})
        self.data_of = data_of
        self.sent_of = sent_of
        self.idle_of = idle_of
        self.until = until
        self.late = late
        self.began = idle_of < 0 and self.since != 0

    def of(self, tracker, row, end):
        """How long it was (ns) in a row whose capture ended at ``end``; -1 where that is unknown.

        All its events are kept: others have no group (``Groups.take``).
        """
        begun: cython.longlong = -1 if self.data_of < 0 else row.side[self.data_of].last_data
        ended: cython.longlong = end if self.until < 0 else -1
        number: cython.longlong = -1
        k: cython.longlong
        place: cython.longlong = 0
        log: Log = tracker.log
        if self.idle_of >= 0:
            return max(-1, row.side[self.idle_of].idle * _TICK)
        if self.sent_of >= 0:
            begun = max(begun, row.side[self.sent_of].last)
        for k in range(log.stored(row)):
            place = log.step(row, k, place)
            kept = kept_at(log.pool, place)
            if not kept.what & REPEAT:
                number += 1
                if number == self.until:
                    ended = kept.at
            if 0 <= number < SHAPE_LENGTH and self.since >> number & 1 and kept.at > begun:
                begun = kept.at
        return -1 if begun < 0 or ended < 0 else max(0, ended - begun)


class Waits:
    """What rules wait for in the connections of one shape.

    Each of ``waits`` is a span with its steps, ascending: (at least ns, what that is, a number
    below ``kinds``).  The last step that a span reaches says what a connection has: nothing where
    it was shorter than ``shortest`` and its capture ended sooner than ``soonest`` (ns).
    """

    def __init__(
        self, waits: tuple[tuple[Span, tuple[tuple[int, int], ...]], ...], kinds: int
    ) -> None:
        if kinds > 62:
            raise ValueError("more kinds than bits")
        self.what = [(span.what, steps) for span, steps in waits]
        self.kinds = kinds
        self.spans = [span for span, _ in waits]
        self.ends = array.array("q", accumulate(len(steps) for _, steps in waits))
        self.least = array.array("q", [least for _, steps in waits for least, _ in steps])
        self.kind = array.array("q", [kind for _, steps in waits for _, kind in steps])
        self.shortest = self.soonest = NEVER
        for span, steps in waits:
            least = steps[0][0] if span.began else 0
            if span.until < 0 or span.late:
                self.soonest = min(self.soonest, least)
            else:
                self.shortest = min(self.shortest, least)
        self.length = -1

    def of(self, tracker, row, end):
        """What a row has, a bit for each kind; ``length`` is the longest span that says so."""
        i: cython.longlong
        step: cython.longlong = 0
        kind: cython.longlong
        length: cython.longlong
        has: cython.longlong = 0
        self.length = -1
        for i in range(len(self.ends)):
            span: Span = self.spans[i]
            length = span.of(tracker, row, end)
            kind = -1
            while step < self.ends[i]:
                if length >= self.least[step]:
                    kind = self.kind[step]
                step += 1
            if kind >= 0:
                has |= cython.cast(cython.longlong, 1) << kind
                self.length = max(self.length, length)
        return has


class Waited:
    """Connections of one shape, counted by what they have of ``waits``.

    ``counts`` tells of each kind how many connections have it, ``affected`` how many have any;
    ``longest`` is the row, of those that are held, which waited longest for one, or -1.
    """

    def __init__(self, waits: Waits) -> None:
        self.waits = waits
        self.counts = array.array("q", bytes(8 * waits.kinds))
        self.count = self.counts
        self.affected = 0
        self.longest = -1
        self.length = -1

    def add(self, tracker, row, index, end):
        """Count a row; ``index`` is -1 where it will not be held any longer."""
        kind: cython.longlong
        has: cython.longlong = self.waits.of(tracker, row, end)
        if has == 0:
            return 0
        for kind in range(len(self.count)):
            self.count[kind] += has >> kind & 1
        self.affected += 1
        if index >= 0 and self.waits.length > self.length:
            self.length = self.waits.length
            self.longest = index
        return 0


class Moments:
    """When things happened in the connections of one shape.

    ``events`` are indexes into the shape; of repeats in a row the first counts or, for those that
    are in ``late`` as well, the last.
    """

    def __init__(self, events: tuple[int, ...], late: frozenset[int]) -> None:
        column = [events.index(i) if i in events else -1 for i in range(SHAPE_LENGTH)]
        self.column = array.array("q", column)
        self.late = array.array("q", [i in late for i in range(SHAPE_LENGTH)])
        self.width = WORDS + len(events)
        self.cells = array.array("q")

    def table(self, tracker: Tracker, rows: list[int]):
        """A line for each of ``rows``, which are of a group: all their events are kept.

        It has the words named in the stub, then the time of each event.
        """
        i: cython.longlong
        k: cython.longlong
        index: cython.longlong
        number: cython.longlong
        place: cython.longlong
        base: cython.longlong = 0
        log: Log = tracker.log
        found = array.array("q", bytes(8 * self.width * len(rows)))
        self.cells = found
        for i in range(len(rows)):
            index = rows[i]
            row = tracker.rows.row(index)
            self.cells[base] = index
            self.cells[base + 1] = row.number
            self.cells[base + 2] = row.first
            self.cells[base + 3] = row.last
            self.cells[base + 4] = tracker.rows.end_of(row)
            self.cells[base + 5] = row.version
            self.cells[base + 6] = row.client_hi
            self.cells[base + 7] = row.client_lo
            self.cells[base + 8] = row.ports >> 16
            self.cells[base + 9] = row.server_hi
            self.cells[base + 10] = row.server_lo
            self.cells[base + 11] = row.ports & 0xFFFF
            number = -1
            place = 0
            for k in range(log.stored(row)):
                place = log.step(row, k, place)
                kept = kept_at(log.pool, place)
                if not kept.what & REPEAT:
                    number += 1
                if 0 <= number < SHAPE_LENGTH and self.column[number] >= 0:
                    if not kept.what & REPEAT or self.late[number]:
                        self.cells[base + WORDS + self.column[number]] = kept.at
            base += self.width
        return found
