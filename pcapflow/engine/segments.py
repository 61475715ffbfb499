# cython: language_level=3
"""From records to TCP segments: IP and TCP headers become rows; nothing else is kept.

What is not a TCP segment is counted by reason; of these, ICMP errors that quote one become rows
too.  Lengths come from the headers, not from what was captured, so a snap length that cuts payload
changes nothing.
"""

import array

import cython

from pcapflow.engine.links import REASONS
from pcapflow.engine.sight import Sight

if not cython.compiled:
    from pcapflow.engine.hashing import identify, sign
    from pcapflow.engine.headers import datagram
    from pcapflow.engine.layout import AHEAD, OPT_TIMESTAMP, Segment, packet_at, segment_at
    from pcapflow.engine.links import NOT_TCP, QUOTED, network, seen_at
    from pcapflow.engine.matching import origin_of, plain_of
    from pcapflow.engine.memory import fetch
    from pcapflow.engine.octets import be16, be32, be64, octet, rest_of, span_of
    from pcapflow.engine.options import options

_IPV4 = cython.declare(cython.longlong, 0x0800)
_IPV6 = cython.declare(cython.longlong, 0x86DD)
_TIMESTAMPS_ALONE = cython.declare(cython.longlong, 0x0101080A)  # NOP NOP kind 8 length 10
_MAX_DATAGRAM = cython.declare(cython.longlong, 65_575)  # IPv6, without a jumbo payload


