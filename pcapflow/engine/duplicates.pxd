from pcapflow.engine.batch cimport Batch
from pcapflow.engine.layout cimport RING, Row

cdef Py_ssize_t seen_before(Row* row, Batch batch, long long i, long long end) except? -2 nogil
