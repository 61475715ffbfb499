from pcapflow.engine.layout cimport (
    MARK_DUPLICATES, ORIGIN_PLACE, RING, RING_PLACE, TH_FIN, TH_RST, TH_SYN, Row, Segment, Side, side_of
)
from pcapflow.engine.matching cimport place_of, remember
from pcapflow.engine.serial cimport add, diff

cdef Py_ssize_t seen_before(Row* row, Segment* segment, long long end) noexcept nogil
cdef Py_ssize_t _passed_elsewhere(Row* row, Segment* segment, long long end) noexcept nogil
