# cython: language_level=3
"""Merging captures by time, record by record, in the order and with the numbers of mergecap.

Each capture is a lane.  Of the lanes' next records the earliest goes first; of those seen at the
same time, that of the capture which was named last, since mergecap does it so.  A lane's own order
is kept, whatever its times say.
"""

import array

import cython

if not cython.compiled:
    from pcapflow.engine.layout import packet_at, segment_at
    from pcapflow.engine.matching import origin_of

_LATEST = cython.declare(cython.longlong, 0x7FFFFFFFFFFFFFFF)


class Lane:
    """One capture on its way into the merge.

    ``rank``: its place among the captures as they were named.  ``when``: the time of its next
    record (ns).  ``number``: the capture's own number of the last frame that has gone.
    ``faces``: what the merge calls each of the capture's interfaces, so that none of them is taken
    for another capture's.
    """

    def __init__(self, rank, when):
        self.rank = rank
        self.when = when
        self.number = 0
        self.batch = None
        self.head = 0
        self.row = 0
        self.faces = array.array("q", [0])

    def load(self, batch):
        """Take note of the records that come next."""
        batch.check()
        self.batch = batch
        self.head = 0
        self.row = 0
        self.when = packet_at(batch.packets, 0).when

    def dry(self):
        """Whether there is no record at hand; ``when`` is then known only of the very first."""
        return self.batch is None or self.head >= self.batch.records

    def before(self, other):
        """Whether the turn is this lane's rather than the other's."""
        return self.when < other.when or (self.when == other.when and self.rank > other.rank)

    @cython.boundscheck(False)
    def latest(self):
        """When the last seen of the batch's records was seen (ns)."""
        i: cython.longlong
        latest: cython.longlong = self.when
        for i in range(self.batch.records):
            latest = max(latest, packet_at(self.batch.packets, i).when)
        return latest

    def rename(self, shift):
        """Take the whole batch where it lies."""
        i: cython.longlong
        batch = self.batch
        for i in range(batch.count):
            segment = segment_at(batch.segments, i)
            segment.frame += shift
            segment.iface = self.faces[segment.iface >> 8] << 8 | segment.iface & 255
            segment.origin = origin_of(segment)
        self.head = batch.records
        self.number = packet_at(batch.packets, batch.records - 1).number
        return 0

    @cython.boundscheck(False)
    def move(self, limit, out, shift):
        """Move records to ``out`` up to one that was seen after ``limit``, or until it is full."""
        batch = self.batch
        i: cython.longlong = self.row
        to: cython.longlong = out.count
        face: cython.longlong
        faces: cython.longlong = len(self.faces)
        while self.head < batch.records:
            packet = packet_at(batch.packets, self.head)
            if packet.when > limit:
                break
            if i < batch.count and segment_at(batch.segments, i).frame == packet.number:
                if to >= out.capacity:
                    break
                face = segment_at(batch.segments, i).iface >> 8
                if face >= faces:
                    raise IndexError("an interface that the merge has no name for")
                out.put(to, batch, i)
                segment = segment_at(out.segments, to)
                segment.iface = self.faces[face] << 8 | segment.iface & 255
                segment.origin = origin_of(segment)
                segment.frame += shift
                to += 1
                i += 1
            self.number = packet.number
            self.head += 1
        if self.head < batch.records:
            packet = packet_at(batch.packets, self.head)
            self.when = packet.when
            self.number = packet.number - 1  # blocks that are numbered go at once
        self.row = i
        out.count = to
        return 0


class Merge:
    """Merges ``lanes``; ``frames`` have gone already.

    ``tell`` is called with each run of records that follow each other in one capture: the lane,
    its own numbers of the first and the last, and what they are shifted by in the merge.
    """

    def __init__(self, tell=None):
        self.lanes = []
        self.frames = 0
        self.tell = tell

    def load(self, lane, batch):
        """The lane's next records, one at least, with the segments of these records only."""
        lane.load(batch)
        self.frames += packet_at(batch.packets, 0).number - 1 - lane.number
        lane.number = packet_at(batch.packets, 0).number - 1

    def fill(self, out):
        """Move records to ``out`` until it is full or a lane, which is returned, must be loaded."""
        best: Lane
        other: Lane
        first: cython.longlong
        shift: cython.longlong
        out.check()
        out.records = 0
        while out.count < out.capacity:
            best = self.lanes[0]
            for other in self.lanes:
                if other.before(best):
                    best = other
            if best.dry():
                return best
            first = best.number + 1
            shift = self.frames - best.number
            best.move(self._limit(best), out, shift)
            self._gone(best, first, shift)
            if best.dry():
                return best
        return None

    def whole(self, lane):
        """Whether all that was loaded into the lane goes next: then its batch need not be copied.

        It is taken at once: its rows have the merge's numbers now.
        """
        first: cython.longlong = lane.number + 1
        shift: cython.longlong = self.frames - lane.number
        if lane.latest() > self._limit(lane):
            return False
        lane.rename(shift)
        self._gone(lane, first, shift)
        return True

    def _limit(self, lane):
        """Until when (ns) the turn is this lane's."""
        other: Lane
        bound: cython.longlong
        limit: cython.longlong = _LATEST
        for other in self.lanes:
            if other is not lane:
                bound = other.when if lane.rank > other.rank else other.when - 1
                limit = min(limit, bound)
        return limit

    def _gone(self, lane, first, shift):
        """The lane's records from ``first`` on were taken."""
        self.frames = lane.number + shift
        if self.tell is not None and lane.number >= first:
            self.tell(lane, int(first), int(lane.number), int(shift))
        return 0
