cimport cython

from pcapflow.engine.batch cimport Batch
from pcapflow.engine.hashing cimport tag
from pcapflow.engine.layout cimport (
    AHEAD, CALM_ACK, CALM_DATA, OPT_SACK, OPT_TIMESTAMP, TH_ACK, TH_FIN, TH_QUOTED, TH_RST, TH_SYN,
    Packet, Segment, packet_at, segment_at
)
from pcapflow.engine.links cimport (
    CUT, ENCAPSULATED, FRAGMENT, MALFORMED, NOT_IP, NOT_TCP, QUOTED, network, sll_type
)
from pcapflow.engine.memory cimport fetch
from pcapflow.engine.octets cimport be16, be32, octet, span_of
from pcapflow.engine.options cimport options
from pcapflow.engine.tunnels cimport inside

@cython.final
cdef class Decoder:
    cdef const unsigned char* octets
    cdef long long size
    cdef long long[::1] skips
    cdef public long long packets, tcp_packets
    cpdef Py_ssize_t decode(
        self, const unsigned char[::1] octets, long long base, Batch batch
    ) except? -1
    cdef Py_ssize_t _decode(self, long long base, Batch batch) except? -1 nogil
    cdef Py_ssize_t _ip(
        self, long long at, long long end, long long wire, Segment* segment
    ) except? -1 nogil
    cdef Py_ssize_t _ipv4(
        self, long long at, long long end, long long wire, Segment* segment
    ) except? -1 nogil
    cdef Py_ssize_t _ipv6(
        self, long long at, long long end, long long wire, Segment* segment
    ) except? -1 nogil
    cdef Py_ssize_t _icmp(
        self, long long at, long long end, long long high, long long low, Segment* segment
    ) except? -1 nogil
    cdef Py_ssize_t _tcp(
        self, long long at, long long end, long long size, Segment* segment
    ) except? -1 nogil
