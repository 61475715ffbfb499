cimport cython

from pcapflow.engine.closing cimport Closing
from pcapflow.engine.history cimport fin, once
from pcapflow.engine.layout cimport (
    ACK, BLOCK, CALM_ACK, CALM_DATA, DATA, HANDSHAKE_ACK, LETTER_A, LETTER_D, MARK_BUSY, OPT_SACK,
    ORIGIN_FIRST, TH_ACK, TH_FIN, TH_RST, TH_SYN, Row, Segment, Side, kept_at, side_of
)
from pcapflow.engine.log cimport Log
from pcapflow.engine.matching cimport remember, remembered
from pcapflow.engine.memory cimport fetch
from pcapflow.engine.serial cimport add, diff

cdef long long FAR

@cython.final
cdef class Stream:
    cdef Log log
    cdef Closing closing
    cdef public bint thorough
    cdef bint goes_on(self, Row* row, Segment* segment, long long end) except? -2 nogil
    cdef inline Py_ssize_t first_ack(
        self, Row* row, Side* sender, Side* peer, Segment* segment, long long end
    ) except? -2 nogil
    cdef inline Py_ssize_t behind_fin(
        self, Row* row, Side* sender, Side* peer, Segment* segment, long long end
    ) except? -2 nogil

cdef Py_ssize_t settle(Row* row, Side* sender, Side* peer, Segment* segment) noexcept nogil
cdef Py_ssize_t answered_at(Side* sender, Side* peer, long long at) noexcept nogil
