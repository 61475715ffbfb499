# cython: language_level=3
"""IP inside IP: IPv4 and IPv6 in each other, GRE and ERSPAN, VXLAN, Geneve, GTP-U.

Each function says where the IP header inside is and notes in the segment what it was inside of,
or says, as a negative number, why there is none.
"""

import cython

if not cython.compiled:
    from pcapflow.engine.layout import (
        TUNNEL_6IN4,
        TUNNEL_ERSPAN,
        TUNNEL_GENEVE,
        TUNNEL_GRE,
        TUNNEL_GTP,
        TUNNEL_IPIP,
        TUNNEL_VXLAN,
    )
    from pcapflow.engine.links import CUT, ENCAPSULATED, NOT_TCP, ethertype
    from pcapflow.engine.octets import be16, octet, span_of

_IPV4 = cython.declare(cython.longlong, 0x0800)
_IPV6 = cython.declare(cython.longlong, 0x86DD)
_ETHERNET = cython.declare(cython.longlong, 0x6558)  # Transparent Ethernet Bridging
_MAX_EXTENSIONS = cython.declare(cython.longlong, 8)


def inside(octets, size, protocol, at, end, segment):
    """Where the IP header is in a payload of this IP protocol, which lies in ``octets[at:end]``."""
    if protocol == 17:
        return _udp(octets, size, at, end, segment)
    if protocol == 47:
        return _gre(octets, size, at, end, segment)
    if protocol == 4:  # RFC 2003
        segment.tunnel = TUNNEL_IPIP
        return at
    if protocol == 41:  # RFC 4213
        segment.tunnel = TUNNEL_6IN4
        return at
    return NOT_TCP


def _udp(octets, size, at, end, segment):
    """Tunnels known by their port; what is no tunnel after all is just not TCP."""
    port: cython.longlong
    found: cython.longlong = NOT_TCP
    if at + 8 > end:
        return NOT_TCP
    udp = span_of(octets, size, at, 8)
    port = be16(udp, 2)
    at += 8
    if port == 4789 or port == 4790:
        found = _vxlan(octets, size, at, end, segment)
    elif port == 6081:
        found = _geneve(octets, size, at, end, segment)
    elif port == 2152:
        found = _gtp(octets, size, at, end, segment)
    elif port == 4754:  # RFC 8086
        found = _gre(octets, size, at, end, segment)
    return found if found >= 0 else NOT_TCP


def _gre(octets, size, at, end, segment):
    """RFC 2784 and RFC 2890, version 0; a PPTP tunnel's version 1 is not read."""
    flags: cython.longlong
    kind: cython.longlong
    if at + 4 > end:
        return CUT
    gre = span_of(octets, size, at, 4)
    flags = be16(gre, 0)
    kind = be16(gre, 2)
    if flags & 0x4007:  # routing was withdrawn; the version
        return ENCAPSULATED
    at += 4
    if flags & 0x8000:  # checksum
        at += 4
    if flags & 0x2000:  # key
        at += 4
    if flags & 0x1000:  # sequence number
        at += 4
    segment.tunnel = TUNNEL_GRE
    if kind == _IPV4 or kind == _IPV6:
        return at
    if kind == _ETHERNET:
        return ethertype(octets, size, at + 12, end)
    if kind == 0x88BE:  # ERSPAN type I without, type II with a sequence number and a header
        segment.tunnel = TUNNEL_ERSPAN
        return ethertype(octets, size, at + (8 if flags & 0x1000 else 0) + 12, end)
    if kind == 0x22EB:  # ERSPAN type III, and whether it has the optional part
        if at + 12 > end:
            return CUT
        segment.tunnel = TUNNEL_ERSPAN
        at += 20 if octet(span_of(octets, size, at, 12), 11) & 1 else 12
        return ethertype(octets, size, at + 12, end)
    return ENCAPSULATED


def _vxlan(octets, size, at, end, segment):
    """RFC 7348, and what draft-ietf-nvo3-vxlan-gpe makes of it: a next protocol."""
    flags: cython.longlong
    kind: cython.longlong = 3
    if at + 8 > end:
        return CUT
    vxlan = span_of(octets, size, at, 8)
    flags = octet(vxlan, 0)
    if not flags & 0x08:  # the network's identifier is valid
        return NOT_TCP
    if flags & 0x04:
        kind = octet(vxlan, 3)
    segment.tunnel = TUNNEL_VXLAN
    if kind == 1 or kind == 2:
        return at + 8
    return ethertype(octets, size, at + 20, end) if kind == 3 else NOT_TCP


def _geneve(octets, size, at, end, segment):
    """RFC 8926."""
    kind: cython.longlong
    first: cython.longlong
    if at + 8 > end:
        return CUT
    geneve = span_of(octets, size, at, 8)
    first = octet(geneve, 0)
    kind = be16(geneve, 2)
    if first >> 6:
        return NOT_TCP
    at += 8 + (first & 0x3F) * 4
    segment.tunnel = TUNNEL_GENEVE
    if kind == _IPV4 or kind == _IPV6:
        return at
    return ethertype(octets, size, at + 12, end) if kind == _ETHERNET else NOT_TCP


def _gtp(octets, size, at, end, segment):
    """GTP-U, 3GPP TS 29.281 §5: version 1, a G-PDU, with its extension headers."""
    flags: cython.longlong
    kind: cython.longlong
    width: cython.longlong
    steps: cython.longlong
    if at + 8 > end:
        return CUT
    gtp = span_of(octets, size, at, 8)
    flags = octet(gtp, 0)
    if flags >> 4 != 3 or octet(gtp, 1) != 0xFF:
        return NOT_TCP
    at += 8
    if flags & 7:
        if at + 4 > end:
            return CUT
        kind = octet(span_of(octets, size, at, 4), 3) if flags & 4 else 0
        at += 4
        for steps in range(_MAX_EXTENSIONS):
            if kind == 0:
                break
            if at + 4 > end:
                return CUT
            width = octet(span_of(octets, size, at, 1), 0) * 4
            if width == 0 or at + width > end:
                return CUT
            kind = octet(span_of(octets, size, at, width), width - 1)
            at += width
        if kind:
            return NOT_TCP
    segment.tunnel = TUNNEL_GTP
    return at
