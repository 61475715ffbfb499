cimport cython

from pcapflow.engine.asleep cimport Asleep
from pcapflow.engine.clock cimport Clock
from pcapflow.engine.connections cimport Connections
from pcapflow.engine.guest cimport Guest
from pcapflow.engine.layout cimport (
    ASLEEP, CLOSING_RESET, MARK_CLOSED_EARLY, ROW_OPEN, ROW_OVER, WAIT_EARLY, WAIT_LINGER,
    WAIT_NEVER, WAIT_OVER, WAIT_SYN, Rest, Row, Side, row_at, side_of
)
from pcapflow.engine.log cimport Log
from pcapflow.engine.marks cimport marks_of
from pcapflow.engine.memory cimport fetch
from pcapflow.engine.survey cimport Survey

cdef enum:
    TIRED = 8

@cython.final
cdef class Rows:
    cdef Connections connections
    cdef Log log
    cdef Clock clock
    cdef public Asleep asleep
    cdef Guest guest
    cdef Survey survey
    cdef public long long linger, awake, most, evicted
    cdef public object finished
    cdef object listed
    cdef long long[::1] leaving
    cdef long long tired[TIRED]
    cdef public bint places
    cdef long long woken, cursor, cursor_asleep, left, left_asleep, round, round_before, shown, over
    cdef long long drowsy
    cdef readonly long long leave
    cdef Row* row(self, long long index) except NULL nogil
    cdef Row* glance(self, long long index) except NULL
    cdef Row* times(self, long long index) except NULL
    cdef Py_ssize_t end_of(self, Row* row) except? -2 nogil
    cpdef Py_ssize_t number(self, long long index) except? -2
    cdef Py_ssize_t link(self, long long index) except? -2 nogil
    cdef Py_ssize_t chain(self, long long index, long long behind) except -1 nogil
    cpdef Py_ssize_t release(self, long long index) except -1
    cdef Py_ssize_t wake(self, long long index) except -1 nogil
    cdef Py_ssize_t finish(self, long long index) except -1 nogil
    cdef Py_ssize_t let_go(self, long long index) except -1 nogil
    cdef Py_ssize_t list(self) except -1
    cdef Py_ssize_t sweep(self, long long rows) except -1 nogil
    cdef Py_ssize_t _ripe(self) except? -2 nogil
    cdef Py_ssize_t _ripe_asleep(self) except? -2 nogil
    cdef Py_ssize_t _tire(self, long long index) except -1 nogil
    cdef Py_ssize_t _fall_asleep(self) except -1 nogil
    cdef Py_ssize_t _pack(self, long long index, long long wait) except -1 nogil
    cdef Py_ssize_t is_over(self, Row* row) noexcept nogil
    cdef Py_ssize_t full(self) noexcept nogil
    cdef Py_ssize_t _waits_for(self, Row* row) noexcept nogil
    cdef Py_ssize_t make_room(self) except -1
