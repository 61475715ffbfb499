# cython: language_level=3
"""Where each packet lies in a classic pcap file, and when it was seen.

The format: draft-ietf-opsawg-pcap.  A reader is fed the file's octets in pieces that begin where
the last piece's unread rest began; it fills a batch's record columns and says how far it came.
"""

import cython

from pcapflow.engine.sight import Sight

if not cython.compiled:
    from pcapflow.engine.layout import packet_at
    from pcapflow.engine.octets import be32, le32, span_of

FILE_HEADER = 24
MAX_PACKET = cython.declare(cython.longlong, 262_144)
"""Octets captured of one packet; libpcap's and Wireshark's own limit (MAXIMUM_SNAPLEN)."""
_SECOND = cython.declare(cython.longlong, 1_000_000_000)


class PcapRecords(Sight):
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
        self.fault_offset = -1
        self.fault_size = 0

    @property
    def fault(self):
        """What is wrong with the capture; None as long as nothing is."""
        return "length" if self.fault_offset >= 0 else None

    def scan(self, start, end, base, batch):
        """Fill ``batch`` from octets ``start`` to ``end``; return where the first unread one is.

        ``base`` is the file offset of the first octet.  Stops where all records might be segments
        for which the batch has no more room, at a record that is not complete, and at damage
        (``fault``).
        """
        batch.records = 0
        if self.fault_offset >= 0:
            return end
        return self._scan(start, end, base, batch)

    def _scan(self, start, end, base, batch):
        row: cython.longlong = 0
        size: cython.longlong
        at: cython.longlong
        seconds: cython.longlong
        ticks: cython.longlong
        original: cython.longlong
        room: cython.longlong = batch.capacity - batch.count
        # What the compiler cannot know to stay as it is while packets are noted.
        little: cython.longlong = self.little
        unit: cython.longlong = self.unit
        link: cython.longlong = self.link
        width: cython.longlong = self.header
        frames: cython.longlong = self.frames
        length: cython.longlong = self.size
        octets, packets = self.octets, batch.packets
        while row < room and start + width <= end:
            header = span_of(octets, length, start, 16)
            if little:
                seconds, ticks = le32(header, 0), le32(header, 4)
                size, original = le32(header, 8), le32(header, 12)
            else:
                seconds, ticks = be32(header, 0), be32(header, 4)
                size, original = be32(header, 8), be32(header, 12)
            at = start + width
            if size > MAX_PACKET:
                self.fault_offset = base + start
                self.fault_size = size
                break
            if at + size > end:
                break
            packet = packet_at(packets, row)
            row += 1
            packet.start = at
            packet.captured = size
            packet.original = original
            packet.when = seconds * _SECOND + ticks * unit
            packet.link = link
            packet.interface = 0
            packet.number = frames + row
            start = at + size
        self.frames += row
        batch.records = row
        return start
