cimport cython

from pcapflow.engine.closing cimport Closing
from pcapflow.engine.history cimport MOST_UNSEEN, captured, gaps, letters
from pcapflow.engine.layout cimport (
    ACK, ACK_UNSEEN, ANSWERED, BLOCK, CALM_ACK, CALM_DATA, CROSSED_SYN, DATA, DATA_AGAIN, FIN,
    FIN_HINT, HANDSHAKE_ACK, HOLE_FILLED, KEEP_ALIVE, LETTER_A, LETTER_D, LETTER_H, MARK_BUSY, MARK_DUPLICATES, MARK_GAP, MARK_ODD,
    OPT_SACK, OPT_SCALE_SHIFT, OPT_WINDOW_SCALE, ORIGIN_FIRST, SYN, SYN_ACK,
    SYN_ACK_AGAIN, SYN_AGAIN, SYN_DATA, TH_ACK, TH_FIN, TH_RST, TH_SYN, UNANSWERED,
    WINDOW_OPENED, ZERO_WINDOW, Row, Segment, Side, kept_at, side_of
)
from pcapflow.engine.duplicates cimport seen_before
from pcapflow.engine.log cimport Log
from pcapflow.engine.matching cimport origin_of
from pcapflow.engine.memory cimport fetch
from pcapflow.engine.resets cimport round_trip
from pcapflow.engine.serial cimport add, diff
from pcapflow.engine.silence cimport asks

@cython.final
cdef class Events:
    cdef public Log log
    cdef Closing closing
    cdef public long long duplicates
    cdef Py_ssize_t judge(
        self, Row* row, Side* sender, Side* peer, Segment* segment, long long end, long long place
    ) except? -2 nogil
    cdef Py_ssize_t _syn(
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
    cdef Py_ssize_t _note(
        self, Row* row, Segment* segment, long long code, long long end
    ) except? -2 nogil
    cdef Py_ssize_t _repeated(
        self, Row* row, Segment* segment, long long code, long long end
    ) except? -2 nogil
    cdef Py_ssize_t _unanswered(self, Row* row, long long end) noexcept nogil

cdef bint _is_far(long long known, long long number) noexcept nogil
