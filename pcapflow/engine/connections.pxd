cimport cython

from pcapflow.engine.hashing cimport order_of
from pcapflow.engine.layout cimport (
    ASLEEP, CHUNK, MARK_GUESSED, MARK_MID_STREAM, RING, ROW_FREE, ROW_OPEN,
    TH_ACK, TH_SYN, Row, Segment, Side, row_at, side_of
)
from pcapflow.engine.memory cimport Chunks, add_chunk, drop_chunks, fetch
from pcapflow.engine.sides cimport clear_side

@cython.final
cdef class Connections:
    cdef Row blank
    cdef Row** chunks
    cdef Chunks memory
    cdef long long[::1] slots
    cdef long long capacity, free, mask, load
    cdef public long long opened, used, limit
    cdef Row* at(self, long long index) except NULL nogil
    cdef bint same_client(self, Row* row, Row* other) noexcept nogil
    cdef Py_ssize_t turn(self, Row* row) except? -2 nogil
    cdef Py_ssize_t open(self, Segment* segment) except? -2 nogil
    cdef Py_ssize_t take_over(self, long long index, long long older) except? -2 nogil
    cdef Py_ssize_t expect(self, long long tag) except -1 nogil
    cdef Py_ssize_t _expect_row(self) noexcept nogil
    cdef Py_ssize_t spare(self) except -1 nogil
    cdef Py_ssize_t rename(self, long long tag, long long before, long long index) except? -2 nogil
    cdef Py_ssize_t forget(self, long long tag, long long index) except? -2 nogil
    cdef Py_ssize_t release(self, long long index) except? -2 nogil
    cdef Py_ssize_t _insert(self, long long tag, long long index) except? -2 nogil
    cdef Py_ssize_t _rehash(self) except -1
    cdef Py_ssize_t _more_rows(self) except -1

cdef Py_ssize_t _clear(Row* row) noexcept nogil
