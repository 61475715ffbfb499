from pcapflow.engine.layout cimport (
    LETTER_A, LETTER_D, LETTER_F, LETTER_G, LETTER_H, LETTER_I, LETTER_Q, LETTER_R, LETTER_S,
    LETTER_T, LETTER_W, LETTER_X, TH_ACK, TH_FIN, TH_RST, TH_SYN, Row, Segment, Side
)
from pcapflow.engine.serial cimport add, diff

cdef long long MOST_UNSEEN

cdef long long letters(
    Row* row, Side* sender, Side* peer, Segment* segment, long long end
) noexcept nogil
cdef Py_ssize_t captured(Side* side, Segment* segment, long long before) noexcept nogil
cdef Py_ssize_t gaps(
    Row* row, Side* peer, long long end, long long una, long long ack, long long beyond
) noexcept nogil
cdef Py_ssize_t write(Row* row, long long letter, long long end) noexcept nogil
cdef Py_ssize_t turn(Row* row) noexcept nogil
cdef Py_ssize_t fin(Row* row, Side* sender, Segment* segment, long long end) noexcept nogil
cdef Py_ssize_t _syn(Row* row, Side* sender, Segment* segment, long long end) noexcept nogil
cdef bint once(Row* row, Side* side, long long letter, long long end) noexcept nogil
cdef long long _counted(
    Row* row, long long letter, long long end, long long times, long long most
) noexcept nogil
cdef bint _reset(Side* side, Side* peer) noexcept nogil
cdef bint _nothing_new(Segment* segment, long long last) noexcept nogil
cdef long long _behind(Segment* segment) noexcept nogil
