cimport cython

cdef long long STITCHED

@cython.final
cdef class Clock:
    cdef public long long now, first, passed, back
    cdef public list gaps
    cdef long long silences
    cdef Py_ssize_t tick(self, long long at) except? -2 nogil
    cdef Py_ssize_t _jump(self, long long at) except? -2 nogil
    cdef Py_ssize_t _stitch(self) except -1
    cpdef long long end_after(self, long long last) noexcept nogil
    cdef long long _end_after(self, long long last) noexcept
