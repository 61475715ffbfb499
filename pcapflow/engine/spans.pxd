cimport cython

from pcapflow.engine.layout cimport REPEAT, SHAPE_LENGTH, Kept, Row, kept_at
from pcapflow.engine.log cimport Log
from pcapflow.engine.track cimport Tracker

cdef long long NEVER

@cython.final
cdef class Span:
    cdef readonly tuple what
    cdef unsigned long long since
    cdef readonly long long until
    cdef readonly bint late, began
    cdef long long data_of, sent_of, idle_of
    cdef Py_ssize_t of(self, Tracker tracker, Row* row, long long end) except? -2

@cython.final
cdef class Waits:
    cdef readonly list what, spans
    cdef readonly long long kinds, shortest, soonest
    cdef long long length
    cdef long long[::1] ends, least, kind
    cdef Py_ssize_t of(self, Tracker tracker, Row* row, long long end) except? -2

@cython.final
cdef class Waited:
    cdef readonly Waits waits
    cdef readonly object counts
    cdef readonly long long affected, longest
    cdef long long length
    cdef long long[::1] count
    cdef Py_ssize_t add(self, Tracker tracker, Row* row, long long index, long long end) except? -2

@cython.final
cdef class Moments:
    cdef long long[::1] column, late, cells
    cdef long long width
