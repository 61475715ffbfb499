cimport cython

from pcapflow.engine.batch cimport Batch
from pcapflow.engine.turnstile cimport Turnstile, heed, let_by, passed, release, scrap, shut

cdef enum:
    PLACES = 8

@cython.final
cdef class Relay:
    cdef public Batch filling, using
    cdef readonly bint stopped
    cdef list held
    cdef void* batches[PLACES]
    cdef Turnstile full[PLACES]
    cdef Turnstile spare[PLACES]
    cdef long long places, fill, use, last, owed
    cdef bint over
    cdef Py_ssize_t _build(self) except -1
    cdef Py_ssize_t hand_on(self) noexcept nogil
    cdef Py_ssize_t _reach(self) noexcept nogil
    cdef Py_ssize_t come(self) noexcept nogil
    cdef Py_ssize_t _give_back(self) noexcept nogil
