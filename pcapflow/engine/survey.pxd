cimport cython

from pcapflow.engine.asleep cimport Asleep
from pcapflow.engine.clock cimport Clock
from pcapflow.engine.connections cimport Connections
from pcapflow.engine.layout cimport ASLEEP, ROW_OPEN, WAIT_OVER, Rest, Row

# Of two pairs, whether the first is the greater and so comes first; for qsort.
cdef extern from *:
    """
    static inline int pcapflow_greatest_first(const void *one, const void *other) {
        const long long *a = one, *b = other;
        int k = a[0] == b[0];
        return (a[k] < b[k]) - (a[k] > b[k]);
    }
    """
    int greatest_first "pcapflow_greatest_first"(const void* one, const void* other) noexcept nogil

@cython.final
cdef class Survey:
    cdef Connections connections
    cdef Asleep asleep
    cdef Clock clock
    cdef long long[::1] quiet
    cdef long long left
    cdef open(self)
    cdef Py_ssize_t quietest(self, long long most) except? -2
    cdef _look_for_quiet(self, long long most)
    cdef Py_ssize_t _sort(self, object pairs, long long count) except -1
    cdef Py_ssize_t _expect(self, long long index) except -1 nogil
    cdef Py_ssize_t _expect_more(self, long long index) except -1 nogil
    cdef Py_ssize_t _nth(self, long long k) noexcept nogil
    cdef Py_ssize_t _is_open(self, long long index) except -1 nogil
    cdef Py_ssize_t _seen(self, long long index) except? -2 nogil
