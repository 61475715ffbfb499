# cython: language_level=3
"""From records to TCP segments: link, IP and TCP headers become columns; nothing else is kept.

What is not a TCP segment is counted by reason.  Lengths come from the headers, not from what was
captured, so a snap length that cuts payload changes nothing.
"""

import array

import cython

if not cython.compiled:
    from pcapflow.engine.layout import (
        OPT_DSACK,
        OPT_SACK,
        OPT_SACK_PERMITTED,
        OPT_SCALE_SHIFT,
        OPT_TIMESTAMP,
        OPT_WINDOW_SCALE,
    )
    from pcapflow.engine.octets import u8, u16, u32
    from pcapflow.engine.serial import diff

# Why a packet is not a segment; negative, so that they cannot be taken for positions.
NOT_IP = cython.declare(cython.longlong, -2)
NOT_TCP = cython.declare(cython.longlong, -3)
FRAGMENT = cython.declare(cython.longlong, -4)
CUT = cython.declare(cython.longlong, -5)
MALFORMED = cython.declare(cython.longlong, -6)
LINK_TYPE = cython.declare(cython.longlong, -7)
ENCAPSULATED = cython.declare(cython.longlong, -8)
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
    108: "LOOP",
    113: "LINUX_SLL",
    228: "IPV4",
    229: "IPV6",
    276: "LINUX_SLL2",
}

_NOTHING = bytearray(1)

_IPV4 = cython.declare(cython.longlong, 0x0800)
_IPV6 = cython.declare(cython.longlong, 0x86DD)
_TIMESTAMPS_ALONE = cython.declare(cython.longlong, 0x0101080A)  # NOP NOP kind 8 length 10
_SNAP_HIGH = cython.declare(cython.longlong, 0xAAAA0300)
_MASK32 = cython.declare(cython.longlong, 0xFFFFFFFF)
_SIGN = cython.declare(cython.longlong, 0x80000000)
_MAX_TAGS = cython.declare(cython.longlong, 8)
_MAX_EXTENSIONS = cython.declare(cython.longlong, 16)


