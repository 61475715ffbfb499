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
    cdef bint over, errands
    cdef object errand
    cdef Py_ssize_t _build(self) except -1
    cdef Py_ssize_t hand_on(self) except -1 nogil
    cdef Py_ssize_t _reach(self) except -1 nogil
    cdef Py_ssize_t _opens(self, Turnstile turnstile) except -1 nogil
    cdef Py_ssize_t _run(self) except -1 nogil
    cdef Py_ssize_t come(self) except? -2 nogil
    cdef Py_ssize_t _give_back(self) noexcept nogil
