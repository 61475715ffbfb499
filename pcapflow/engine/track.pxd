cimport cython

from pcapflow.engine.batch cimport Batch
from pcapflow.engine.clock cimport Clock
from pcapflow.engine.connections cimport Connections
from pcapflow.engine.events cimport Events
from pcapflow.engine.layout cimport (
    CHALLENGE_ACK, MARK_DUPLICATES, MARK_GUESSED, MARK_MID_STREAM, REUSE, ROW_OPEN, ROW_SHADOWED,
    TH_ACK, TH_FIN, TH_QUOTED, TH_RST, TH_SYN, UNREACHABLE, Row, Segment, Side, row_at, segment_at,
    side_of
)
from pcapflow.engine.log cimport Log
from pcapflow.engine.matching cimport end_of, place_of
from pcapflow.engine.memory cimport fetch
from pcapflow.engine.plain cimport SLEEPS, Plain
from pcapflow.engine.relay cimport Relay
from pcapflow.engine.rows cimport Rows
from pcapflow.engine.serial cimport add, diff
from pcapflow.engine.turnstile cimport heed

@cython.final
cdef class Tracker:
    cdef public Clock clock
    cdef public Connections connections
    cdef public Log log
    cdef public Events events
    cdef public Rows rows
    cdef public dict dissolved, reports
    cdef dict _refused
    cdef public Plain plain
    cdef long long where, challenged
    cpdef Py_ssize_t track(self, Batch batch) except? -2
    cpdef bint follow(self, Relay relay, long long most) except? -2
    cdef Py_ssize_t _follow(self, Relay relay, long long most) except? -2 nogil
    cdef Py_ssize_t _track(self, Batch batch) except? -2 nogil
    cdef inline Py_ssize_t _judge(self, Segment* segment) except? -2 nogil
    cdef inline Py_ssize_t _woken(self, Segment* segment) except? -2 nogil
    cdef Py_ssize_t _unreachable(self, Segment* segment) except? -2 nogil
    cdef Py_ssize_t _report(self, Row* row, Segment* segment) except? -2
    cdef Py_ssize_t _place(self, Segment* segment, long long place) except? -2 nogil
    cdef Py_ssize_t _is_accepted(self, Row* row, Segment* segment) except? -2 nogil
    cdef Py_ssize_t _new(self, Segment* segment, long long older) except? -2 nogil
    cdef Py_ssize_t _decide(self, Segment* segment, long long place) except? -2 nogil
    cdef Py_ssize_t _dissolve(self, long long index) except? -2
    cdef Py_ssize_t _replace(self, long long index) except? -2 nogil
