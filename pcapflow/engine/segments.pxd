cimport cython

from pcapflow.engine.batch cimport Batch
from pcapflow.engine.layout cimport (
    OPT_DSACK, OPT_SACK, OPT_SACK_PERMITTED, OPT_SCALE_SHIFT, OPT_TIMESTAMP, OPT_WINDOW_SCALE
)
from pcapflow.engine.octets cimport u8, u16, u32
from pcapflow.engine.serial cimport diff

@cython.final
cdef class Decoder:
    cdef long long[::1] skips
    cdef const unsigned char[::1] octets
    cdef public long long packets, tcp_packets
    cdef long long sll_type
    cpdef Py_ssize_t decode(
        self, const unsigned char[::1] octets, long long base, Batch batch
    ) except? -1
    cdef Py_ssize_t _decode(self, long long base, Batch batch) except? -1 nogil
    cdef Py_ssize_t _network(
        self, long long link, long long at, long long end
    ) except? -1 nogil
    cdef Py_ssize_t _ethertype(
        self, long long at, long long end
    ) except? -1 nogil
    cdef Py_ssize_t _mpls(
        self, long long at, long long end
    ) except? -1 nogil
    cdef Py_ssize_t _ipv4(
        self, long long at, long long end, long long wire,
        long long row, Batch batch
    ) except? -1 nogil
    cdef Py_ssize_t _ipv6(
        self, long long at, long long end, long long wire,
        long long row, Batch batch
    ) except? -1 nogil
    cdef Py_ssize_t _tcp(
        self, long long at, long long end, long long size,
        long long row, Batch batch
    ) except? -1 nogil
    cdef Py_ssize_t _options(
        self, long long at, long long end, long long row,
        Batch batch
    ) except? -1 nogil
