cimport cython

from pcapflow.engine.closing cimport Closing
from pcapflow.engine.duplicates cimport seen_before
from pcapflow.engine.history cimport captured, letters
from pcapflow.engine.layout cimport (
    ANSWERED, CROSSED_SYN, LETTER_H, MARK_BUSY, MARK_DUPLICATES, MARK_ODD, OPT_SCALE_SHIFT,
    OPT_WINDOW_SCALE, SYN, SYN_ACK, SYN_ACK_AGAIN, SYN_AGAIN, SYN_DATA, TH_ACK, TH_FIN, TH_RST,
    TH_SYN, Row, Segment, Side, side_of
)
from pcapflow.engine.log cimport Log
from pcapflow.engine.matching cimport remember
from pcapflow.engine.sequence cimport UNANSWERED_LIMIT, Sequence, unanswered
from pcapflow.engine.serial cimport add, diff
from pcapflow.engine.stream cimport Stream, settle

@cython.final
cdef class Events:
    cdef public Log log
    cdef public Stream stream
    cdef Closing closing
    cdef Sequence sequence
    cdef public long long duplicates
    cdef Py_ssize_t judge(self, Row* row, Segment* segment, long long end) except? -2 nogil
    cdef inline Py_ssize_t _syn(
        self, Row* row, Side* sender, Side* peer, Segment* segment, long long end
    ) except? -2 nogil
