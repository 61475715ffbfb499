# cython: language_level=3
"""The hot loop: each segment finds its connection and is judged, in one pass.

Here too: port reuse, that is when a SYN is a new connection.
"""

import cython

from pcapflow.engine.clock import Clock
from pcapflow.engine.connections import Connections
from pcapflow.engine.events import Events
from pcapflow.engine.log import Log
from pcapflow.engine.plain import Plain
from pcapflow.engine.rows import Rows

if not cython.compiled:
    from pcapflow.engine.layout import (
        CHALLENGE_ACK,
        MARK_DUPLICATES,
        MARK_GUESSED,
        MARK_MID_STREAM,
        REUSE,
        ROW_OPEN,
        ROW_SHADOWED,
        TH_ACK,
        TH_FIN,
        TH_QUOTED,
        TH_RST,
        TH_SYN,
        UNREACHABLE,
        row_at,
        segment_at,
        side_of,
    )
    from pcapflow.engine.matching import end_of, place_of
    from pcapflow.engine.memory import fetch
    from pcapflow.engine.plain import SLEEPS
    from pcapflow.engine.serial import add, diff
    from pcapflow.engine.turnstile import heed

_MAX_DISSOLVED = 65_536
"""Of so many challenged SYNs it is remembered where they belong; past it ids have holes."""
_MAX_REPORTS = 65_536
"""Of so many connections it is remembered who said that they were unreachable."""
_WORTH = cython.declare(cython.longlong, 512)
"""So many rows that are over are worth being reported: it is Python's to do so."""
_QUOTED = cython.declare(cython.longlong, 1_048_576)
_NEAR = cython.declare(cython.longlong, 65_536)


