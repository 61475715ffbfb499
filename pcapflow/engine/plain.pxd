cimport cython

from pcapflow.engine.batch cimport Batch
from pcapflow.engine.clock cimport STITCHED, Clock
from pcapflow.engine.connections cimport Connections
from pcapflow.engine.layout cimport (
    AHEAD, ASLEEP, CALM_ACK, CALM_DATA, OPT_SACK, RING, RING_PLACE, TH_ACK, TH_FIN, TH_RST, TH_SYN, Row, Segment, Side, row_at,
    segment_at, side_of
)
from pcapflow.engine.memory cimport fetch
from pcapflow.engine.serial cimport add, diff

cdef long long UNANSWERED_LIMIT, SLEEPS

cdef Py_ssize_t remember(Row* row, Segment* segment) noexcept nogil
cdef Py_ssize_t place_of(Segment* segment) noexcept nogil
cdef Py_ssize_t end_of(Row* row, Segment* segment) noexcept nogil

@cython.final
cdef class Plain:
    cdef Connections connections
    cdef Clock clock
    cdef long long place, sleeper
    cdef public bint idle
    cdef Py_ssize_t run(self, Batch batch, long long i) except? -2 nogil
    cdef Py_ssize_t find(self, Segment* segment) noexcept nogil
    cdef bint _goes_on(self, Row* row, Segment* segment, long long end) noexcept nogil
