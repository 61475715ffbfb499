cimport cython

from pcapflow.engine.layout cimport Packet, Segment, packet_at, segment_at

@cython.final
cdef class Batch:
    cdef Packet* packets
    cdef Segment* segments
    cdef public long long capacity
    cdef public long long records
    cdef public long long count
    cpdef Py_ssize_t swap(self, Batch other) noexcept nogil
    cdef Py_ssize_t put(self, long long to, Batch other, long long i) noexcept nogil
