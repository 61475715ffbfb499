from pcapflow.engine.layout cimport Row, Segment, Side, side_of
from pcapflow.engine.resets cimport round_trip

cdef Py_ssize_t asks(Row* row, long long end, long long since, long long at) except? -2 nogil
cdef Py_ssize_t is_reset(Row* row, Segment* segment, long long end) except? -2 nogil
