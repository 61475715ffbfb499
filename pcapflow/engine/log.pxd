cimport cython

from pcapflow.engine.history cimport turn
from pcapflow.engine.layout cimport (
    BLOCK, BLOCKS, COARSE, KEPT_HEAD, KEPT_TAIL, MARK_OVERFLOW, REPEAT, SHAPE_LENGTH, Kept, Row, Segment,
    kept_at
)
from pcapflow.engine.memory cimport Chunks, add_chunk, drop_chunks, fetch

@cython.final
cdef class Log:
    cdef Chunks memory
    cdef Kept** pool
    cdef object links
    cdef int[::1] after
    cdef long long capacity, limit, free
    cdef public long long nodes, node_limit, current
    cdef long long[::1] parent, code, edges
    cdef long long mask
    cdef Py_ssize_t stored(self, Row* row) noexcept nogil
    cdef bint whole(self, Row* row) noexcept nogil
    cdef Py_ssize_t expect(self, Row* row) except -1 nogil
    cdef Py_ssize_t expect_more(self, Row* row) except -1 nogil
    cdef Kept* nth(self, Row* row, long long k) except NULL nogil
    cdef Py_ssize_t note(
        self, Row* row, long long code, long long end, Segment* segment
    ) except? -2 nogil
    cdef inline Py_ssize_t add(
        self, Row* row, long long code, long long end, long long at, long long frame
    ) except? -2 nogil
    cdef Py_ssize_t turn(self, Row* row) except? -2 nogil
    cdef Py_ssize_t release(self, Row* row) except? -2 nogil
    cdef Py_ssize_t step(self, Row* row, long long k, long long place) except? -2 nogil
    cdef Py_ssize_t _place(self, Row* row, long long k) except? -2 nogil
    cdef Py_ssize_t block(self, Row* row, long long k) except? -2 nogil
    cdef Py_ssize_t keep(
        self, Row* row, long long what, long long at, long long frame
    ) except? -2 nogil
    cdef Py_ssize_t _fresh(self) except? -2 nogil
    cdef Py_ssize_t _collect(self, long long event) noexcept nogil
    cdef Py_ssize_t _next_block(self, Row* row, long long place) except? -2 nogil
    cdef inline Py_ssize_t _step(self, long long node, long long event) except? -2 nogil
    cdef Py_ssize_t _further(
        self, long long node, long long event, long long key, long long position
    ) except? -2 nogil
    cdef Py_ssize_t _more(self) except -1
    cdef Py_ssize_t _more_nodes(self) except -1
    cpdef tuple shape(self, long long node)
    cdef list events(self, Row* row)
