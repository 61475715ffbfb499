from pcapflow.engine.layout cimport (
    TUNNEL_6IN4, TUNNEL_ERSPAN, TUNNEL_GENEVE, TUNNEL_GRE, TUNNEL_GTP, TUNNEL_IPIP, TUNNEL_VXLAN,
    Segment
)
from pcapflow.engine.links cimport CUT, ENCAPSULATED, NOT_TCP, ethertype
from pcapflow.engine.octets cimport be16, octet, span_of

cdef Py_ssize_t inside(
    const unsigned char* octets, long long size, long long protocol, long long at, long long end,
    Segment* segment
) except? -1 nogil
cdef Py_ssize_t _udp(
    const unsigned char* octets, long long size, long long at, long long end, Segment* segment
) except? -1 nogil
cdef Py_ssize_t _gre(
    const unsigned char* octets, long long size, long long at, long long end, Segment* segment
) except? -1 nogil
cdef Py_ssize_t _vxlan(
    const unsigned char* octets, long long size, long long at, long long end, Segment* segment
) except? -1 nogil
cdef Py_ssize_t _geneve(
    const unsigned char* octets, long long size, long long at, long long end, Segment* segment
) except? -1 nogil
cdef Py_ssize_t _gtp(
    const unsigned char* octets, long long size, long long at, long long end, Segment* segment
) except? -1 nogil
