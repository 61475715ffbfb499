# cython: language_level=3
"""From an IP header to a TCP segment: options, extensions, fragments, tunnels, what was cut.

Every packet can be read here; most need not be: ``segments`` knows the usual ones at a glance, and
comes to the same row.  Of ICMP errors, those that quote a segment become rows too.
"""

import cython

if not cython.compiled:
    from pcapflow.engine.hashing import sign
    from pcapflow.engine.layout import TH_QUOTED
    from pcapflow.engine.links import (
        CUT,
        ENCAPSULATED,
        FRAGMENT,
        MALFORMED,
        NOT_IP,
        NOT_TCP,
        QUOTED,
    )
    from pcapflow.engine.matching import plain_of
    from pcapflow.engine.octets import be16, be32, be64, octet, span_of
    from pcapflow.engine.options import options
    from pcapflow.engine.tunnels import inside

_MAX_TUNNELS = cython.declare(cython.longlong, 4)  # one in the other
_UNREACHABLE = cython.declare(cython.longlong, 3)  # ICMP's type, RFC 792
_UNREACHABLE_V6 = cython.declare(cython.longlong, 1)  # ICMPv6's, RFC 4443 §3.1
_TOO_BIG = cython.declare(cython.longlong, 0x0304)  # path MTU discovery, RFC 1191: no failure
_MAX_EXTENSIONS = cython.declare(cython.longlong, 16)


def datagram(octets, size, at, end, wire, segment):
    """The datagram at ``at``, of ``wire`` octets when it was sent, or one inside it."""
    version: cython.longlong
    steps: cython.longlong
    outcome: cython.longlong
    segment.tunnel = 0
    for steps in range(_MAX_TUNNELS + 1):
        if at >= end:
            return CUT
        version = octet(span_of(octets, size, at, 1), 0) >> 4
        if version == 4:
            outcome = _ipv4(octets, size, at, end, wire, segment)
        elif version == 6:
            outcome = _ipv6(octets, size, at, end, wire, segment)
        else:
            return NOT_IP if steps == 0 else NOT_TCP
        if outcome <= 0:
            return outcome
        wire -= outcome - at
        at = outcome
    return ENCAPSULATED


def _ipv4(octets, size, at, end, wire, segment):
    """0: a segment; more: where a datagram inside begins; less: why there is neither."""
    header: cython.longlong
    extent: cython.longlong
    protocol: cython.longlong
    if at + 20 > end:
        return CUT
    ip = span_of(octets, size, at, 20)
    header = (octet(ip, 0) & 15) * 4
    extent = be16(ip, 2)
    if extent == 0 or extent > wire:
        extent = wire  # segmentation offload leaves it 0; a false one is cut to the packet
    if header < 20 or extent < header:
        return MALFORMED
    protocol = octet(ip, 9)
    if be16(ip, 6) & 0x1FFF:
        return FRAGMENT if protocol == 6 else NOT_TCP
    if protocol == 1:
        segment.version = 4
        return _icmp(octets, size, at + header, end, 0, be32(ip, 12), segment)
    if protocol != 6:
        return inside(octets, size, protocol, at + header, end, segment)
    segment.version = 4
    segment.ip_id = be16(ip, 4)
    segment.ttl = octet(ip, 8)
    segment.src_hi = 0
    segment.src_lo = be32(ip, 12)
    segment.dst_hi = 0
    segment.dst_lo = be32(ip, 16)
    return _tcp(octets, size, at + header, end, extent - header, segment)


def _ipv6(octets, size, at, end, wire, segment):
    """As ``_ipv4``."""
    header: cython.longlong
    extent: cython.longlong
    kind: cython.longlong
    steps: cython.longlong
    width: cython.longlong
    if at + 40 > end:
        return CUT
    ip = span_of(octets, size, at, 40)
    extent = be16(ip, 4) + 40
    if extent == 40 or extent > wire:
        extent = wire
    segment.version = 6
    segment.ip_id = -1
    segment.ttl = octet(ip, 7)
    segment.src_hi = be64(ip, 8)
    segment.src_lo = be64(ip, 16)
    segment.dst_hi = be64(ip, 24)
    segment.dst_lo = be64(ip, 32)
    kind = octet(ip, 6)
    header = 40
    for steps in range(_MAX_EXTENSIONS):
        if kind == 6:
            return _tcp(octets, size, at + header, end, extent - header, segment)
        if kind == 58:
            return _icmp(octets, size, at + header, end, segment.src_hi, segment.src_lo, segment)
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
            return inside(octets, size, kind, at + header, end, segment)
        if at + header + 8 > end:
            return CUT
        extension = span_of(octets, size, at + header, 8)
        if kind == 44 and be16(extension, 2) & 0xFFF8:
            return FRAGMENT
        if kind == 44:
            width = 8
        elif kind == 51:  # RFC 4302 counts words of four octets
            width = (octet(extension, 1) + 2) * 4
        else:
            width = (octet(extension, 1) + 1) * 8
        kind = octet(extension, 0)
        header += width
    return MALFORMED


def _icmp(octets, size, at, end, high, low, segment):
    """The ICMP message at ``at``, from an address in two words: what it says is unreachable.

    It quotes the IP header of the datagram that could not be delivered and at least eight
    octets behind that: the ports and the sequence number (RFC 792, RFC 4443 §3.1).
    """
    kind: cython.longlong
    header: cython.longlong = 40
    protocol: cython.longlong
    if at + 8 > end:
        return NOT_TCP
    kind = be16(span_of(octets, size, at, 8), 0)
    if segment.version == 4:
        if kind >> 8 != _UNREACHABLE or kind == _TOO_BIG or at + 28 > end:
            return NOT_TCP
    elif kind >> 8 != _UNREACHABLE_V6 or at + 48 > end:
        return NOT_TCP
    at += 8
    ip = span_of(octets, size, at, 20)
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
    ip = span_of(octets, size, at, header)
    if segment.version == 4:
        segment.src_hi = 0
        segment.src_lo = be32(ip, 12)
        segment.dst_hi = 0
        segment.dst_lo = be32(ip, 16)
    else:
        segment.src_hi = be64(ip, 8)
        segment.src_lo = be64(ip, 16)
        segment.dst_hi = be64(ip, 24)
        segment.dst_lo = be64(ip, 32)
    tcp = span_of(octets, size, at + header, 8)
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
    segment.plain = 0
    segment.checksum = -1
    segment.ip_id = -1
    segment.ttl = 0
    return QUOTED


def _tcp(octets, size, at, end, extent, segment):
    """The TCP header at ``at`` of a segment of ``extent`` octets, RFC 9293 §3.1."""
    header: cython.longlong
    if at + 14 > end:
        return CUT
    tcp = span_of(octets, size, at, 14)
    header = (octet(tcp, 12) >> 4) * 4
    if header < 20 or header > extent:
        return MALFORMED
    segment.ports = be32(tcp, 0)
    segment.seq = be32(tcp, 4)
    segment.ack = be32(tcp, 8)
    segment.flags = octet(tcp, 13)
    segment.length = extent - header
    segment.options = 0
    segment.window = -1
    segment.checksum = -1
    segment.tsval = -1
    segment.sacked = -1
    if at + 18 <= end:
        tcp = span_of(octets, size, at, 18)
        segment.window = be16(tcp, 14)
        segment.checksum = be16(tcp, 16)
    if at + header <= end:
        options(octets, size, at + 20, at + header, segment)
    segment.plain = plain_of(segment)
    segment.sign = sign(segment)
    return 0
