cimport cython

from pcapflow.engine.asleep cimport Asleep
from pcapflow.engine.clock cimport Clock
from pcapflow.engine.connections cimport Connections
from pcapflow.engine.layout cimport ASLEEP, ROW_OPEN, WAIT_OVER, Rest, Row

@cython.final
cdef class Survey:
    cdef Connections connections
    cdef Asleep asleep
    cdef Clock clock
    cdef list quiet
    cdef open(self)
    cdef Py_ssize_t quietest(self, long long most) except? -2
    cdef _look_for_quiet(self, long long most)
    cdef Py_ssize_t _nth(self, long long k) noexcept nogil
    cdef Py_ssize_t _is_open(self, long long index) except -1 nogil
    cdef Py_ssize_t _seen(self, long long index) except? -2 nogil
