# cython: language_level=3
"""Lines that many rows share but for times, frames and counts: here those are filled in.

What a line says, and in which order, its template knows; ``pcapflow.lines`` cuts one out of a line
that was written the long way.
"""

import array
from itertools import accumulate

import cython

from pcapflow.engine.log import Log
from pcapflow.engine.spans import Waits
from pcapflow.engine.track import Tracker

if cython.compiled:
    from cython.cimports.libc.string import memcpy
else:
    from pcapflow.engine.layout import REPEAT, SHAPE_LENGTH, kept_at, side_of

SLOTS = (
    "given",
    "first",
    "last",
    "port",
    "packets",
    "octets",
    "fins",
    "fins again",
    "fin acked",
    "frames",
    "at",
    "since",
    "frame",
    "spent",
)
"""What a slot may be filled with; of which end, event ... is the second word of the slot."""
_GIVEN = cython.declare(cython.longlong, 0)
_FIRST = cython.declare(cython.longlong, 1)
_LAST = cython.declare(cython.longlong, 2)
_PORT = cython.declare(cython.longlong, 3)
_PACKETS = cython.declare(cython.longlong, 4)
_OCTETS = cython.declare(cython.longlong, 5)
_FINS = cython.declare(cython.longlong, 6)
_FINS_AGAIN = cython.declare(cython.longlong, 7)
_FIN_ACKED = cython.declare(cython.longlong, 8)
_FRAMES = cython.declare(cython.longlong, 9)
_AT = cython.declare(cython.longlong, 10)
_SINCE = cython.declare(cython.longlong, 11)
_FRAME = cython.declare(cython.longlong, 12)

_EVENTS = cython.declare(cython.longlong, 128)  # code << 1 | end is below this
_STEPS = cython.declare(cython.longlong, 256)  # at most: two an event, and two timers
_SECOND = cython.declare(cython.longlong, 1_000_000_000)
_EXACT = cython.declare(cython.longlong, 1_000_000_000_000_000)
"""A double tells all decimals of fifteen digits apart: no shorter one means the same."""
_SMALL = cython.declare(cython.longlong, 10_000)
"""Below so many ns seconds are written with an exponent."""
_CLOCKS = cython.declare(cython.longlong, 64)
_CLOCK = cython.declare(cython.longlong, 19)  # 2026-11-22T10:00:03
_WIDEST = cython.declare(cython.longlong, 32)  # octets of a time, or of a number and a comma
_LONGEST = cython.declare(cython.longlong, 32 * 96)  # ... of a list of all events that are kept


class Template:
    """The texts between slots, and what the slots are filled with: (one of ``SLOTS``, which).

    ``steps`` are what the ends go through, in order: the event that makes it (-1: TIME_WAIT is
    over), of which end, whether it leaves a TIME_WAIT that a timer might have ended first, and the
    sum that the time since the end's step before is added to (-1: none).  ``stays`` are, for each
    end, the sum for its time after its last step (-1: none) and the most that counts (-1: all).
    ``events`` is how many the shape has; of repeats of those that are ``late`` the last counts.
    """

    def __init__(
        self,
        texts: list[bytes],
        slots: list[tuple[str, int]],
        steps: list[tuple[int, int, bool, int]],
        stays: list[tuple[int, int]],
        events: int,
        late: frozenset[int],
    ) -> None:
        if len(texts) != len(slots) + 1 or events > SHAPE_LENGTH or len(steps) > _STEPS:
            raise ValueError("not a template")
        self.text = b"".join(texts)
        self.ends = array.array("q", accumulate([len(each) for each in texts]))
        self.what = array.array("q", [SLOTS.index(what) for what, _ in slots])
        self.which = array.array("q", [which for _, which in slots])
        self.event = array.array("q", [step[0] for step in steps])
        self.end = array.array("q", [step[1] for step in steps])
        self.leaves = array.array("q", [step[2] for step in steps])
        self.sum = array.array("q", [step[3] for step in steps])
        self.stay = array.array("q", [stay[0] for stay in stays])
        self.most = array.array("q", [stay[1] for stay in stays])
        self.events = events
        self.late = array.array("q", [event in late for event in range(SHAPE_LENGTH)])
        self.room = len(self.text) + len(slots) * _WIDEST