class Tracker:
    """Tracks batches.

    ``rows.finished`` lists the indexes of rows that are over and out of the table: their reader
    takes them from it and calls ``rows.release``.
    ``dissolved`` maps numbers of connections that turned out to be part of an older one to that
    one's number, and ``_refused`` that one's to the number of the SYN which seemed to begin one.
    ``reports`` says what the first ICMP error about an end's segments was: (type << 8 | code, and
    the address of who reports it in two words) by number << 1 | end.
    """

    def __init__(self, node_limit: int = 65_536) -> None:
        self.clock = Clock()
        self.connections = Connections()
        self.plain = Plain(self.connections, self.clock)
        self.log = Log(node_limit)
        self.events = Events(self.log)
        self.rows = Rows(self.connections, self.log, self.clock)
        self.dissolved = {}
        self._refused = {}
        self.reports = {}
        self.challenged = 0
        self.where = -1

    def track(self, batch):
        """Judge a batch's segments: fill its ``conn``, ``end``, ``codes`` and ``duplicate``."""
        batch.check()
        if cython.compiled:
            with cython.nogil:
                self._track(batch)
        else:
            self._track(batch)
        self.rows.list()
        return batch.count

    def follow(self, relay, most):
        """Judge what the relay brings, ``most`` batches at once; whether there may be more.

        Comes back before that when enough rows are over to be reported.
        """
        found: cython.longlong
        if cython.compiled:
            with cython.nogil:
                found = self._follow(relay, most)
        else:
            found = self._follow(relay, most)
        self.rows.list()
        return found != 0

    def _follow(self, relay, most):
        found: cython.longlong = 1
        while found and most > 0 and self.rows.leave < _WORTH:
            found = relay.come()
            if found > 0:
                self._track(relay.using)
                most -= 1
            elif found < 0 and cython.compiled:
                with cython.gil:
                    heed()
        return found

    def _track(self, batch):
        """Plain segments go by in the hot loop; the others, one in ten, are looked at here."""
        opened: cython.longlong = self.connections.opened
        i: cython.longlong = self.plain.run(batch, 0)
        while i < batch.count:
            self._judge(segment_at(batch.segments, i))
            i = self.plain.run(batch, i + 1)
        # More rows are looked at than were opened, so the table cannot outgrow the sweep: with four
        # times as many, rows that are over are a quarter of it at most.
        self.rows.sweep(4 * (self.connections.opened - opened) + batch.count // 16 + 1)
        return 0

    def _judge(self, segment):
        """Judge what a segment means to its connection: the one found for it, or a new one."""
        place: cython.longlong
        where: cython.longlong
        end: cython.longlong
        quiet: cython.longlong
        if segment.flags & TH_QUOTED:
            return self._unreachable(segment)
        self.clock.tick(segment.time)
        self.log.current = 0
        place = self._woken(segment)
        if place < 0:
            place = self._new(segment, -1)
            row = row_at(self.connections.chunks, place >> 1)
        else:
            row = row_at(self.connections.chunks, place >> 1)
            if cython.compiled:
                # What plain segments never touch comes from memory while their ends are compared.
                fetch(cython.address(row.side[0].fin_last))
                fetch(cython.address(row.side[1].fin_last))
                fetch(cython.address(row.rst_at))
            quiet = self.clock.passed - row.seen
            if quiet >= self.rows.linger or row.older >= 0 or segment.flags & TH_SYN:
                place = self._place(segment, place)
                row = row_at(self.connections.chunks, place >> 1)
        row.seen = self.clock.passed
        where = place_of(segment)
        if where != self.where:
            self.rows.places = self.where >= 0
            self.where = where
        segment.duplicate = 0
        end = place & 1
        if not self.events.stream.goes_on(row, segment, end):
            self.events.judge(row, segment, end)
        segment.conn = row.number
        segment.end = end
        segment.codes = self.log.current
        return 0

    def _woken(self, segment):
        """What ``Plain.find`` says of the segment, once the row that it belongs to is awake.

        A row that has nothing but the tag in common sleeps on: which do depends on the hash's seed,
        and which rows are awake must not.
        """
        place: cython.longlong = self.plain.place
        while place == SLEEPS:
            if end_of(self.rows.row(self.plain.sleeper), segment) < 0:
                place = self.plain.find(segment, self.plain.behind)
            else:
                self.rows.wake(self.plain.sleeper)
                place = self.plain.find(segment, segment.tag)
        return place

    def _unreachable(self, segment):
        """An ICMP error: note it where the segment that it quotes belongs, if that was captured.

        It is no segment: it counts nowhere, and keeps no connection alive.  Its number must be one
        that the end has sent not long ago (RFC 5927 §4.1).
        """
        place: cython.longlong = self._woken(segment)
        end: cython.longlong
        behind: cython.longlong
        segment.conn = 0
        segment.end = 0
        segment.duplicate = 0
        segment.codes = 0
        if place < 0:
            return 0
        row = self.connections.at(place >> 1)
        end = place & 1
        sender = side_of(row, end)
        behind = diff(sender.snd_nxt, segment.seq)
        if sender.packets == 0 or sender.snd_nxt < 0 or behind < 0 or behind > _QUOTED:
            return 0
        if self.rows.is_over(row):
            return 0
        self.clock.tick(segment.time)
        self.log.current = 0
        self.log.note(row, UNREACHABLE, end, segment)
        segment.conn = row.number
        segment.end = end
        segment.codes = self.log.current
        if cython.compiled:
            with cython.gil:
                self._report(row, segment)
        else:
            self._report(row, segment)
        return 0

    def _report(self, row, segment):
        """Remember who reports what, of the first error about an end's segments."""
        key = int(row.number) << 1 | int(segment.end)
        if len(self.reports) < _MAX_REPORTS and key not in self.reports:
            told = (int(segment.window), int(segment.tsval), int(segment.sacked))
            self.reports[key] = told
        return 0

    def _place(self, segment, place):
        """The place (index << 1 | end) of the segment, if not ``place``, its four-tuple's."""
        flags: cython.longlong = segment.flags
        end: cython.longlong = place & 1
        row = row_at(self.connections.chunks, place >> 1)
        if self.clock.passed - row.seen >= self.rows.linger and self.rows.is_over(row):
            # Whether the sweep has come by yet must make no difference.
            self.rows.let_go(place >> 1)
            return self._new(segment, -1)
        if flags & TH_SYN and not flags & (TH_RST | TH_FIN):
            sender = side_of(row, end)
            peer = side_of(row, 1 - end)
            if flags & TH_ACK:
                if sender.isn < 0 and peer.isn < 0:
                    # Of a connection known without its handshake, unless the numbers say so.
                    if peer.snd_nxt < 0 or abs(diff(segment.ack, peer.snd_nxt)) > _NEAR:
                        return self._new(segment, place >> 1)
                    row.marks &= ~(MARK_GUESSED | MARK_MID_STREAM)
                    if end == 0:  # the client was guessed wrong: the server sends this
                        self.connections.turn(row)
                        self.log.turn(row)
                        return place | 1
                elif sender.isn != segment.seq and self._is_accepted(row, segment):
                    return self._new(segment, place >> 1)
            elif sender.isn != segment.seq:
                if not (sender.isn < 0 and peer.isn >= 0 and not (sender.alive or peer.alive)):
                    return self._new(segment, place >> 1)
        if row.older >= 0:
            return self._decide(segment, place)
        return place

    def _is_accepted(self, row, segment):
        """Whether a SYN, ACK acknowledges the SYN that was taken for a part of this connection.

        Segments of the old connection that were on their way came between the two.
        """
        refused: cython.longlong
        if self.challenged == 0:  # a dictionary would be asked while the other thread waits
            return False
        if cython.compiled:
            with cython.gil:
                refused = self._refused.get(int(row.number), -1)
        else:
            refused = self._refused.get(row.number, -1)
        return refused >= 0 and segment.ack == add(refused, 1)

    def _new(self, segment, older):
        """Open a row for the segment; ``older`` is the row of the same four-tuple, or -1."""
        index: cython.longlong
        if older >= 0:
            if self.connections.at(older).older >= 0:
                self._replace(older)  # that one was new as well: it stands, unanswered
            self.connections.at(older).used = ROW_SHADOWED  # in doubt: it must not make room
        if self.rows.full():
            if cython.compiled:
                with cython.gil:
                    self.rows.make_room()
            else:
                self.rows.make_room()
        index = self.connections.open(segment)
        row = row_at(self.connections.chunks, index)
        row.older = older
        self.connections.take_over(index, older)
        return index << 1 | end_of(row, segment)

    def _decide(self, segment, place):
        """Whether a SYN on a known four-tuple began a connection: what does the next segment say?

        A SYN-ACK or RST that acknowledges it, or the SYN's sender going on with its numbers:
        it did.  The old numbers: it did not, and an ACK with them was the challenge to it
        (RFC 5961 §4.2, RFC 9293 §3.10.7.4).
        """
        index: cython.longlong = place >> 1
        end: cython.longlong = place & 1
        row = self.connections.at(index)
        flags: cython.longlong = segment.flags
        seq: cython.longlong = segment.seq
        client = side_of(row, 0)
        covers: cython.longlong = (
            client.isn >= 0
            and diff(segment.ack, client.isn) > 0
            and diff(segment.ack, client.snd_nxt) <= 0
        )
        older: cython.longlong = row.older
        answers: cython.longlong = end  # 1: the segment comes from the end that got the SYN
        if flags & TH_SYN and not (flags & TH_ACK and end == 1 and covers):
            return place
        if (
            row.side[1].isn >= 0
            or client.isn < 0
            or (end == 1 and covers and flags & TH_ACK)
            or (end == 0 and (seq == add(client.isn, 1) or seq == client.snd_nxt))
        ):
            self._replace(index)
            return place
        if cython.compiled:
            with cython.gil:
                self._dissolve(index)
        else:
            self._dissolve(index)
        row = self.connections.at(older)
        end = end_of(row, segment)
        if answers and not flags & TH_RST:
            self.log.note(row, CHALLENGE_ACK, end, segment)
        return older << 1 | end

    def _dissolve(self, index):
        """The row is no connection: its SYN belongs to the older one on the four-tuple."""
        row = self.connections.at(index)
        older: cython.longlong = row.older
        old = self.connections.at(older)
        turned: cython.longlong = 0 if self.connections.same_client(row, old) else 1
        old.side[0].packets += row.side[turned].packets
        old.side[1].packets += row.side[1 - turned].packets
        old.used = ROW_OPEN
        old.duplicates += row.duplicates
        old.marks |= row.marks & MARK_DUPLICATES
        if len(self.dissolved) < _MAX_DISSOLVED:
            self.dissolved[int(row.number)] = int(old.number)
            self._refused[int(old.number)] = int(row.side[0].isn)
            self.challenged += 1
        self.connections.take_over(older, index)
        self.log.release(row)
        self.connections.release(index)
        return 0

    def _replace(self, index):
        """The new connection stands: the older one on its four-tuple is over."""
        row = self.connections.at(index)
        older: cython.longlong = row.older
        old = self.connections.at(older)
        current: cython.longlong = self.log.current
        end: cython.longlong = 0 if self.connections.same_client(row, old) else 1
        row.older = -1
        self.log.add(old, REUSE, end, row.first, row.first_frame)
        self.log.current = current
        self.rows.finish(older)
        return 0

    def close(self):
        """The capture is over: every row that is left is finished."""
        index: cython.longlong
        for index in range(self.connections.limit):
            row = row_at(self.connections.chunks, index)
            if row.used == ROW_OPEN and row.older >= 0:
                self._replace(index)
        self.rows.close()
