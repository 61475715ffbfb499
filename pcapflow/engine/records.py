# cython: language_level=3
"""Where each packet lies in a classic pcap file, and when it was seen.

The format: draft-ietf-opsawg-pcap.  A reader is fed the file's octets in pieces that begin where
the last piece's unread rest began; it fills a batch's record columns and says how far it came.
"""

import cython

if not cython.compiled:
    from pcapflow.engine.octets import u32, u32le

FILE_HEADER = 24
MAX_PACKET = cython.declare(cython.longlong, 262_144)
"""Octets captured of one packet; libpcap's and Wireshark's own limit (MAXIMUM_SNAPLEN)."""
_SECOND = cython.declare(cython.longlong, 1_000_000_000)


class PcapRecords:
    """Reads the records after the file header.

    ``little``: byte order; ``unit``: ns a sub-second tick (1 or 1000); ``link``: LINKTYPE;
    ``header``: octets of a record header (16; 24 in Kuznetzov's variant).
    ``frames`` counts the records read; after damage ``fault`` says what, ``fault_offset`` where
    in the file and ``fault_size`` the length claimed there, and nothing more is read.
    """

    def __init__(self, little: bool, unit: int, link: int, header: int = 16) -> None:
        self.little = little
        self.unit = unit
        self.link = link
        self.header = header
        self.frames = 0
        self.fault = None
        self.fault_offset = -1
        self.fault_size = 0

    def scan(self, octets, start, end, base, batch):
        """Fill ``batch`` from ``octets[start:end]``; return the position of the first unread octet.

        ``base`` is the file offset of ``octets[0]``.  Stops where all records might be segments for
        which the batch has no more room, at a record that is
        not complete, and at damage (``fault``).
        """
        if self.fault is not None:
            return end
        batch.check()
        if cython.compiled:
            with cython.nogil:
                start = self._scan(octets, start, end, base, batch)
        else:
            start = self._scan(octets, start, end, base, batch)
        if self.fault_offset >= 0:
            self.fault = "length"
        return start

    @cython.boundscheck(False)
    def _scan(self, octets, start, end, base, batch):
        row: cython.longlong = 0
        size: cython.longlong
        at: cython.longlong
        room: cython.longlong = batch.capacity - batch.count
        while row < room and start + self.header <= end:
            if self.little:
                size = u32le(octets, start + 8)
            else:
                size = u32(octets, start + 8)
            if size > MAX_PACKET:
                self.fault_offset = base + start
                self.fault_size = size
                break
            at = start + self.header
            if at + size > end:
                break
            self.frames += 1
            batch.start[row] = at
            batch.captured[row] = size
            batch.link[row] = self.link
            batch.interface[row] = 0
            batch.number[row] = self.frames
            if self.little:
                batch.original[row] = u32le(octets, start + 12)
                batch.when[row] = (
                    u32le(octets, start) * _SECOND + u32le(octets, start + 4) * self.unit
                )
            else:
                batch.original[row] = u32(octets, start + 12)
                batch.when[row] = u32(octets, start) * _SECOND + u32(octets, start + 4) * self.unit
            row += 1
            start = at + size
        batch.records = row
        return start
