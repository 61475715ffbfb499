cimport cython

from pcapflow.engine.batch cimport Batch
from pcapflow.engine.connections cimport Connections
from pcapflow.engine.events cimport Events
from pcapflow.engine.hashing cimport tag
from pcapflow.engine.layout cimport (
    CHALLENGE_ACK, CLOSING_RESET, MARK_CLIENT_LAST, MARK_DUPLICATES, MARK_GUESSED, MARK_MID_STREAM, MARK_ONE_SIDED, REUSE, ROW_OPEN, ROW_OVER, ROW_SHADOWED, TH_ACK, TH_FIN, TH_RST, TH_SYN, Row,
    Side
)
from pcapflow.engine.log cimport Log
from pcapflow.engine.serial cimport add, diff

@cython.final
cdef class Tracker:
    cdef public Connections connections
    cdef public Log log
    cdef public Events events
    cdef public long long now, first, passed, linger
    cdef public dict dissolved
    cdef public list finished, gaps
    cdef long long cursor
    cpdef Py_ssize_t track(self, Batch batch) except? -2
    cdef Py_ssize_t _track(self, Batch batch) except? -2 nogil
    cdef Py_ssize_t _place(self, Batch batch, long long i, long long place) except? -2 nogil
    cdef Py_ssize_t _new(self, Batch batch, long long i, long long older) except? -2 nogil
    cdef Py_ssize_t _decide(self, Batch batch, long long i, long long place) except? -2 nogil
    cdef Py_ssize_t _dissolve(self, long long index) except? -2
    cdef Py_ssize_t _replace(self, long long index) except? -2 nogil
    cdef Py_ssize_t _finish(self, long long index) except? -2
    cdef Py_ssize_t _stitch(self) except? -2
    cdef Py_ssize_t _over(self, Row* row) except? -2 nogil
    cdef Py_ssize_t _let_go(self, long long index) except? -2
    cdef Py_ssize_t marks(self, Row* row) except? -2 nogil
    cdef Py_ssize_t _sweep(self, long long rows) except? -2
