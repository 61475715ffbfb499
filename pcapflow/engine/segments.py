# cython: language_level=3
"""From records to TCP segments: IP and TCP headers become rows; nothing else is kept.

What is not a TCP segment is counted by reason; of these, ICMP errors that quote one become rows
too.  Lengths come from the headers, not from what was
captured, so a snap length that cuts payload changes nothing.
"""

import array

import cython

from pcapflow.engine.links import REASONS

if not cython.compiled:
    from pcapflow.engine.hashing import tag
    from pcapflow.engine.layout import (
        AHEAD,
        CALM_ACK,
        CALM_DATA,
        OPT_SACK,
        OPT_TIMESTAMP,
        TH_ACK,
        TH_FIN,
        TH_QUOTED,
        TH_RST,
        TH_SYN,
        packet_at,
        segment_at,
    )
    from pcapflow.engine.links import (
        CUT,
        ENCAPSULATED,
        FRAGMENT,
        MALFORMED,
        NOT_IP,
        NOT_TCP,
        QUOTED,
        network,
        sll_type,
    )
    from pcapflow.engine.memory import fetch
    from pcapflow.engine.octets import be16, be32, octet, span_of
    from pcapflow.engine.options import options
    from pcapflow.engine.tunnels import inside

_IPV4 = cython.declare(cython.longlong, 0x0800)
_TIMESTAMPS_ALONE = cython.declare(cython.longlong, 0x0101080A)  # NOP NOP kind 8 length 10
_MASK32 = cython.declare(cython.longlong, 0xFFFFFFFF)
_SIGN = cython.declare(cython.longlong, 0x80000000)
_MAX_TUNNELS = cython.declare(cython.longlong, 4)  # one in the other
_MAX_DATAGRAM = cython.declare(cython.longlong, 65_575)  # IPv6, without a jumbo payload
_UNREACHABLE = cython.declare(cython.longlong, 3)  # ICMP's type, RFC 792
_UNREACHABLE_V6 = cython.declare(cython.longlong, 1)  # ICMPv6's, RFC 4443 §3.1
_TOO_BIG = cython.declare(cython.longlong, 0x0304)  # path MTU discovery, RFC 1191: no failure
_MAX_EXTENSIONS = cython.declare(cython.longlong, 16)


