from pcapflow.engine.layout cimport (
    MARK_DUPLICATES, ORIGIN_PLACE, RING, RING_PLACE, TH_FIN, TH_RST, TH_SYN, Row, Segment, Side
)
from pcapflow.engine.matching cimport place_of, remembered
from pcapflow.engine.serial cimport add, diff

cdef Py_ssize_t seen_before(
    Row* row, Side* sender, Side* peer, Segment* segment
) noexcept nogil
cdef bint _is_copy(Row* row, Segment* segment, long long place) noexcept nogil
cdef Py_ssize_t _passed_elsewhere(Side* sender, Side* peer, Segment* segment) noexcept nogil
