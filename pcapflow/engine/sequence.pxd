cimport cython

from pcapflow.engine.closing cimport Closing
from pcapflow.engine.history cimport MOST_UNSEEN, gaps
from pcapflow.engine.layout cimport (
    ACK_UNSEEN, DATA, DATA_AGAIN, FIN_HINT, HOLE_FILLED, KEEP_ALIVE, MARK_BUSY, MARK_GAP,
    MARK_ODD, OPT_SACK, TH_FIN, UNANSWERED, WINDOW_OPENED, ZERO_WINDOW, Row, Segment, Side,
    side_of
)
from pcapflow.engine.log cimport Log
from pcapflow.engine.resets cimport round_trip
from pcapflow.engine.serial cimport add, diff
from pcapflow.engine.silence cimport asks
from pcapflow.engine.stream cimport FAR, Stream, answered_at

cdef long long UNANSWERED_LIMIT

@cython.final
cdef class Sequence:
    cdef Log log
    cdef Closing closing
    cdef Stream stream
    cdef Py_ssize_t judge(
        self, Row* row, Side* sender, Side* peer, Segment* segment, long long end
    ) except? -2 nogil
    cdef Py_ssize_t _far_out(
        self, Row* row, Segment* segment, long long end
    ) except? -2 nogil
    cdef Py_ssize_t _ack(
        self, Row* row, Side* sender, Side* peer, Segment* segment, long long end
    ) except? -2 nogil
    cdef Py_ssize_t _octets(
        self, Row* row, Side* sender, Side* peer, Segment* segment, long long end
    ) except? -2 nogil
    cdef Py_ssize_t _window(
        self, Row* row, Side* sender, Segment* segment, long long end
    ) except? -2 nogil
    cdef Py_ssize_t _repeated(
        self, Row* row, Segment* segment, long long code, long long end
    ) except? -2 nogil

cdef Py_ssize_t unanswered(Row* row, long long end) noexcept nogil
cdef bint _is_far(long long known, long long number) noexcept nogil
