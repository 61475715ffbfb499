cimport cython

from pcapflow.engine.layout cimport REPEAT, SHAPE_LENGTH, Kept, Row, kept_at
from pcapflow.engine.log cimport Log
from pcapflow.engine.track cimport Tracker

@cython.final
cdef class Span:
    cdef readonly tuple what
    cdef long long[::1] since
    cdef long long data_of, sent_of, idle_of, until
    cdef Py_ssize_t of(self, Tracker tracker, Row* row, long long end) except? -2

@cython.final
cdef class Waits:
    cdef readonly list what, spans
    cdef readonly object counts
    cdef readonly long long affected, longest
    cdef long long waited
    cdef long long[::1] ends, least, kind, count
    cdef Py_ssize_t clear(self) except? -2
    cdef Py_ssize_t join(self, Waits others) except? -2
    cdef Py_ssize_t add(self, Tracker tracker, Row* row, long long index, long long end) except? -2

@cython.final
cdef class Moments:
    cdef long long[::1] column, late, cells
    cdef long long width