class Writer:
    """Fills templates from the rows of ``tracker``.

    ``lists`` are, for each list of frames, the events (code << 1 | end) that are in it; where one
    has more than ``most``, the line is not for it.  ``clock`` writes whole seconds since the epoch;
    ``seconds`` nanoseconds as seconds, where that takes more than digits.
    """

    def __init__(
        self, tracker: Tracker, two_msl: int, lists: list[frozenset[int]], most: int, clock, seconds
    ) -> None:
        self.tracker = tracker
        self.two_msl = two_msl
        self.listed = array.array(
            "q", [event in each for each in lists for event in range(_EVENTS)]
        )
        self.lists = len(lists)
        self.most = most
        self.clock = clock
        self.span = seconds
        self.at = 0
        self.buffer = bytearray(8192)
        self.octets = self.buffer
        self.seconds = array.array("q", [-1] * _CLOCKS)
        self.clocks = [b""] * _CLOCKS
        self.times = array.array("q", bytes(8 * SHAPE_LENGTH))
        self.frames = array.array("q", bytes(8 * SHAPE_LENGTH))
        self.steps = array.array("q", bytes(8 * _STEPS))
        self.sums = array.array("q", bytes(8 * _STEPS))
        self.entered = array.array("q", bytes(8 * 2))
        self.begun = array.array("q", bytes(8 * 2))

    def waited(self, index: int, waits: Waits) -> bool:
        """Whether row ``index`` waited long enough for one of ``waits``."""
        row = self.tracker.rows.row(index)
        return waits.of(self.tracker, row, self.tracker.rows.end_of(row)) != 0

    def line(self, template: Template, index: int, given: tuple[bytes, ...]):
        """The line of row ``index``; None where the row is not as the template has it.

        That is where time runs backwards, or a list of frames is too long.
        """
        row = self.tracker.rows.row(index)
        slot: cython.longlong
        begin: cython.longlong = 0
        if not self._find(template, row):
            return None
        if not self._replay(template, row, self.tracker.rows.end_of(row)):
            return None
        self._clear(template.room + self.lists * _LONGEST + sum([len(each) for each in given]))
        for slot in range(len(template.what)):
            self._put(template.text, begin, template.ends[slot])
            begin = template.ends[slot]
            if template.what[slot] == _GIVEN:
                text: bytes = given[template.which[slot]]
                self._put(text, 0, len(text))
            elif not self._fill(template, row, template.what[slot], template.which[slot]):
                return None
        self._put(template.text, begin, len(template.text))
        return bytes(self.buffer[: self.at])

    def _find(self, template, row):
        """When each event was, and in which frame; false where they are not the template's."""
        k: cython.longlong
        place: cython.longlong = 0
        number: cython.longlong = -1
        log: Log = self.tracker.log
        for k in range(log.stored(row)):
            place = log.step(row, k, place)
            kept = kept_at(log.pool, place)
            if not kept.what & REPEAT:
                number += 1
                if number == template.events:
                    return False
            elif not template.late[number]:
                continue
            self.times[number] = kept.at
            self.frames[number] = kept.frame
        return number + 1 == template.events

    def _replay(self, template, row, now):
        """When each step was, and how long each stay; false where a timer was sooner, or later."""
        k: cython.longlong
        end: cython.longlong
        at: cython.longlong
        expiry: cython.longlong
        span: cython.longlong
        for end in range(2):
            self.entered[end] = 0
            self.begun[end] = 0
        for k in range(_STEPS):
            self.sums[k] = 0
        for k in range(len(template.event)):
            end = template.end[k]
            expiry = max(self.entered[end], row.last) + self.two_msl
            if template.event[k] < 0:
                at = expiry
                if at > now:
                    return False
            else:
                at = self.times[template.event[k]]
                if template.leaves[k] and expiry <= at:
                    return False
            self.steps[k] = at
            self.entered[end] = at
            at = max(self.begun[end], at)  # crossed FINs are read after they were captured
            if template.sum[k] >= 0:
                self.sums[template.sum[k]] += at - self.begun[end]
            self.begun[end] = at
        for end in range(2):
            if template.stay[end] >= 0:
                span = max(0, now - self.begun[end])
                if template.most[end] >= 0:
                    span = min(span, template.most[end])
                self.sums[template.stay[end]] += span
        return True

    def _fill(self, template, row, what, which):
        """Put what a slot stands for; false where it cannot be told in a line of this form."""
        if what == _FIRST:
            return self._put_time(row.first)
        if what == _LAST:
            return self._put_time(row.last)
        if what == _PORT:
            return self._put_number(row.ports & 0xFFFF if which else row.ports >> 16)
        if what == _FRAMES:
            return self._put_frames(row, which)
        if what == _AT:
            return self._put_time(self.steps[which])
        if what == _SINCE:
            return self._put_time(self.times[which])
        if what == _FRAME:
            return self._put_frame(self.frames[which] if self.frames[which] else -1)
        if what > _FRAME:
            return self._put_seconds(self.sums[which])
        side = side_of(row, which)
        if what == _PACKETS:
            return self._put_number(side.packets)
        if what == _OCTETS:
            return self._put_number(side.octets)
        if what == _FIN_ACKED:
            return self._put_frame(side.fin_acked_frame)
        return self._put_number(side.fin_count - (what == _FINS_AGAIN))

    def _put_frames(self, row, which):
        """The frames of all events that are in a list, with commas."""
        k: cython.longlong
        count: cython.longlong = 0
        place: cython.longlong = 0
        log: Log = self.tracker.log
        for k in range(log.stored(row)):
            place = log.step(row, k, place)
            kept = kept_at(log.pool, place)
            if kept.frame and self.listed[which * _EVENTS + (kept.what & 127)]:
                if count == self.most:
                    return False
                if count:
                    self._put(b",", 0, 1)
                self._put_number(kept.frame)
                count += 1
        return True

    def _put_frame(self, frame):
        """A frame's number; -1 is null."""
        if frame < 0:
            return self._put(b"null", 0, 4)
        return self._put_number(frame)

    def _put_time(self, at):
        """ISO 8601 with nine digits."""
        seconds: cython.longlong = at // _SECOND
        place: cython.longlong = seconds % _CLOCKS
        if at < 0:
            return False
        if self.seconds[place] != seconds:
            self.clocks[place] = self.clock(seconds)
            self.seconds[place] = seconds
        text: bytes = self.clocks[place]
        self._put(text, 0, len(text))
        self._put(b".", 0, 1)
        self._put_digits(at % _SECOND, 9)
        return self._put(b"Z", 0, 1)

    def _put_seconds(self, span):
        """Nanoseconds as seconds, in the shortest digits that mean this double."""
        digits: cython.longlong = 9
        rest: cython.longlong = span % _SECOND
        if span and not _SMALL <= span < _EXACT:
            text: bytes = self.span(span)
            return self._put(text, 0, len(text))
        self._put_number(span // _SECOND)
        self._put(b".", 0, 1)
        while digits > 1 and rest % 10 == 0:
            rest = rest // 10
            digits -= 1
        return self._put_digits(rest, digits)

    def _put_number(self, value):
        """A number that is not negative."""
        digits: cython.longlong = 1
        rest: cython.longlong = value // 10
        while rest > 0:
            rest = rest // 10
            digits += 1
        return self._put_digits(value, digits)

    def _put_digits(self, value, digits):
        """The lowest digits of a number."""
        k: cython.longlong
        rest: cython.longlong = value
        for k in range(self.at + digits - 1, self.at - 1, -1):
            self.octets[k] = 48 + rest % 10
            rest = rest // 10
        self.at += digits
        return True

    def _put(self, text, begin, stop):
        """A part of a text."""
        length: cython.longlong = stop - begin
        if begin < 0 or length < 0 or stop > len(text) or length > len(self.octets) - self.at:
            raise IndexError("no room for a line")
        if cython.compiled:
            if length:
                source = cython.cast(cython.p_char, text)
                memcpy(cython.address(self.octets[self.at]), source + begin, length)
        else:
            self.octets[self.at : self.at + length] = text[begin:stop]
        self.at += length
        return True

    def _clear(self, room):
        """An empty line that has room for so many octets."""
        if room > len(self.buffer):
            self.buffer = bytearray(2 * room)
            self.octets = self.buffer
        self.at = 0
        return True
