cimport cython

from pcapflow.engine.closing cimport Closing
from pcapflow.engine.history cimport MOST_UNSEEN, fin, gaps, once
from pcapflow.engine.layout cimport (
    ACK, ACK_UNSEEN, DATA, DATA_AGAIN, FIN_HINT, HANDSHAKE_ACK, HOLE_FILLED, KEEP_ALIVE, LETTER_A,
    LETTER_D, MARK_BUSY, MARK_GAP, OPT_SACK, TH_ACK, TH_FIN, TH_RST, TH_SYN, UNANSWERED,
    WINDOW_OPENED, ZERO_WINDOW, Row, Segment, Side, side_of
)
from pcapflow.engine.log cimport Log
from pcapflow.engine.matching cimport remember, remembered
from pcapflow.engine.resets cimport round_trip
from pcapflow.engine.serial cimport add, diff
from pcapflow.engine.silence cimport asks

cdef long long FAR, UNANSWERED_LIMIT

@cython.final
cdef class Stream:
    cdef Log log
    cdef Closing closing
    cdef public bint thorough
    cdef bint goes_on(
        self, Row* row, Side* sender, Side* peer, Segment* segment, long long end
    ) except? -2 nogil
    cdef Py_ssize_t judge(
        self, Row* row, Side* sender, Side* peer, Segment* segment, long long end
    ) except? -2 nogil
    cdef inline Py_ssize_t _ack(
        self, Row* row, Side* sender, Side* peer, Segment* segment, long long end
    ) except? -2 nogil
    cdef inline Py_ssize_t _first_ack(
        self, Row* row, Side* sender, Side* peer, Segment* segment, long long end
    ) except? -2 nogil
    cdef inline Py_ssize_t _behind_fin(
        self, Row* row, Side* sender, Side* peer, Segment* segment, long long end
    ) except? -2 nogil
    cdef inline Py_ssize_t _octets(
        self, Row* row, Side* sender, Side* peer, Segment* segment, long long end
    ) except? -2 nogil
    cdef Py_ssize_t _window(
        self, Row* row, Side* sender, Segment* segment, long long end
    ) except? -2 nogil
    cdef Py_ssize_t _repeated(
        self, Row* row, Segment* segment, long long code, long long end
    ) except? -2 nogil

cdef Py_ssize_t unanswered(Row* row, long long end) noexcept nogil
cdef inline Py_ssize_t _time(Side* sender, Side* peer, long long at) noexcept nogil