class Decoder:
    """Decodes batches; ``packets`` and ``tcp_packets`` count over all of them."""

    def __init__(self) -> None:
        self.packets = 0
        self.tcp_packets = 0
        self.size = 0
        self.skips = array.array("q", bytes(8 * 16))

    def skipped(self):
        """How many packets were not taken, by reason: ``{reason: count}``."""
        counts = {name: int(self.skips[-reason]) for reason, name in REASONS.items()}
        return {name: count for name, count in counts.items() if count}

    def decode(self, octets, base, batch):
        """Add the records' segments to those of the batch; ``octets`` is what records point into.

        ``base`` is the capture's offset of ``octets[0]``.  Returns the number of segments.
        """
        batch.check()
        self.size = len(octets)
        if cython.compiled:
            self.octets = cython.address(octets[0])
            with cython.nogil:
                self._decode(base, batch)
        else:
            self.octets = octets
            self._decode(base, batch)
        self.size = 0  # whoever owns the octets may now do with them as he likes
        return batch.count

    def _decode(self, base, batch):
        record: cython.longlong
        row: cython.longlong = batch.count
        at: cython.longlong
        end: cython.longlong
        outcome: cython.longlong
        wire: cython.longlong
        quoted: cython.longlong = 0
        for record in range(batch.records):
            packet = packet_at(batch.packets, record)
            if cython.compiled and record + AHEAD < batch.records and row + AHEAD < batch.capacity:
                # Octets that the kernel has just copied, and rows that another processor has read
                # since: let both come nearer before they are needed.
                at = packet_at(batch.packets, record + AHEAD).start
                fetch(self.octets + at)
                fetch(self.octets + at + 64)
                soon = segment_at(batch.segments, row + AHEAD)
                fetch(cython.address(soon.time))
                fetch(cython.address(soon.ports))
                fetch(cython.address(soon.codes))
            at = packet.start
            end = at + packet.captured
            if (
                packet.link == 1
                and at + 14 <= end
                and be16(span_of(self.octets, self.size, at, 14), 12) == _IPV4
            ):
                outcome = at + 14
            else:
                outcome = network(self.octets, self.size, packet.link, at, end)
            segment = segment_at(batch.segments, row)
            if outcome >= 0:
                wire = packet.original - (outcome - at)
                if packet.link == 239 and wire < _MAX_DATAGRAM:
                    # Netfilter copies as much as it is asked for, and libpcap takes that for the
                    # packet's length (netfilter_read_linux): only the IP header knows.
                    wire = _MAX_DATAGRAM
                outcome = self._ip(outcome, end, wire, segment)
            if outcome < 0:
                self.skips[-(NOT_TCP if outcome == QUOTED else outcome)] += 1
                if outcome != QUOTED:
                    continue
                quoted += 1
            segment.time = packet.when
            segment.frame = packet.number
            segment.offset = base + at
            segment.iface = packet.interface << 8
            if packet.link != 1:
                segment.iface |= sll_type(self.octets, self.size, packet.link, at, end)
            segment.tag = tag(segment)
            row += 1
        self.packets += batch.records
        self.tcp_packets += row - batch.count - quoted
        batch.count = row
        return row

    def _ip(self, at, end, wire, segment):
        """The datagram at ``at``, of ``wire`` octets when it was sent, or one inside it."""
        version: cython.longlong
        steps: cython.longlong
        outcome: cython.longlong
        segment.tunnel = 0
        for steps in range(_MAX_TUNNELS + 1):
            if at >= end:
                return CUT
            version = octet(span_of(self.octets, self.size, at, 1), 0) >> 4
            if version == 4:
                outcome = self._ipv4(at, end, wire, segment)
            elif version == 6:
                outcome = self._ipv6(at, end, wire, segment)
            else:
                return NOT_IP if steps == 0 else NOT_TCP
            if outcome <= 0:
                return outcome
            wire -= outcome - at
            at = outcome
        return ENCAPSULATED

    def _ipv4(self, at, end, wire, segment):
        """0: a segment; more: where a datagram inside begins; less: why there is neither."""
        header: cython.longlong
        size: cython.longlong
        protocol: cython.longlong
        if at + 20 > end:
            return CUT
        ip = span_of(self.octets, self.size, at, 20)
        header = (octet(ip, 0) & 15) * 4
        size = be16(ip, 2)
        if size == 0 or size > wire:
            size = wire  # segmentation offload leaves it 0; a false one is cut to the packet
        if header < 20 or size < header:
            return MALFORMED
        protocol = octet(ip, 9)
        if be16(ip, 6) & 0x1FFF:
            return FRAGMENT if protocol == 6 else NOT_TCP
        if protocol == 1:
            segment.version = 4
            return self._icmp(at + header, end, 0, be32(ip, 12), segment)
        if protocol != 6:
            return inside(self.octets, self.size, protocol, at + header, end, segment)
        segment.version = 4
        segment.ip_id = be16(ip, 4)
        segment.ttl = octet(ip, 8)
        segment.src_hi = 0
        segment.src_lo = be32(ip, 12)
        segment.dst_hi = 0
        segment.dst_lo = be32(ip, 16)
        return self._tcp(at + header, end, size - header, segment)

    def _ipv6(self, at, end, wire, segment):
        """As ``_ipv4``."""
        header: cython.longlong
        size: cython.longlong
        kind: cython.longlong
        steps: cython.longlong
        extent: cython.longlong
        if at + 40 > end:
            return CUT
        ip = span_of(self.octets, self.size, at, 40)
        size = be16(ip, 4) + 40
        if size == 40 or size > wire:
            size = wire
        segment.version = 6
        segment.ip_id = -1
        segment.ttl = octet(ip, 7)
        segment.src_hi = _word(be32(ip, 8), be32(ip, 12))
        segment.src_lo = _word(be32(ip, 16), be32(ip, 20))
        segment.dst_hi = _word(be32(ip, 24), be32(ip, 28))
        segment.dst_lo = _word(be32(ip, 32), be32(ip, 36))
        kind = octet(ip, 6)
        header = 40
        for steps in range(_MAX_EXTENSIONS):
            if kind == 6:
                return self._tcp(at + header, end, size - header, segment)
            if kind == 58:
                return self._icmp(at + header, end, segment.src_hi, segment.src_lo, segment)
            if not (
                kind == 0
                or kind == 43
                or kind == 44
                or kind == 51
                or kind == 60
                or kind == 135
                or kind == 139
                or kind == 140
            ):
                return inside(self.octets, self.size, kind, at + header, end, segment)
            if at + header + 8 > end:
                return CUT
            extension = span_of(self.octets, self.size, at + header, 8)
            if kind == 44 and be16(extension, 2) & 0xFFF8:
                return FRAGMENT
            if kind == 44:
                extent = 8
            elif kind == 51:  # RFC 4302 counts words of four octets
                extent = (octet(extension, 1) + 2) * 4
            else:
                extent = (octet(extension, 1) + 1) * 8
            kind = octet(extension, 0)
            header += extent
        return MALFORMED

    def _icmp(self, at, end, high, low, segment):
        """The ICMP message at ``at``, from an address in two words: what it says is unreachable.

        It quotes the IP header of the datagram that could not be delivered and at least eight
        octets behind that: the ports and the sequence number (RFC 792, RFC 4443 §3.1).
        """
        kind: cython.longlong
        header: cython.longlong = 40
        protocol: cython.longlong
        if at + 8 > end:
            return NOT_TCP
        kind = be16(span_of(self.octets, self.size, at, 8), 0)
        if segment.version == 4:
            if kind >> 8 != _UNREACHABLE or kind == _TOO_BIG or at + 28 > end:
                return NOT_TCP
        elif kind >> 8 != _UNREACHABLE_V6 or at + 48 > end:
            return NOT_TCP
        at += 8
        ip = span_of(self.octets, self.size, at, 20)
        if octet(ip, 0) >> 4 != segment.version:
            return NOT_TCP
        if segment.version == 4:
            header = (octet(ip, 0) & 15) * 4
            protocol = octet(ip, 9)
            if header < 20 or be16(ip, 6) & 0x1FFF:
                return NOT_TCP
        else:
            protocol = octet(ip, 6)
        if protocol != 6 or at + header + 8 > end:
            return NOT_TCP
        ip = span_of(self.octets, self.size, at, header)
        if segment.version == 4:
            segment.src_hi = 0
            segment.src_lo = be32(ip, 12)
            segment.dst_hi = 0
            segment.dst_lo = be32(ip, 16)
        else:
            segment.src_hi = _word(be32(ip, 8), be32(ip, 12))
            segment.src_lo = _word(be32(ip, 16), be32(ip, 20))
            segment.dst_hi = _word(be32(ip, 24), be32(ip, 28))
            segment.dst_lo = _word(be32(ip, 32), be32(ip, 36))
        tcp = span_of(self.octets, self.size, at + header, 8)
        segment.ports = be32(tcp, 0)
        segment.seq = be32(tcp, 4)
        segment.ack = 0
        segment.flags = TH_QUOTED
        segment.length = 0
        segment.options = 0
        segment.window = kind
        segment.tsval = high
        segment.sacked = low
        segment.sign = 0
        segment.checksum = -1
        segment.plain = 0
        segment.ip_id = -1
        segment.ttl = 0
        return QUOTED

    def _tcp(self, at, end, size, segment):
        """The TCP header at ``at`` of a segment of ``size`` octets, RFC 9293 §3.1."""
        header: cython.longlong
        seq: cython.longlong
        ack: cython.longlong
        ports: cython.longlong
        flags: cython.longlong
        stamp: cython.longlong = -1
        checksum: cython.longlong = -1
        if at + 14 > end:
            return CUT
        tcp = span_of(self.octets, self.size, at, 14)
        header = (octet(tcp, 12) >> 4) * 4
        if header < 20 or header > size:
            return MALFORMED
        ports = be32(tcp, 0)
        seq = be32(tcp, 4)
        ack = be32(tcp, 8)
        flags = octet(tcp, 13)
        segment.ports = ports
        segment.seq = seq
        segment.ack = ack
        segment.flags = flags
        segment.length = size - header
        segment.options = 0
        segment.window = -1
        segment.tsval = -1
        segment.sacked = -1
        if at + header <= end:  # more than 20 octets
            tcp = span_of(self.octets, self.size, at, header)
            segment.window = be16(tcp, 14)
            checksum = be16(tcp, 16)
            if header == 32 and be32(tcp, 20) == _TIMESTAMPS_ALONE:
                segment.tsval = be32(tcp, 24)
                segment.options = OPT_TIMESTAMP
            elif header > 20:
                options(self.octets, self.size, at + 20, at + header, segment)
            stamp = segment.tsval
        elif at + 18 <= end:
            tcp = span_of(self.octets, self.size, at, 18)
            segment.window = be16(tcp, 14)
            checksum = be16(tcp, 16)
        segment.checksum = checksum
        segment.plain = 0
        if (
            flags & (TH_FIN | TH_SYN | TH_RST | TH_ACK) == TH_ACK
            and segment.window > 0
            and not segment.options & OPT_SACK
        ):
            segment.plain = CALM_DATA if size > header else CALM_ACK
        # Products of 32 and 30 bits: they never leave 63, and do not wait for each other.
        segment.sign = (
            seq * 0x2C1B3C6D
            ^ ack * 0x297A2D39
            ^ (stamp & _MASK32) * 0x1B56C4E9
            ^ ((checksum << 16 ^ segment.ip_id) & _MASK32) * 0x3243F6A9
            ^ flags << 40
            ^ (size - header) << 1
            ^ ports << 8
        )
        return 0


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(check=False)
def _word(high: cython.longlong, low: cython.longlong) -> cython.longlong:
    """Eight octets as one signed number: columns are signed."""
    if high >= _SIGN:
        high -= 2 * _SIGN
    return high << 32 | low
