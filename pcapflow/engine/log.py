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

if cython.compiled:
    from cython.cimports.libc.stdlib import free as release_memory
    from cython.cimports.libc.stdlib import realloc
else:
    from pcapflow.engine.layout import (
        COARSE,
        KEPT_HEAD,
        KEPT_TAIL,
        MARK_OVERFLOW,
        SHAPE_LENGTH,
        Kept,
    )

MAX_NODES = 65_536
_REPEAT = cython.declare(cython.longlong, 256)  # in ``what``: same event as the one before
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
        self.interpreted_pool = []
        self.node_limit = max(2, node_limit)
        self.nodes = 2
        self.mask = 1023
        self.parent = array.array("q", bytes(8 * 512))
        self.code = array.array("q", bytes(8 * 512))
        self.edges = array.array("q", bytes(8 * 1024))
        self.targets = array.array("q", bytes(8 * 1024))

    def __dealloc__(self):
        if cython.compiled:
            release_memory(self.pool)

    def at(self, index):
        """The kept event with this index (checked)."""
        if index < 0 or index >= self.limit:
            raise IndexError("no such event")
        if cython.compiled:
            return cython.address(self.pool[index])
        else:
            return self.interpreted_pool[index]

    def note(self, row, code, end, at, frame):
        """Event ``code`` of ``end`` happened to ``row`` at ``at`` (ns) in ``frame`` (0: none)."""
        event: cython.longlong = code << 1 | end
        if self.current >> 48 == 0:
            if self.current >> 32:
                self.current |= event << 48
            elif self.current >> 16:
                self.current |= event << 32
            elif self.current:
                self.current |= event << 16
            else:
                self.current = event
        if event == row.last_code:
            return self._keep(row, event | _REPEAT, at, frame)
        row.last_code = event
        if row.shape_length == SHAPE_LENGTH:
            row.marks |= MARK_OVERFLOW
        else:
            row.shape_length += 1
            if row.node != COARSE:
                row.node = self._step(row.node, event)
        return self._keep(row, event, at, frame)

    def _keep(self, row, what, at, frame):
        """Append to the row's events; the first and the last ones stay, as many as stated."""
        index: cython.longlong
        middle: cython.longlong
        k: cython.longlong
        row.kept += 1
        if row.kept > KEPT_HEAD + KEPT_TAIL:
            # Move the oldest of the tail to its end, and write the new event there.
            middle = row.head
            for k in range(KEPT_HEAD - 1):
                middle = self.at(middle).next
            before = self.at(middle)
            index = before.next
            before.next = self.at(index).next
        else:
            index = self._fresh()
        event = self.at(index)
        event.at = at
        event.frame = frame
        event.what = what
        event.next = -1
        if row.tail >= 0:
            self.at(row.tail).next = index
        else:
            row.head = index
        row.tail = index
        return 0

    def _fresh(self):
        """A place in the pool: one that was given back, or the next that was never used."""
        index: cython.longlong = self.free
        if index >= 0:
            self.free = self.at(index).next
            return index
        if self.limit == self.capacity:
            if cython.compiled:
                with cython.gil:
                    self._more()
            else:
                self._more()
        self.limit += 1
        return self.limit - 1

    def turn(self, row):
        """Client and server change places in all that was noted so far."""
        index: cython.longlong = row.head
        row.node = 0
        while index >= 0:
            event = self.at(index)
            event.what ^= 1
            if not event.what & _REPEAT and row.node != COARSE:
                row.node = self._step(row.node, event.what)
            index = event.next
        row.last_code ^= 1
        return 0

    def letter(self, row, side, letter, end):
        """Zeek's history: each letter once an end, five bits each, in two words."""
        bit: cython.longlong = cython.cast(cython.longlong, 1) << letter
        if side.letters & bit or row.history_count >= 24:
            return 0
        side.letters |= bit
        if row.history_count < 12:
            row.history |= (letter << 1 | end) << (5 * row.history_count)
        else:
            row.history_more |= (letter << 1 | end) << (5 * (row.history_count - 12))
        row.history_count += 1
        return 1

    def release(self, row):
        """Give the row's events back to the pool."""
        if row.tail >= 0:
            self.at(row.tail).next = self.free
            self.free = row.head
        row.head = -1
        row.tail = -1
        return 0

    def events(self, row):
        """The row's events in order: ``(code << 1 | end, time, frame, repeat)``."""
        found = []
        index: cython.longlong = row.head
        while index >= 0:
            event = self.at(index)
            found.append((event.what & 255, event.at, event.frame, bool(event.what & _REPEAT)))
            index = event.next
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
        while self.edges[position] != 0:
            if self.edges[position] == key:
                return self.targets[position]
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
        self.edges[position] = key
        self.targets[position] = self.nodes
        self.parent[self.nodes] = node
        self.code[self.nodes] = event
        self.nodes += 1
        return self.nodes - 1

    def _more_nodes(self):
        size: cython.longlong = (self.mask + 1) * 2
        i: cython.longlong
        position: cython.longlong
        old_edges = self.edges
        old_targets = self.targets
        old_parent = self.parent
        old_code = self.code
        self.edges = array.array("q", bytes(8 * size))
        self.targets = array.array("q", bytes(8 * size))
        self.parent = array.array("q", bytes(4 * size))
        self.code = array.array("q", bytes(4 * size))
        self.mask = size - 1
        for i in range(len(old_parent)):
            self.parent[i] = old_parent[i]
            self.code[i] = old_code[i]
        for i in range(len(old_edges)):
            if old_edges[i]:
                position = (old_edges[i] * _PRIME >> 7) & self.mask
                while self.edges[position] != 0:
                    position = (position + 1) & self.mask
                self.edges[position] = old_edges[i]
                self.targets[position] = old_targets[i]
        return 0

    def _more(self):
        """The pool doubles; indexes stay."""
        size: cython.longlong = max(256, self.capacity * 2)
        if cython.compiled:
            grown = cython.cast(
                cython.pointer(Kept), realloc(self.pool, size * cython.sizeof(Kept))
            )
            if not grown:
                raise MemoryError("no memory for more events")
            self.pool = grown
        else:
            self.interpreted_pool.extend(Kept() for _ in range(size - self.capacity))
        self.capacity = size
        return 0
