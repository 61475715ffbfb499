cimport cython

from pcapflow.engine.layout cimport (
    ASLEEP, BLOCK, KEPT_HEAD, KEPT_TAIL, RING, RING_PLACE, Kept, Rest, Row, Side, kept_at, rest_at,
    side_of
)
from pcapflow.engine.log cimport Log
from pcapflow.engine.marks cimport marks_of
from pcapflow.engine.memory cimport fetch
from pcapflow.engine.squeeze cimport GROUP, spread, squeeze

cdef enum:
    NUMBERS = 320
    ROOM = 2728
    TIMES = 3
    TIMED = 13
    WHAT_BITS = 9
    HAS_ENDING = 1
    HAS_HOLE = 2
    HAS_RARE = 4

@cython.final
cdef class Asleep:
    cdef Log log
    cdef Rest* rests
    cdef readonly long long count
    cdef long long capacity, limit, free, base, at, rare
    cdef long long numbers[NUMBERS]
    cdef unsigned char octets[ROOM]
    cdef Rest* rest(self, long long index) except NULL nogil
    cdef Py_ssize_t pack(self, Row* row, bint ring) except -1 nogil
    cdef Py_ssize_t unpack(self, long long index, Row* row) except -1 nogil
    cdef Py_ssize_t glance(self, long long index, Row* row) except -1 nogil
    cdef Py_ssize_t times(self, long long index, Row* row) except -1 nogil
    cdef Py_ssize_t expect(self, long long index) except -1 nogil
    cdef Py_ssize_t number(self, long long index) except? -2 nogil
    cdef Py_ssize_t drop(self, long long index) except -1 nogil
    cdef Rest* _open(self, long long index) except NULL nogil
    cdef Py_ssize_t _put_head(self, Row* row) noexcept nogil
    cdef Py_ssize_t _get_head(self, Row* row) noexcept nogil
    cdef Py_ssize_t _get_rest(self, Row* row) noexcept nogil
    cdef Py_ssize_t _put_rest(self, Row* row) noexcept nogil
    cdef Py_ssize_t _put_side(self, Row* row, long long end) noexcept nogil
    cdef Py_ssize_t _get_side(self, Row* row, long long end) noexcept nogil
    cdef Py_ssize_t _put_ring(self, Row* row, bint ring) noexcept nogil
    cdef Py_ssize_t _get_ring(self, Row* row) noexcept nogil
    cdef Py_ssize_t _put_times(self, Row* row) except -1 nogil
    cdef Py_ssize_t _get_times(self, Row* row) except -1 nogil
    cdef inline Py_ssize_t _put_time(self, long long at, long long since) noexcept nogil
    cdef inline Py_ssize_t _get_time(self, long long since) noexcept nogil
    cdef inline Py_ssize_t _put(self, long long value) noexcept nogil
    cdef inline Py_ssize_t _get(self) noexcept nogil
    cdef Py_ssize_t _more(self) except -1
