from pcapflow.engine.hashing cimport sign
from pcapflow.engine.layout cimport TH_QUOTED, Segment
from pcapflow.engine.links cimport (
    CUT, ENCAPSULATED, FRAGMENT, MALFORMED, NOT_IP, NOT_TCP, QUOTED
)
from pcapflow.engine.matching cimport plain_of
from pcapflow.engine.octets cimport be16, be32, be64, octet, span_of
from pcapflow.engine.options cimport options
from pcapflow.engine.tunnels cimport inside

cdef Py_ssize_t datagram(
    const unsigned char* octets, long long size, long long at, long long end, long long wire,
    Segment* segment
) except? -1 nogil
cdef Py_ssize_t _ipv4(
    const unsigned char* octets, long long size, long long at, long long end, long long wire,
    Segment* segment
) except? -1 nogil
cdef Py_ssize_t _ipv6(
    const unsigned char* octets, long long size, long long at, long long end, long long wire,
    Segment* segment
) except? -1 nogil
cdef Py_ssize_t _icmp(
    const unsigned char* octets, long long size, long long at, long long end,
    long long high, long long low, Segment* segment
) except? -1 nogil
cdef Py_ssize_t _tcp(
    const unsigned char* octets, long long size, long long at, long long end, long long extent,
    Segment* segment
) except? -1 nogil
