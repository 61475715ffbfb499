cimport cython

from pcapflow.engine.batch cimport Batch
from pcapflow.engine.clock cimport STITCHED, Clock
from pcapflow.engine.connections cimport Connections
from pcapflow.engine.layout cimport (
    AHEAD, ASLEEP, ORIGIN_FIRST, Row, Segment, Side, row_at, segment_at, side_of
)
from pcapflow.engine.matching cimport end_of, remember
from pcapflow.engine.memory cimport fetch
from pcapflow.engine.serial cimport add, diff, low32

cdef long long SLEEPS

@cython.final
cdef class Plain:
    cdef Connections connections
    cdef Clock clock
    cdef long long place, sleeper, behind
    cdef public bint idle
    cdef Py_ssize_t run(self, Batch batch, long long i) except? -2 nogil
    cdef Py_ssize_t find(self, Segment* segment, long long position) noexcept nogil
    cdef inline bint _goes_on(self, Row* row, Segment* segment, long long end) noexcept nogil
