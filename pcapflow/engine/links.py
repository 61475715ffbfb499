# cython: language_level=3
"""From a link type's header to the IP header behind it: tags, labels and sessions are skipped.

Each function says where the next header is, or, as a negative number, why there is none.
"""

import cython

if not cython.compiled:
    from pcapflow.engine.octets import be16, be32, octet, span_of

    # Why a packet is not a segment; negative, so that they cannot be taken for positions.
    NOT_IP = -2
    NOT_TCP = -3
    FRAGMENT = -4
    CUT = -5
    MALFORMED = -6
    LINK_TYPE = -7
    ENCAPSULATED = -8
    QUOTED = -9  # not TCP, but an ICMP error that quotes a segment

REASONS = {
    -2: "not IP",
    -3: "not TCP",
    -4: "later fragment of a datagram",
    -5: "headers cut by the snap length",
    -6: "malformed headers",
    -7: "link type not supported",
    -8: "encapsulation not supported",
}

# LINKTYPE_ values, https://www.tcpdump.org/linktypes.html
LINK_NAMES = {
    0: "NULL",
    1: "ETHERNET",
    12: "RAW",
    14: "RAW",
    101: "RAW",
    104: "C_HDLC",
    108: "LOOP",
    113: "LINUX_SLL",
    228: "IPV4",
    229: "IPV6",
    239: "NFLOG",
    276: "LINUX_SLL2",
}

_IPV4 = cython.declare(cython.longlong, 0x0800)
_IPV6 = cython.declare(cython.longlong, 0x86DD)
_SNAP_HIGH = cython.declare(cython.longlong, 0xAAAA0300)
_MAX_TAGS = cython.declare(cython.longlong, 8)
_MAX_ATTRIBUTES = cython.declare(cython.longlong, 32)  # netfilter knows some twenty


def network(octets, size, link, at, end):
    """Position of the IP header of the packet in ``octets[at:end]``."""
    kind: cython.longlong
    if link == 1:
        return ethertype(octets, size, at + 12, end)
    if link == 101 or link == 228 or link == 229 or link == 12 or link == 14:
        return at
    if link == 0 or link == 108:
        # The family is in the order of the capturing host; any value that holds IP has an IP
        # header behind it, which says its version itself.
        return at + 4 if at + 4 <= end else CUT
    if link == 113:
        return ethertype(octets, size, at + 14, end) if at + 16 <= end else CUT
    if link == 276:
        if at + 20 > end:
            return CUT
        kind = be16(span_of(octets, size, at, 20), 0)
        if kind == _IPV4 or kind == _IPV6:
            return at + 20
        if kind == 0x8100 or kind == 0x88A8:
            return ethertype(octets, size, at + 22, end)  # behind the tag's other half
        return NOT_IP
    if link == 104:  # Cisco's HDLC, RFC 1547 §4.3.1: address, control, an ethertype
        return ethertype(octets, size, at + 2, end)
    if link == 239:
        return _nflog(octets, size, at, end)
    return LINK_TYPE


def seen_at(octets, size, link, at, end):
    """Where on the host the packet was seen, in eight bits; 0 where the link does not tell.

    It is only compared: a direction and, in SLL2, an interface.
    """
    if link == 113 and at + 16 <= end:
        return be16(span_of(octets, size, at, 2), 0) & 255
    if link == 276 and at + 20 <= end:
        header = span_of(octets, size, at, 20)
        return (be32(header, 4) & 31) << 3 | (octet(header, 10) & 7)
    return 0


def ethertype(octets, size, at, end):
    """Follow VLAN tags (802.1Q, 802.1ad) and others from an ethertype field to an IP header."""
    tags: cython.longlong
    kind: cython.longlong
    for tags in range(_MAX_TAGS):
        if at + 2 > end:
            return CUT
        kind = be16(span_of(octets, size, at, 2), 0)
        at += 2
        if kind == _IPV4 or kind == _IPV6:
            return at
        if kind == 0x8100 or kind == 0x88A8 or kind == 0x9100:
            at += 2
            continue
        if kind <= 1500 and at + 8 <= end and be32(span_of(octets, size, at, 4), 0) == _SNAP_HIGH:
            at += 6  # 802.3 with LLC and SNAP (RFC 1042): an ethertype follows
            continue
        if kind == 0x8926:  # VN-Tag: four octets, then an ethertype
            at += 4
            continue
        if kind == 0x8864 and at + 8 <= end:  # PPPoE session, RFC 2516, then PPP's protocol
            kind = be16(span_of(octets, size, at, 8), 6)
            return at + 8 if kind == 0x0021 or kind == 0x0057 else NOT_IP
        if kind == 0x8847 or kind == 0x8848:
            return _mpls(octets, size, at, end)
        return NOT_IP
    return MALFORMED


def _nflog(octets, size, at, end):
    """Netfilter's log, linux/netfilter/nfnetlink_log.h: attributes, and the packet is in one.

    The family is not asked: a log of bridges has IP in it too, which says its version itself.
    """
    steps: cython.longlong
    extent: cython.longlong
    kind: cython.longlong
    at += 4  # family, version, group
    for steps in range(_MAX_ATTRIBUTES):
        if at + 4 > end:
            return CUT
        head = span_of(octets, size, at, 4)
        extent = be16(head, 0)
        kind = octet(head, 3) & 0x3F  # the two bits above are flags
        if not kind:
            # Length and type are in the order of the capturing host, and types are small.
            extent = extent >> 8 | (extent & 255) << 8
            kind = octet(head, 2)
        if kind == 9:  # NFULA_PAYLOAD
            return at + 4
        if extent < 4:
            return MALFORMED
        at += (extent + 3) & ~3
    return MALFORMED


def _mpls(octets, size, at, end):
    """Skip the label stack, RFC 3032; what is behind it says itself whether it is IP."""
    version: cython.longlong
    while at + 5 <= end:
        label = span_of(octets, size, at, 5)
        at += 4
        if octet(label, 2) & 1:
            version = octet(label, 4) >> 4
            return at if version == 4 or version == 6 else ENCAPSULATED
    return CUT
