from pcapflow.engine.batch cimport Batch
from pcapflow.engine.layout cimport ORIGIN_PLACE, RING, TH_FIN, TH_RST, TH_SYN, Row, Side
from pcapflow.engine.serial cimport add, diff

cdef Py_ssize_t place_of(Batch batch, long long i) noexcept nogil
cdef Py_ssize_t remember(Row* row, Batch batch, long long i) except? -2 nogil
cdef Py_ssize_t seen_before(Row* row, Batch batch, long long i, long long end) except? -2 nogil
cdef Py_ssize_t _passed_elsewhere(
    Row* row, Batch batch, long long i, long long end
) except? -2 nogil
