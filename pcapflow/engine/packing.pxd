cimport cython

from pcapflow.engine.hashing cimport order_of
from pcapflow.engine.layout cimport (
    BLOCK, KEPT_HEAD, KEPT_TAIL, RING, RING_PLACE, Kept, Row, Side, kept_at, side_of
)
from pcapflow.engine.log cimport Log
from pcapflow.engine.marks cimport marks_of
from pcapflow.engine.sheet cimport Sheet, get, get_time, put, put_time
from pcapflow.engine.sides cimport clear_side, get_side, put_side
from pcapflow.engine.squeeze cimport GROUP, spread, squeeze

cdef enum:
    ROOM = 2728
    TIMES = 3
    TIMED = 13
    WHAT_BITS = 9

@cython.final
cdef class Packing:
    cdef Log log
    cdef long long base, rare, groups
    cdef Sheet sheet[1]
    cdef unsigned char octets[ROOM]
    cdef Py_ssize_t write(self, Row* row, bint ring) except -1 nogil
    cdef Py_ssize_t read(self, const unsigned char* octets, long long groups, Row* row) except -1 nogil
    cdef Py_ssize_t glance(self, const unsigned char* octets, Row* row) noexcept nogil
    cdef Py_ssize_t times(self, const unsigned char* octets, long long groups, Row* row) except -1 nogil
    cdef Py_ssize_t number(self, const unsigned char* octets) noexcept nogil
    cdef Py_ssize_t _open(self, const unsigned char* octets, long long groups) noexcept nogil
    cdef Py_ssize_t _put_head(self, Row* row) noexcept nogil
    cdef Py_ssize_t _get_head(self, Row* row) noexcept nogil
    cdef Py_ssize_t _put_rest(self, Row* row) noexcept nogil
    cdef Py_ssize_t _get_rest(self, Row* row) noexcept nogil
    cdef Py_ssize_t _put_ring(self, Row* row, bint ring) noexcept nogil
    cdef Py_ssize_t _get_ring(self, Row* row) noexcept nogil
    cdef Py_ssize_t _put_times(self, Row* row) except -1 nogil
    cdef Py_ssize_t _get_times(self, Row* row) except -1 nogil
