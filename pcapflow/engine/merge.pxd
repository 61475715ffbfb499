cimport cython

from pcapflow.engine.batch cimport Batch
from pcapflow.engine.layout cimport Packet, Segment, packet_at, segment_at
from pcapflow.engine.matching cimport origin_of

@cython.final
cdef class Lane:
    cdef public long long rank, when, number
    cdef Batch batch
    cdef long long head, row
    cdef public long long[::1] faces
    cdef Py_ssize_t load(self, Batch batch) except? -1
    cpdef bint dry(self) noexcept
    cdef Py_ssize_t latest(self) except? -1
    cdef Py_ssize_t rename(self, long long shift) except? -1
    cdef bint before(self, Lane other) noexcept
    cdef Py_ssize_t move(self, long long limit, Batch out, long long shift) except? -1

@cython.final
cdef class Merge:
    cdef public list lanes
    cdef public long long frames
    cdef object tell
    cpdef Py_ssize_t load(self, Lane lane, Batch batch) except? -1
    cpdef Lane fill(self, Batch out)
    cpdef bint whole(self, Lane lane) except? -1
    cdef Py_ssize_t _limit(self, Lane lane) except? -1
    cdef Py_ssize_t _gone(self, Lane lane, long long first, long long shift) except? -1
