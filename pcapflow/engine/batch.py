# cython: language_level=3
"""Columns for a batch of records and of the TCP segments in them: the rooms' common currency.

All columns are 64-bit signed.  ``records`` rows of the record columns are filled, ``count`` rows
of the segment columns.  Records are read and decoded until there is no room for more segments;
then the batch is read by the next room, and used again.  A room checks once a batch that the
rows it reads or writes exist (``Batch.check``), and not again for each row and column.
"""

import array

RECORD_COLUMNS = ("start", "captured", "original", "when", "link", "interface", "number")
# start: position in the buffer; captured, original: octets; when: ns since the epoch;
# link: LINKTYPE; interface: its number in the capture; number: the frame's number, from 1.

SEGMENT_COLUMNS = (
    "time",  # ns since the epoch
    "frame",  # from 1
    "offset",  # of the packet's octets in the (uncompressed) capture
    "iface",  # interface << 8 | SLL packet type
    "src_hi",  # addresses as two 64-bit words; IPv4 in the low one
    "src_lo",
    "dst_hi",
    "dst_lo",
    "ports",  # source << 16 | destination
    "version",  # 4 or 6
    "seq",
    "ack",
    "flags",
    "window",
    "length",  # payload octets on the wire, however many were captured
    "ttl",
    "ip_id",  # -1 where there is none (IPv6)
    "checksum",
    "options",  # OPT_... bits, window scale above them
    "tsval",  # -1 where there is none
    "sign",  # what identifies the packet: captured again, it is the same
    "tag",  # the hash of its connection
    "conn",  # the connection's number, from 1
    "end",  # 0 client, 1 server
    "codes",  # events made of it, the first in the lowest octet: code << 1 | end
    "duplicate",  # 1 where it is a second capture of a packet
)


class Batch:
    """Room for ``capacity`` records and as many segments."""

    def __init__(self, capacity: int = 4096) -> None:
        self.capacity = capacity
        self.records = 0
        self.count = 0
        for name in RECORD_COLUMNS + SEGMENT_COLUMNS:
            setattr(self, name, array.array("q", bytes(8 * capacity)))

    def check(self):
        """Raise IndexError unless every column has ``capacity`` rows, and no more are claimed."""
        if not 0 <= self.records <= self.capacity or not 0 <= self.count <= self.capacity:
            raise IndexError("a batch claims more rows than it has")
        for name in RECORD_COLUMNS + SEGMENT_COLUMNS:
            if len(getattr(self, name)) != self.capacity:
                raise IndexError("a column of a batch is too short")
