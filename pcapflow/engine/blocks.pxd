cimport cython

from pcapflow.engine.batch cimport Batch
from pcapflow.engine.faces cimport FACE, LINK, SIMPLY, SNAP, TIMES, Faces
from pcapflow.engine.layout cimport Packet, packet_at
from pcapflow.engine.octets cimport be16, be32, le32, octet, span_of
from pcapflow.engine.sight cimport Sight

cdef long long _word(long long little, const unsigned char* block, long long k) noexcept nogil
cdef long long _half(long long little, const unsigned char* block, long long k) noexcept nogil

@cython.final
cdef class PcapngRecords(Sight):
    cdef public long long little, frames, fault_offset, fault_size
    cdef public list links
    cdef public bint thorough
    cdef Faces faces
    cdef public long long skip
    cdef long long section, last, fault_kind
    cpdef Py_ssize_t scan(
        self, long long start, long long end, long long base, Batch batch
    ) except? -1 nogil
    cdef Py_ssize_t _scan(
        self, long long start, long long end, long long base, Batch batch
    ) except? -1 nogil
    cdef Py_ssize_t _run(self, long long start, long long end, Batch batch) except? -1 nogil
    cdef Py_ssize_t _packet(
        self, const unsigned char* block, long long start, long long kind, long long length,
        Batch batch
    ) except? -1 nogil
    cdef Py_ssize_t _interface(self, long long start, long long length) except? -1
    cdef Py_ssize_t _damaged(self, long long offset, long long size, long long kind) except? -1 nogil
