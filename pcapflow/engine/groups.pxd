cimport cython

from pcapflow.engine.connections cimport Connections
from pcapflow.engine.hashing cimport end_word, pair_hash
from pcapflow.engine.layout cimport (
    ASLEEP, COARSE, MARK_EXPIRED, MARK_GUESSED, MARK_ODD, MARK_ODD_RST,
    MARK_OVERFLOW, ROW_OPEN, Row, Side
)
from pcapflow.engine.log cimport Log
from pcapflow.engine.marks cimport marks_of
from pcapflow.engine.memory cimport fetch
from pcapflow.engine.rows cimport Rows
from pcapflow.engine.spans cimport NEVER, Span, Waited, Waits
from pcapflow.engine.track cimport Tracker

@cython.final
cdef class Groups:
    cdef Tracker tracker
    cdef public long long two_msl, count, examples, most
    cdef bint whole
    cdef object waits, store
    cdef readonly dict asked
    cdef dict found
    cdef long long[::1] fields, slots, taken
    cdef long long mask
    cdef Py_ssize_t mark(self, Row* row) except? -2
    cdef Py_ssize_t _add(self, long long group, Row* row, long long index, bint keep) except? -2
    cdef Py_ssize_t _measure(
        self, long long group, Row* row, long long index, bint held, long long end
    ) except? -2
    cdef Py_ssize_t _ask(self, long long base) except? -2
    cdef Py_ssize_t _measure_held(self) except? -2
    cdef Py_ssize_t _group(self, Row* row, long long marks) except? -2
    cdef Py_ssize_t _find(
        self,
        long long node,
        long long marks,
        long long version,
        long long high,
        long long low,
        long long port,
        long long most,
    ) except? -2
    cdef Py_ssize_t _hash(
        self, long long node, long long marks, long long port, long long high, long long low
    ) noexcept nogil
    cdef Py_ssize_t _expect(self, long long index) except? -2
    cdef Py_ssize_t _fetch(self, long long index) except? -2
    cdef Py_ssize_t _fetch_events(self, long long index) except? -2
    cdef Py_ssize_t _more(self) except? -2
