# cython: language_level=3
"""What happened to each connection: its events with their times, and the shape they make.

The shape is a node of a tree: from node *n* the event *e* leads to one more node, made when it
is first needed.  All connections with the same events in the same order stand on the same node,
so whatever depends on the order of events alone is worked out once a node.  A node says what has
happened; what that means for the two ends is asked of ``pcapflow.tcp`` by whoever needs it.

Both are bounded: a connection keeps its first and its last events, the tree has a stated number
of nodes; past it a connection stands on ``COARSE`` and is judged by its own kept events.
"""

import array

import cython

if not cython.compiled:
    from pcapflow.engine.history import turn
    from pcapflow.engine.layout import (
        BLOCK,
        BLOCKS,
        COARSE,
        KEPT_HEAD,
        KEPT_TAIL,
        MARK_OVERFLOW,
        REPEAT,
        SHAPE_LENGTH,
        Kept,
        kept_at,
    )
    from pcapflow.engine.memory import add_chunk, drop_chunks, fetch

MAX_NODES = 65_536
_EDGE = cython.declare(cython.longlong, 128)
_PRIME = cython.declare(cython.longlong, 0x9E3779B1)


class Log:
    """Events of all connections in one pool, and the tree of shapes.

    ``current`` collects the events made of the segment being judged, the first lowest.
    """

    def __init__(self, node_limit: int = MAX_NODES) -> None:
        self.capacity = 0
        self.limit = 0
        self.free = -1
        self.current = 0
        self.links = array.array("i")
        self.after = self.links
        if not cython.compiled:
            self.pool = []
        self.node_limit = max(2, node_limit)
        self.nodes = 2
        self.mask = 1023
        self.parent = array.array("q", bytes(8 * 512))
        self.code = array.array("q", bytes(8 * 512))
        self.edges = array.array("q", bytes(16 * 1024))

    def __dealloc__(self):
        if cython.compiled:
            drop_chunks(cython.address(self.memory))

    def stored(self, row):
        """How many of the row's events are kept."""
        return min(row.kept, KEPT_HEAD + KEPT_TAIL)

    def whole(self, row):
        """Whether all that happened to the row is kept, and a node of the tree says it."""
        if row.node == COARSE or row.marks & MARK_OVERFLOW:
            return False
        return row.kept <= KEPT_HEAD + KEPT_TAIL

    def nth(self, row, k):
        """Event ``k`` of those kept of a row, in order, from 0 (checked)."""
        if k < 0 or k >= self.stored(row):
            raise IndexError("no such event")
        return kept_at(self.pool, self._place(row, k))

    def expect(self, row):
        """The row's events will be asked for soon: let the first and the last come nearer."""
        if cython.compiled and row.kept:
            fetch(cython.address(kept_at(self.pool, row.head * BLOCK).at))
            fetch(cython.address(kept_at(self.pool, row.tail * BLOCK).at))
            fetch(cython.address(self.after[row.head]))
        return 0

    def expect_more(self, row):
        """And of a row that was expected a while ago, what lies between."""
        block: cython.longlong
        if cython.compiled and row.kept > BLOCK:
            block = self.after[row.head]
            fetch(cython.address(kept_at(self.pool, block * BLOCK).at))
            fetch(cython.address(self.after[block]))
        return 0

    def step(self, row, k, place):
        """Where in the pool event ``k`` of a row lies, if the one before it is at ``place``.

        That is their order where all are kept; in a ring they lie as ``nth`` finds them.
        """
        if k == 0:
            return row.head * BLOCK
        if k % BLOCK:
            return place + 1
        return self.after[place // BLOCK] * BLOCK

    def _place(self, row, k):
        """Where in the pool event ``k`` of a row is."""
        if k >= KEPT_HEAD and row.kept > KEPT_HEAD + KEPT_TAIL:  # a ring: behind the latest one
            k = KEPT_HEAD + (row.kept + k) % KEPT_TAIL
        return self.block(row, k // BLOCK) * BLOCK + k % BLOCK

    def block(self, row, k):
        """Block ``k`` of a row's events."""
        block: cython.longlong = row.head
        for _ in range(k):
            block = self.after[block]
        return block

    def note(self, row, code, end, segment):
        """The segment tells event ``code`` of ``end``."""
        return self.add(row, code, end, segment.time, segment.frame)

    def add(self, row, code, end, at, frame):
        """Event ``code`` of ``end`` happened to ``row`` at ``at`` (ns) in ``frame`` (0: none)."""
        event: cython.longlong = code << 1 | end
        what: cython.longlong = event
        node: cython.longlong
        if self.current:
            self._collect(event)
        else:
            self.current = event
        if event == row.last_code:
            what |= REPEAT
        elif row.shape_length == SHAPE_LENGTH:
            row.last_code = event
            row.marks |= MARK_OVERFLOW
        else:
            row.last_code = event
            row.shape_length += 1
            node = row.node
            if node != COARSE:
                row.node = self._step(node, event)
        return self.keep(row, what, at, frame)

    def _collect(self, event):
        """One more event of the segment being judged: four have room."""
        if self.current >> 16 == 0:
            self.current |= event << 16
        elif self.current >> 32 == 0:
            self.current |= event << 32
        elif self.current >> 48 == 0:
            self.current |= event << 48
        return 0

    def keep(self, row, what, at, frame):
        """Append to the row's events; the first and the last ones stay, as many as stated.

        They lie in blocks that are chained.  Past the stated number the last ones are a ring: a new
        event takes the place of the oldest.
        """
        place: cython.longlong = row.kept
        row.kept = place + 1
        if place >= KEPT_HEAD + KEPT_TAIL:
            place = KEPT_HEAD + (place - KEPT_HEAD) % KEPT_TAIL
        if place % BLOCK == 0:
            self._next_block(row, place)
        event = kept_at(self.pool, row.tail * BLOCK + place % BLOCK)
        event.at = at
        event.frame = frame
        event.what = what
        return 0

    def _next_block(self, row, place):
        """The row's ``tail`` is full: go on in a new block, or in a ring's next one."""
        block: cython.longlong
        if row.kept > KEPT_HEAD + KEPT_TAIL:
            row.tail = self.block(row, place // BLOCK)
        else:
            block = self._fresh()
            if place:
                self.after[row.tail] = block
            else:
                row.head = block
            row.tail = block
        return 0

    def _fresh(self):
        """A block of the pool: one that was given back, or the next that was never used."""
        block: cython.longlong = self.free
        if block >= 0:
            self.free = self.after[block]
            if cython.compiled and self.free >= 0:  # the next one: it was given back long ago
                fetch(cython.address(self.after[self.free]))
                fetch(cython.address(kept_at(self.pool, self.free * BLOCK).at))
        else:
            if self.limit == self.capacity:
                if cython.compiled:
                    with cython.gil:
                        self._more()
                else:
                    self._more()
            block = self.limit
            self.limit += 1
        self.after[block] = -1
        return block

    def turn(self, row):
        """Client and server change places in all that was noted so far."""
        k: cython.longlong
        row.node = 0
        for k in range(self.stored(row)):
            event = self.nth(row, k)
            event.what ^= 1
            if not event.what & REPEAT and row.node != COARSE:
                row.node = self._step(row.node, event.what)
        row.last_code ^= 1
        turn(row)
        return 0

    def release(self, row):
        """Give the row's events back to the pool."""
        last: cython.longlong = row.tail
        if last >= 0:
            while self.after[last] >= 0:  # the latest event of a ring is not in its last block
                last = self.after[last]
            self.after[last] = self.free
            self.free = row.head
        row.head = -1
        row.tail = -1
        row.kept = 0
        return 0

    def events(self, row):
        """The row's events in order: ``(code << 1 | end, time, frame, repeat)``."""
        found = []
        k: cython.longlong
        for k in range(self.stored(row)):
            event = self.nth(row, k)
            found.append((event.what & 255, event.at, event.frame, bool(event.what & REPEAT)))
        return found

    def shape(self, node):
        """The events (``code << 1 | end``) on the way from the root to ``node``."""
        found = []
        while node > COARSE:
            found.append(self.code[node])
            node = self.parent[node]
        return tuple(reversed(found))

    def _step(self, node, event):
        """The node that ``event`` leads to; COARSE where the tree is full."""
        key: cython.longlong = node * _EDGE + event + 1
        position: cython.longlong = (key * _PRIME >> 7) & self.mask
        if self.edges[2 * position] == key:
            return self.edges[2 * position + 1]
        return self._further(node, event, key, position)

    def _further(self, node, event, key, position):
        """The same where the edge is not at its first position: it is new, or lies behind it."""
        while self.edges[2 * position] != 0:
            if self.edges[2 * position] == key:
                return self.edges[2 * position + 1]
            position = (position + 1) & self.mask
        if self.nodes >= self.node_limit:
            return COARSE
        if self.nodes * 2 >= self.mask:
            if cython.compiled:
                with cython.gil:
                    self._more_nodes()
            else:
                self._more_nodes()
            return self._step(node, event)
        self.edges[2 * position] = key
        self.edges[2 * position + 1] = self.nodes
        self.parent[self.nodes] = node
        self.code[self.nodes] = event
        self.nodes += 1
        return self.nodes - 1

    def _more_nodes(self):
        size: cython.longlong = (self.mask + 1) * 2
        i: cython.longlong
        position: cython.longlong
        old_edges = self.edges
        old_parent = self.parent
        old_code = self.code
        self.edges = array.array("q", bytes(16 * size))
        self.parent = array.array("q", bytes(4 * size))
        self.code = array.array("q", bytes(4 * size))
        self.mask = size - 1
        for i in range(len(old_parent)):
            self.parent[i] = old_parent[i]
            self.code[i] = old_code[i]
        for i in range(len(old_edges) // 2):
            if old_edges[2 * i]:
                position = (old_edges[2 * i] * _PRIME >> 7) & self.mask
                while self.edges[2 * position] != 0:
                    position = (position + 1) & self.mask
                self.edges[2 * position] = old_edges[2 * i]
                self.edges[2 * position + 1] = old_edges[2 * i + 1]
        return 0

    def _more(self):
        """Twice the blocks, none of which lies across cache lines; those there are stay there."""
        count: cython.longlong = max(64, self.capacity * 2)
        if cython.compiled:
            grown: cython.bint = True
            while grown and self.memory.count * BLOCKS < cython.cast(cython.size_t, count):
                grown = add_chunk(cython.address(self.memory), BLOCKS * BLOCK * cython.sizeof(Kept))
            # Also where there was none: what names the chunks may have moved.
            self.pool = cython.cast(cython.pointer(cython.pointer(Kept)), self.memory.starts)
            if not grown:
                raise MemoryError("no memory for more events")
        else:
            self.pool.extend(Kept() for _ in range((count - self.capacity) * BLOCK))
        links = array.array("i", bytes(4 * count))
        links[: self.capacity] = self.links
        self.links = links
        self.after = links
        self.capacity = count
        return 0
