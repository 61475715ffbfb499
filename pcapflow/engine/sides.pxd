from pcapflow.engine.layout cimport Row, Side, side_of
from pcapflow.engine.sheet cimport Sheet, get, get_time, put, put_time

cdef enum:
    HAS_ENDING = 1
    HAS_HOLE = 2
    HAS_RARE = 4

cdef Py_ssize_t clear_side(Side* side) noexcept nogil
cdef Py_ssize_t put_side(Sheet* sheet, Row* row, long long end) noexcept nogil
cdef Py_ssize_t get_side(Sheet* sheet, Row* row, long long end) noexcept nogil
