cimport cython

from pcapflow.engine.layout cimport (
    ACK, ACK_OF_FIN, ACK_OF_FIN_AGAIN, ACK_OF_FIN_DSACK, ACK_OF_FIN_EARLIER, CLOSING_BEGUN,
    CLOSING_RESET, FIN, FIN_AGAIN, FIN_AGAIN_CROSSED, FIN_AGAIN_LATE, FIN_AGAIN_NEW_ACK,
    FIN_CROSSING, FIN_EARLY, FIN_EARLY_CROSSING, FIN_UNREAD, LIVES_ON,
    MARK_ODD, MARK_ODD_RST, OPT_DSACK, RST_DISOWNED, RST_FOREIGN, RST_IN_WINDOW, RST_ODD,
    RST_OUTSIDE, TH_FIN, Row, Segment, Side, side_of
)
from pcapflow.engine.log cimport Log
from pcapflow.engine.resets cimport odd_marks, reset_code, round_trip
from pcapflow.engine.serial cimport add, diff
from pcapflow.engine.silence cimport asks, is_reset

@cython.final
cdef class Closing:
    cdef Log log
    cdef Py_ssize_t fin(
        self, Row* row, Side* sender, Side* peer, Segment* segment, long long end
    ) except? -2 nogil
    cdef Py_ssize_t ack_of_fin(
        self, Row* row, Side* sender, Side* peer, Segment* segment, long long end
    ) except? -2 nogil
    cdef Py_ssize_t unread(
        self, Row* row, Side* sender, Side* peer, Segment* segment, long long end
    ) except? -2 nogil
    cdef Py_ssize_t rst(self, Row* row, Segment* segment, long long end) except? -2 nogil
    cdef Py_ssize_t after_rst(self, Row* row, Segment* segment, long long end) except? -2 nogil
