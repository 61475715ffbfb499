cimport cython

from pcapflow.engine.batch cimport Batch
from pcapflow.engine.hashing cimport identify, sign
from pcapflow.engine.headers cimport datagram
from pcapflow.engine.layout cimport AHEAD, OPT_TIMESTAMP, Packet, Segment, packet_at, segment_at
from pcapflow.engine.links cimport NOT_TCP, QUOTED, network, seen_at
from pcapflow.engine.matching cimport origin_of, plain_of
from pcapflow.engine.memory cimport fetch
from pcapflow.engine.octets cimport be16, be32, be64, octet, rest_of, span_of
from pcapflow.engine.options cimport options
from pcapflow.engine.sight cimport Sight

@cython.final
cdef class Decoder(Sight):
    cdef long long[::1] skips
    cdef public long long packets, tcp_packets
    cdef public bint thorough
    cpdef Py_ssize_t decode(self, long long base, Batch batch) except? -1 nogil
    cdef Py_ssize_t _behind_link(self, Packet* packet, Segment* segment) except? -1 nogil
    cdef Py_ssize_t _unusual(
        self, long long ip, Packet* packet, long long wire, Segment* segment
    ) except? -1 nogil
