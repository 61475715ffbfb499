# A turnstile: one thread waits until another lets it pass; nobody needs the GIL for it.
from cpython.exc cimport PyErr_CheckSignals

cdef extern from "pythread.h":
    ctypedef void* PyThread_type_lock
    PyThread_type_lock PyThread_allocate_lock()
    void PyThread_free_lock(PyThread_type_lock lock)
    int PyThread_acquire_lock_timed(PyThread_type_lock lock, long long us, int interruptible) nogil
    void PyThread_release_lock(PyThread_type_lock lock) nogil
    int PY_LOCK_ACQUIRED

ctypedef PyThread_type_lock Turnstile

cdef inline Turnstile shut() noexcept:
    lock = PyThread_allocate_lock()
    if lock != NULL:
        PyThread_acquire_lock_timed(lock, -1, 0)
    return lock

cdef inline void scrap(Turnstile turnstile) noexcept:
    if turnstile != NULL:
        PyThread_free_lock(turnstile)

cdef inline bint passed(Turnstile turnstile) noexcept nogil:
    return PyThread_acquire_lock_timed(turnstile, -1, 1) == PY_LOCK_ACQUIRED

cdef inline bint let_by(Turnstile turnstile) noexcept nogil:
    return PyThread_acquire_lock_timed(turnstile, 0, 0) == PY_LOCK_ACQUIRED

cdef inline void release(Turnstile turnstile) noexcept nogil:
    PyThread_release_lock(turnstile)

cdef inline int heed() except -1:
    return PyErr_CheckSignals()
