# cython: language_level=3
"""Octets of one capture through the record reader and the decoder, a batch at a time."""

import cython

from pcapflow.engine.blocks import PcapngRecords
from pcapflow.engine.records import PcapRecords
from pcapflow.engine.segments import Decoder


class Passage:
    """``reader`` says where the capture's packets are, ``decoder`` what they are."""

    def __init__(self, decoder: Decoder, reader: PcapRecords | PcapngRecords) -> None:
        self.decoder = decoder
        self.reader = reader
        self.classic = isinstance(reader, PcapRecords)
        self.records = reader if self.classic else None
        self.blocks = None if self.classic else reader

    def fill(self, octets, start, base, batch):
        """Fill ``batch`` from ``octets[start:]``; return where the first unread one is.

        Of a batch that holds segments already, those of its ``records`` are added.  ``base`` is the
        file offset of ``octets[0]``.
        """
        batch.check()
        self._look(octets)
        if cython.compiled:
            with cython.nogil:
                start = self._fill(start, len(octets), base, batch)
        else:
            start = self._fill(start, len(octets), base, batch)
        self._look(None)
        return start

    def pour(self, octets, start, base, relay):
        """The same for the relay's batches: each that is full is handed on."""
        relay.filling.check()
        self._look(octets)
        if cython.compiled:
            with cython.nogil:
                start = self._pour(start, len(octets), base, relay)
        else:
            start = self._pour(start, len(octets), base, relay)
        self._look(None)
        return start

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
