# cython: language_level=3
"""Octets of one capture through the record reader and the decoder, a batch at a time."""

import cython

from pcapflow.engine.blocks import PcapngRecords
from pcapflow.engine.records import PcapRecords
from pcapflow.engine.segments import Decoder

if not cython.compiled:
    from pcapflow.engine.descriptor import read_into


class Passage:
    """``reader`` says where the capture's packets are, ``decoder`` what they are.

    ``drained`` counts the octets that ``drain`` has read, of which the last ``rest`` are left.
    """

    def __init__(self, decoder: Decoder, reader: PcapRecords | PcapngRecords) -> None:
        self.decoder = decoder
        self.reader = reader
        self.classic = isinstance(reader, PcapRecords)
        self.records = reader if self.classic else None
        self.blocks = None if self.classic else reader
        self.drained = 0
        self.rest = 0

    def fill(self, octets, start, base, batch):
        """Fill ``batch`` from ``octets[start:]``; return where the first unread one is.

        Of a batch that holds segments already, those of its ``records`` are added.  ``base`` is the
        file offset of ``octets[0]``.
        """
        batch.check()
        self._look(octets)
        try:
            if cython.compiled:
                with cython.nogil:
                    start = self._fill(start, len(octets), base, batch)
            else:
                start = self._fill(start, len(octets), base, batch)
        finally:
            self._look(None)
        return start

    def pour(self, octets, start, base, relay):
        """The same for the relay's batches: each that is full is handed on."""
        relay.filling.check()
        self._look(octets)
        try:
            if cython.compiled:
                with cython.nogil:
                    start = self._pour(start, len(octets), base, relay)
            else:
                start = self._pour(start, len(octets), base, relay)
        finally:
            self._look(None)
        return start

    def drain(self, descriptor, buffer, front, rest, base, relay):
        """The same for the rest of an open file, in pieces that begin at ``buffer[front]``.

        ``base`` is the file offset of the first of them; of the octets before it the last ``rest``
        are still to be read, and lie in front of ``front``.  Comes back where nothing more can be
        read or is wanted, at damage, and where a record is longer than the room in front; gives
        where in the buffer the octets end of which the last ``rest`` are left.
        """
        relay.filling.check()
        if not 0 <= rest <= front < len(buffer):
            raise IndexError("no room for a piece in the buffer")
        self.rest = rest
        self._look(buffer)
        try:
            if cython.compiled:
                with cython.nogil:
                    front = self._drain(descriptor, buffer, front, base, relay)
            else:
                front = self._drain(descriptor, buffer, front, base, relay)
        finally:
            self._look(None)
        return front

    def _drain(self, descriptor, buffer, front, base, relay):
        """Where in the buffer the octets end that were read."""
        start: cython.longlong
        got: cython.longlong
        while not relay.stopped:
            got = read_into(descriptor, buffer, front, len(buffer) - front)
            if got <= 0:
                break
            start = self._pour(front - self.rest, front + got, base - front, relay)
            self.drained += got
            base += got
            self.rest = front + got - start
            if self.rest > front or self._damaged():
                return front + got
            buffer[front - self.rest : front] = buffer[start : front + got]
        return front

    def _damaged(self):
        if self.classic:
            return self.records.fault_offset >= 0
        return self.blocks.fault_offset >= 0

    def _look(self, octets):
        self.reader.look(octets)
        self.decoder.look(octets)
        return 0

    def _fill(self, start, end, base, batch):
        if self.classic:
            start = self.records.scan(start, end, base, batch)
        else:
            start = self.blocks.scan(start, end, base, batch)
        if batch.records:
            self.decoder.decode(base, batch)
        return start

    def _pour(self, start, end, base, relay):
        room: cython.longlong
        while True:
            room = relay.filling.capacity - relay.filling.count
            start = self._fill(start, end, base, relay.filling)
            if relay.filling.records < room:  # the octets are at their end, or damaged
                return start
            if relay.filling.count == relay.filling.capacity:
                relay.hand_on()
