from pcapflow.engine.layout cimport (
    MARK_CLIENT_LAST, MARK_CLIENT_UNACKED, MARK_ONE_SIDED, MARK_SERVER_UNACKED, Row, Side, side_of
)
from pcapflow.engine.serial cimport diff

cdef long long marks_of(Row* row) noexcept nogil
cdef bint _unacked(Side* side) noexcept nogil
