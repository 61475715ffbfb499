cimport cython

from pcapflow.engine.closing cimport Closing
from pcapflow.engine.duplicates cimport seen_before
from pcapflow.engine.history cimport captured, letters
from pcapflow.engine.layout cimport (
    ANSWERED, BLOCK, CALM_ACK, CALM_DATA, CROSSED_SYN, LETTER_A, LETTER_D, LETTER_H, MARK_BUSY,
    MARK_DUPLICATES, MARK_ODD, OPT_SCALE_SHIFT, OPT_WINDOW_SCALE, ORIGIN_FIRST, SYN, SYN_ACK,
    SYN_ACK_AGAIN, SYN_AGAIN, SYN_DATA, TH_ACK, TH_FIN, TH_RST, TH_SYN, Row, Segment, Side,
    kept_at, side_of
)
from pcapflow.engine.log cimport Log
from pcapflow.engine.matching cimport origin_of, remember
from pcapflow.engine.memory cimport fetch
from pcapflow.engine.serial cimport add, diff
from pcapflow.engine.stream cimport FAR, UNANSWERED_LIMIT, Stream, unanswered

@cython.final
cdef class Events:
    cdef public Log log
    cdef public Stream stream
    cdef Closing closing
    cdef public long long duplicates
    cdef Py_ssize_t judge(
        self, Row* row, Side* sender, Side* peer, Segment* segment, long long end, long long place
    ) except? -2 nogil
    cdef bint _weigh(
        self, Row* row, Side* sender, Side* peer, Segment* segment, long long end, long long place
    ) except? -2 nogil
    cdef inline Py_ssize_t _syn(
        self, Row* row, Side* sender, Side* peer, Segment* segment, long long end
    ) except? -2 nogil
    cdef Py_ssize_t _far_out(
        self, Row* row, Segment* segment, long long end
    ) except? -2 nogil

cdef inline bint _is_far(long long known, long long number) noexcept nogil
