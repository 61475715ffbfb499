from pcapflow.engine.layout cimport (
    CHALLENGE_ACK, ORIGIN_FIRST, ORIGIN_STAMPS, RST_ABORT, RST_ABORT_LOSS, RST_AT_FIN, RST_IN_WINDOW,
    RST_OF_CHALLENGE, RST_OUTSIDE, RST_REFUSED, RST_REPLY, TH_ACK, Row, Segment, Side, side_of
)
from pcapflow.engine.serial cimport diff

cdef long long round_trip(Side* side) noexcept nogil
cdef Py_ssize_t odd_marks(Row* row, Segment* segment, long long end) except? -2 nogil
cdef Py_ssize_t reset_code(Row* row, Segment* segment, long long end) except? -2 nogil
