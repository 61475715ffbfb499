# The same as matching.py, for the compiled engine, inlined where it is used.

from pcapflow.engine.layout cimport (
    CALM_ACK, CALM_DATA, OPT_SACK, OPT_TIMESTAMP, ORIGIN_PLACE, ORIGIN_STAMPS, RING, RING_PLACE,
    TH_ACK, TH_FIN, TH_RST, TH_SYN, Row, Segment
)

cdef inline long long end_of(Row* row, Segment* segment) noexcept nogil:
    cdef long long* words = <long long*>row  # its first four: the addresses
    cdef unsigned int ports = <unsigned int>row.ports
    cdef long long end = segment.order ^ row.order
    cdef unsigned int turn = 16 * end
    ports = ports << turn | ports >> (32 - turn & 31)  # the halves change places, or stay
    if (
        (segment.src_lo ^ words[end]) | (segment.dst_lo ^ words[1 - end])
        | (segment.src_hi ^ words[2 + end]) | (segment.dst_hi ^ words[3 - end])
        | (segment.ports ^ ports)
    ) or segment.version != row.version:
        return -1
    return end

cdef inline long long origin_of(Segment* segment) noexcept nogil:
    cdef long long iface = segment.iface, options = segment.options, ttl = segment.ttl
    # OPT_TIMESTAMP is the lowest bit: no branch.
    return (
        ((iface ^ iface >> 8) & RING_PLACE) << ORIGIN_PLACE
        | ttl | (options & OPT_TIMESTAMP) * ORIGIN_STAMPS
    )

cdef inline long long place_of(Segment* segment) noexcept nogil:
    cdef long long origin = segment.origin
    return origin >> ORIGIN_PLACE

cdef inline bint remembered(Row* row, Segment* segment) noexcept nogil:
    cdef long long sign = segment.sign
    return (  # all eight in one branch
        (row.ring[0] == sign) | (row.ring[2] == sign) | (row.ring[4] == sign)
        | (row.ring[6] == sign) | (row.ring[8] == sign) | (row.ring[10] == sign)
        | (row.ring[12] == sign) | (row.ring[14] == sign)
    )

cdef inline long long remember(Row* row, Segment* segment) noexcept nogil:
    cdef long long k = row.ring_next
    row.ring[2 * k] = segment.sign
    row.ring[2 * k + 1] = (segment.time & ~<long long>RING_PLACE) | place_of(segment)
    row.ring_next = (k + 1) & (RING - 1)
    return 0

cdef inline long long plain_of(Segment* segment) noexcept nogil:
    if (
        segment.flags & (TH_FIN | TH_SYN | TH_RST | TH_ACK) != TH_ACK
        or segment.window <= 0
        or segment.options & OPT_SACK
        or segment.length >= 1 << 30
    ):
        return 0
    return CALM_DATA if segment.length > 0 else CALM_ACK