class Decoder:
    """Decodes batches; ``packets`` and ``tcp_packets`` count over all of them."""

    def __init__(self) -> None:
        self.packets = 0
        self.tcp_packets = 0
        self.sll_type = 0
        self.octets = _NOTHING
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
        self.octets = octets
        try:
            if cython.compiled:
                with cython.nogil:
                    self._decode(base, batch)
            else:
                self._decode(base, batch)
        finally:
            self.octets = _NOTHING  # whoever owns them may now do with them as he likes
        return batch.count

    @cython.boundscheck(False)
    def _decode(self, base, batch):
        record: cython.longlong
        row: cython.longlong = batch.count
        at: cython.longlong
        end: cython.longlong
        wire: cython.longlong
        outcome: cython.longlong
        for record in range(batch.records):
            self.packets += 1
            at = batch.start[record]
            end = at + batch.captured[record]
            self.sll_type = 0
            outcome = self._network(batch.link[record], at, end)
            if outcome >= 0:
                wire = batch.original[record] - (outcome - at)
                if outcome >= end:
                    outcome = CUT
                elif u8(self.octets, outcome) >> 4 == 4:
                    outcome = self._ipv4(outcome, end, wire, row, batch)
                elif u8(self.octets, outcome) >> 4 == 6:
                    outcome = self._ipv6(outcome, end, wire, row, batch)
                else:
                    outcome = NOT_IP
            if outcome < 0:
                self.skips[-outcome] += 1
                continue
            batch.time[row] = batch.when[record]
            batch.frame[row] = batch.number[record]
            batch.offset[row] = base + at
            batch.iface[row] = batch.interface[record] << 8 | self.sll_type
            row += 1
        self.tcp_packets += row - batch.count
        batch.count = row
        return row

    def _network(self, link, at, end):
        """Position of the IP header, or the reason why there is none."""
        if link == 1:
            if at + 14 <= end and u16(self.octets, at + 12) == _IPV4:
                return at + 14
            return self._ethertype(at + 12, end)
        if link == 101 or link == 228 or link == 229 or link == 12 or link == 14:
            return at
        if link == 0 or link == 108:
            if at + 4 > end:
                return CUT
            # The family is in the order of the capturing host; any value that holds IP has
            # an IP header behind it, which says its version itself.
            return at + 4
        if link == 113:
            if at + 16 > end:
                return CUT
            self.sll_type = u16(self.octets, at) & 255
            return self._ethertype(at + 14, end)
        if link == 276:
            if at + 20 > end:
                return CUT
            # Which of the host's interfaces it was, as well as the direction.
            self.sll_type = (u32(self.octets, at + 4) & 31) << 3 | (u8(self.octets, at + 10) & 7)
            if u16(self.octets, at) == _IPV4 or u16(self.octets, at) == _IPV6:
                return at + 20
            if u16(self.octets, at) == 0x8100 or u16(self.octets, at) == 0x88A8:
                return self._ethertype(at + 22, end)  # behind the tag's other half
            return NOT_IP
        return LINK_TYPE

    def _ethertype(self, at, end):
        """Follow VLAN tags (802.1Q, 802.1ad) from an ethertype field to an IP header."""
        tags: cython.longlong
        kind: cython.longlong
        for tags in range(_MAX_TAGS):
            if at + 2 > end:
                return CUT
            kind = u16(self.octets, at)
            at += 2
            if kind == _IPV4 or kind == _IPV6:
                return at
            if kind == 0x8100 or kind == 0x88A8 or kind == 0x9100:
                at += 2
                continue
            if kind <= 1500 and at + 8 <= end and u32(self.octets, at) == _SNAP_HIGH:
                at += 6  # 802.3 with LLC and SNAP (RFC 1042): an ethertype follows
                continue
            if kind == 0x8926:  # VN-Tag: four octets, then an ethertype
                at += 4
                continue
            if kind == 0x8864 and at + 8 <= end:  # PPPoE session, RFC 2516, then PPP's protocol
                kind = u16(self.octets, at + 6)
                return at + 8 if kind == 0x0021 or kind == 0x0057 else NOT_IP
            if kind == 0x8847 or kind == 0x8848:
                return self._mpls(at, end)
            return NOT_IP
        return MALFORMED

    def _mpls(self, at, end):
        """Skip the label stack, RFC 3032; what is behind it says itself whether it is IP."""
        while at + 5 <= end:
            at += 4
            if u8(self.octets, at - 2) & 1:
                return (
                    at
                    if u8(self.octets, at) >> 4 == 4 or u8(self.octets, at) >> 4 == 6
                    else ENCAPSULATED
                )
        return CUT

    @cython.boundscheck(False)
    def _ipv4(self, at, end, wire, row, batch):
        header: cython.longlong
        size: cython.longlong
        protocol: cython.longlong
        if at + 20 > end:
            return CUT
        header = (u8(self.octets, at) & 15) * 4
        size = u16(self.octets, at + 2)
        if size == 0 or size > wire:
            size = wire  # segmentation offload leaves it 0; a false one is cut to the packet
        if header < 20 or size < header:
            return MALFORMED
        protocol = u8(self.octets, at + 9)
        if protocol != 6:
            return ENCAPSULATED if protocol == 4 or protocol == 41 or protocol == 47 else NOT_TCP
        if u16(self.octets, at + 6) & 0x1FFF:
            return FRAGMENT
        batch.version[row] = 4
        batch.ip_id[row] = u16(self.octets, at + 4)
        batch.ttl[row] = u8(self.octets, at + 8)
        batch.src_hi[row] = 0
        batch.src_lo[row] = u32(self.octets, at + 12)
        batch.dst_hi[row] = 0
        batch.dst_lo[row] = u32(self.octets, at + 16)
        return self._tcp(at + header, end, size - header, row, batch)

    @cython.boundscheck(False)
    def _ipv6(self, at, end, wire, row, batch):
        header: cython.longlong
        size: cython.longlong
        kind: cython.longlong
        steps: cython.longlong
        extent: cython.longlong
        if at + 40 > end:
            return CUT
        size = u16(self.octets, at + 4) + 40
        if size == 40 or size > wire:
            size = wire
        batch.version[row] = 6
        batch.ip_id[row] = -1
        batch.ttl[row] = u8(self.octets, at + 7)
        batch.src_hi[row] = _word(u32(self.octets, at + 8), u32(self.octets, at + 12))
        batch.src_lo[row] = _word(u32(self.octets, at + 16), u32(self.octets, at + 20))
        batch.dst_hi[row] = _word(u32(self.octets, at + 24), u32(self.octets, at + 28))
        batch.dst_lo[row] = _word(u32(self.octets, at + 32), u32(self.octets, at + 36))
        kind = u8(self.octets, at + 6)
        header = 40
        for steps in range(_MAX_EXTENSIONS):
            if kind == 6:
                return self._tcp(at + header, end, size - header, row, batch)
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
                return ENCAPSULATED if kind == 4 or kind == 41 or kind == 47 else NOT_TCP
            if at + header + 8 > end:
                return CUT
            if kind == 44 and u16(self.octets, at + header + 2) & 0xFFF8:
                return FRAGMENT
            if kind == 44:
                extent = 8
            elif kind == 51:  # RFC 4302 counts words of four octets
                extent = (u8(self.octets, at + header + 1) + 2) * 4
            else:
                extent = (u8(self.octets, at + header + 1) + 1) * 8
            kind = u8(self.octets, at + header)
            header += extent
        return MALFORMED

    @cython.boundscheck(False)
    def _tcp(self, at, end, size, row, batch):
        header: cython.longlong
        if at + 14 > end:
            return CUT
        header = (u8(self.octets, at + 12) >> 4) * 4
        if header < 20 or header > size:
            return MALFORMED
        batch.ports[row] = u32(self.octets, at)
        batch.seq[row] = u32(self.octets, at + 4)
        batch.ack[row] = u32(self.octets, at + 8)
        batch.flags[row] = u8(self.octets, at + 13)
        batch.length[row] = size - header
        batch.options[row] = 0
        batch.tsval[row] = -1
        batch.window[row] = -1
        batch.checksum[row] = -1
        if at + 18 <= end:
            batch.window[row] = u16(self.octets, at + 14)
            batch.checksum[row] = u16(self.octets, at + 16)
        if header > 20 and at + header <= end:
            if header == 32 and u32(self.octets, at + 20) == _TIMESTAMPS_ALONE:
                batch.tsval[row] = u32(self.octets, at + 24)
                batch.options[row] = OPT_TIMESTAMP
            else:
                self._options(at + 20, at + header, row, batch)
        # Products of 32 and 30 bits: they never leave 63, and do not wait for each other.
        batch.sign[row] = (
            batch.seq[row] * 0x2C1B3C6D
            ^ batch.ack[row] * 0x297A2D39
            ^ (batch.tsval[row] & _MASK32) * 0x1B56C4E9
            ^ ((batch.checksum[row] << 16 ^ batch.ip_id[row]) & _MASK32) * 0x3243F6A9
            ^ batch.flags[row] << 40
            ^ batch.length[row] << 1
            ^ batch.ports[row] << 8
        )
        return 0

    def _options(self, at, end, row, batch):
        """The options that the tracker reads, RFC 9293 §3.1, RFC 7323, RFC 2018, RFC 2883."""
        kind: cython.longlong
        size: cython.longlong
        left: cython.longlong
        found: cython.longlong = 0
        while at < end:
            kind = u8(self.octets, at)
            if kind == 0:
                break
            if kind == 1:
                at += 1
                continue
            if at + 2 > end:
                break
            size = u8(self.octets, at + 1)
            if size < 2 or at + size > end:
                break
            if kind == 8 and size == 10:
                batch.tsval[row] = u32(self.octets, at + 2)
                found |= OPT_TIMESTAMP
            elif kind == 3 and size == 3:
                found |= OPT_WINDOW_SCALE | min(u8(self.octets, at + 2), 14) << OPT_SCALE_SHIFT
            elif kind == 4:
                found |= OPT_SACK_PERMITTED
            elif kind == 5 and size >= 10:
                found |= OPT_SACK
                left = u32(self.octets, at + 2)
                if diff(left, batch.ack[row]) < 0:  # RFC 2883 §4: below the cumulative ACK
                    found |= OPT_DSACK
                elif size >= 18 and diff(left, u32(self.octets, at + 10)) >= 0:
                    if (
                        diff(u32(self.octets, at + 6), u32(self.octets, at + 14)) <= 0
                    ):  # within the next one
                        found |= OPT_DSACK
            at += size
        batch.options[row] = found
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
