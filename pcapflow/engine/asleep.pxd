cimport cython

from pcapflow.engine.layout cimport ASLEEP, Rest, Row, rest_at
from pcapflow.engine.log cimport Log
from pcapflow.engine.memory cimport fetch
from pcapflow.engine.packing cimport Packing

@cython.final
cdef class Asleep:
    cdef Packing packing
    cdef Rest* rests
    cdef readonly long long count
    cdef long long capacity, limit, free
    cdef Rest* rest(self, long long index) except NULL nogil
    cdef Py_ssize_t pack(self, Row* row, bint ring) except -1 nogil
    cdef Py_ssize_t unpack(self, long long index, Row* row) except -1 nogil
    cdef Py_ssize_t glance(self, long long index, Row* row) except -1 nogil
    cdef Py_ssize_t times(self, long long index, Row* row) except -1 nogil
    cdef Py_ssize_t expect_rest(self, long long index) noexcept nogil
    cdef Py_ssize_t expect(self, long long index) except -1 nogil
    cdef Py_ssize_t number(self, long long index) except? -2 nogil
    cdef Py_ssize_t drop(self, long long index) except -1 nogil
    cdef Rest* _open(self, long long index) except NULL nogil
    cdef Py_ssize_t _more(self) except -1
