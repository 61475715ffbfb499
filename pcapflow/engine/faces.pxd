cimport cython

cdef long long LINK, SNAP, TIMES, SIMPLY, FACE

@cython.final
cdef class Faces:
    cdef object store
    cdef long long[::1] words
    cdef long long count
    cdef Py_ssize_t begin(self, long long link, long long snap) except? -1
    cdef Py_ssize_t resolve(self, long long code) except? -1
    cdef Py_ssize_t shift_by(self, long long seconds) except? -1
    cdef Py_ssize_t complete(self) except? -1
    cdef Py_ssize_t time(
        self, long long face, long long high, long long low, long long last
    ) except? -1 nogil