class Decoder(Sight):
    """Decodes batches; ``packets`` and ``tcp_packets`` count over all of them.

    ``thorough``: no packet is usual, for the test that this changes no row.
    """

    def __init__(self) -> None:
        self.packets = 0
        self.tcp_packets = 0
        self.thorough = False
        self.skips = array.array("q", bytes(8 * 16))

    def skipped(self):
        """How many packets were not taken, by reason: ``{reason: count}``."""
        counts = {name: int(self.skips[-reason]) for reason, name in REASONS.items()}
        return {name: count for name, count in counts.items() if count}

    def decode(self, base, batch):
        """Add the records' segments to those of the batch; records point into what is looked at.

        ``base`` is the capture's offset of the first octet.  Returns the number of segments.
        """
        record: cython.longlong
        records: cython.longlong = batch.records
        row: cython.longlong = batch.count
        last: cython.longlong = batch.capacity - AHEAD
        at: cython.longlong
        captured: cython.longlong
        ip: cython.longlong
        wire: cython.longlong
        outcome: cython.longlong
        quoted: cython.longlong = 0
        thorough: cython.bint = self.thorough
        size: cython.longlong = self.size
        octets, packets, segments = self.octets, batch.packets, batch.segments
        for record in range(records):
            packet = packet_at(packets, record)
            segment = segment_at(segments, row)
            if cython.compiled and record + AHEAD < records and row < last:
                # Octets that the kernel has just copied, and rows that another processor has read
                # since: let both come nearer before they are needed.
                at = packet_at(packets, record + AHEAD).start
                fetch(octets + at)
                fetch(octets + at + 64)
                soon = segment_at(segments, row + AHEAD)
                fetch(cython.address(soon.time))
                fetch(cython.address(soon.seq))
                fetch(cython.address(soon.codes))
            at = packet.start
            segment.time = packet.when
            segment.frame = packet.number
            segment.offset = base + at
            segment.iface = packet.interface << 8
            captured = packet.captured
            frame = span_of(octets, size, at, captured)
            if (
                packet.link == 1
                and captured >= 14
                and (be16(frame, 12) == _IPV4 or be16(frame, 12) == _IPV6)
            ):
                ip = 14
                wire = packet.original - 14
            else:
                ip = self._behind_link(packet, segment)
                if ip < 0:
                    self.skips[-ip] += 1
                    continue
                wire = packet.original - ip
                if packet.link == 239 and wire < _MAX_DATAGRAM:
                    # Netfilter copies as much as it is asked for, and libpcap takes that for the
                    # packet's length (netfilter_read_linux): only the IP header knows.
                    wire = _MAX_DATAGRAM
            if thorough or not _usual(rest_of(frame, ip), captured - ip, wire, segment):
                outcome = self._unusual(ip, packet, wire, segment)
                if outcome < 0:
                    self.skips[-(NOT_TCP if outcome == QUOTED else outcome)] += 1
                    if outcome != QUOTED:
                        continue
                    quoted += 1
            row += 1
        self.packets += records
        self.tcp_packets += row - batch.count - quoted
        batch.count = row
        return row

    def _behind_link(self, packet, segment):
        """How many octets the packet's link header has, or, negative, why no IP header follows."""
        at: cython.longlong = packet.start
        end: cython.longlong = at + packet.captured
        ip: cython.longlong = network(self.octets, self.size, packet.link, at, end)
        if ip < 0:
            return ip
        segment.iface |= seen_at(self.octets, self.size, packet.link, at, end)
        return ip - at

    def _unusual(self, ip, packet, wire, segment):
        """0: the packet is in the row; less: why not, or that it is QUOTED there."""
        at: cython.longlong = packet.start
        outcome: cython.longlong
        outcome = datagram(self.octets, self.size, at + ip, at + packet.captured, wire, segment)
        identify(segment)
        segment.origin = origin_of(segment)
        return outcome


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(-1)
def _usual(
    ip: cython.p_const_uchar,
    room: cython.longlong,
    wire: cython.longlong,
    segment: cython.pointer(Segment),
) -> cython.bint:
    """Whether a datagram, of ``room`` octets captured, has the usual form; then it is in the row.

    IPv4 without options, or IPv6, and right behind it a whole TCP header: nineteen packets in
    twenty.  Judged once and read straight, they take a third of the steps of ``datagram``, to which
    all others are left; it would come to the same row.
    """
    header: cython.longlong
    extent: cython.longlong
    if room < 40:
        return False
    if octet(ip, 0) == 0x45:
        extent = be16(ip, 2)
        if octet(ip, 9) != 6 or be16(ip, 6) & 0x1FFF:
            return False
        if extent == 0 or extent > wire:
            extent = wire
        extent -= 20
        room -= 20
        segment.version = 4
        segment.ip_id = be16(ip, 4)
        segment.ttl = octet(ip, 8)
        segment.src_hi = 0
        segment.src_lo = be32(ip, 12)
        segment.dst_hi = 0
        segment.dst_lo = be32(ip, 16)
        segment.ports = be32(ip, 20)
        identify(segment)  # here, where the compiler knows that half of it is 0
        tcp = rest_of(ip, 20)
    elif octet(ip, 0) >> 4 == 6 and octet(ip, 6) == 6 and room >= 60:
        extent = be16(ip, 4)
        if extent == 0 or extent > wire - 40:
            extent = wire - 40
        room -= 40
        segment.version = 6
        segment.ip_id = -1
        segment.ttl = octet(ip, 7)
        segment.src_hi = be64(ip, 8)
        segment.src_lo = be64(ip, 16)
        segment.dst_hi = be64(ip, 24)
        segment.dst_lo = be64(ip, 32)
        segment.ports = be32(ip, 40)
        identify(segment)
        tcp = rest_of(ip, 40)
    else:
        return False
    header = (octet(tcp, 12) >> 4) * 4
    if header < 20 or header > extent or header > room:
        return False
    segment.seq = be32(tcp, 4)
    segment.ack = be32(tcp, 8)
    segment.flags = octet(tcp, 13)
    segment.window = be16(tcp, 14)
    segment.checksum = be16(tcp, 16)
    segment.length = extent - header
    segment.tunnel = 0
    segment.options = 0
    segment.tsval = -1
    segment.sacked = -1
    if header == 32 and be32(tcp, 20) == _TIMESTAMPS_ALONE:
        segment.options = OPT_TIMESTAMP
        segment.tsval = be32(tcp, 24)
    elif header > 20:
        options(tcp, room, 20, header, segment)
    segment.origin = origin_of(segment)
    segment.plain = plain_of(segment)
    segment.sign = sign(segment)
    return True
