from pcapflow.engine.batch cimport Batch
from pcapflow.engine.layout cimport RING, Row

cdef Py_ssize_t remember(Row* row, Batch batch, long long i) except? -2 nogil
cdef Py_ssize_t seen_before(Row* row, Batch batch, long long i) except? -2 nogil
