# The same as matching.py, for the compiled engine, inlined where it is used.

from pcapflow.engine.layout cimport RING, RING_PLACE, Row, Segment

cdef inline long long end_of(Row* row, Segment* segment) noexcept nogil:
    cdef long long ports = segment.ports
    cdef long long from_client = (
        (ports ^ row.ports) | (segment.src_lo ^ row.client_lo) | (segment.dst_lo ^ row.server_lo)
    )
    cdef long long from_server = (
        (((ports & 0xFFFF) << 16 | ports >> 16) ^ row.ports)
        | (segment.src_lo ^ row.server_lo)
        | (segment.dst_lo ^ row.client_lo)
    )
    if segment.version != row.version:
        return -1
    if segment.version == 6:
        from_client |= (segment.src_hi ^ row.client_hi) | (segment.dst_hi ^ row.server_hi)
        from_server |= (segment.src_hi ^ row.server_hi) | (segment.dst_hi ^ row.client_hi)
    if (from_client != 0) & (from_server != 0):
        return -1
    return from_client != 0

cdef inline long long place_of(Segment* segment) noexcept nogil:
    cdef long long iface = segment.iface
    return (iface ^ iface >> 8) & RING_PLACE

cdef inline long long remember(Row* row, Segment* segment) noexcept nogil:
    cdef long long k = row.ring_next
    row.ring[2 * k] = segment.sign
    row.ring[2 * k + 1] = (segment.time & ~<long long>RING_PLACE) | place_of(segment)
    row.ring_next = (k + 1) & (RING - 1)
    return 0
