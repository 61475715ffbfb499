cimport cython

from pcapflow.engine.asleep cimport Asleep
from pcapflow.engine.clock cimport Clock
from pcapflow.engine.connections cimport Connections
from pcapflow.engine.layout cimport (
    KEPT_HEAD, KEPT_TAIL, MARK_CLOSED_EARLY, ROW_OVER, WAIT_EARLY, WAIT_OVER, Rest, Row
)
from pcapflow.engine.log cimport Log

@cython.final
cdef class Guest:
    cdef Connections connections
    cdef Log log
    cdef Asleep asleep
    cdef Clock clock
    cdef long long index, place, shown
    cdef Row* room(self) except NULL nogil
    cdef Row* row(self, long long index) except NULL nogil
    cdef Row* glance(self, long long index) except NULL nogil
    cdef Row* times(self, long long index) except NULL nogil
    cdef Py_ssize_t forget(self, long long index) noexcept nogil
    cdef Py_ssize_t _ends(self, long long index, Row* row) except -1 nogil
