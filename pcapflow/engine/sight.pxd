cimport cython

cdef class Sight:
    cdef const unsigned char* octets
    cdef long long size
    cpdef look(self, const unsigned char[::1] octets)
