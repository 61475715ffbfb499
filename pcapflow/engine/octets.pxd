# Fixed-width reads: one check, then unchecked loads.  The compiled form of octets.py.
# Every octet is widened before it is shifted: 0xff << 24 must not become negative.
cimport cython

cdef inline long long u8(const unsigned char[::1] octets, Py_ssize_t at) except? -1 nogil:
    if at < 0 or at + 1 > octets.shape[0]:
        raise IndexError("read beyond the buffer")
    with cython.boundscheck(False):
        return octets[at]

cdef inline long long u16(const unsigned char[::1] octets, Py_ssize_t at) except? -1 nogil:
    if at < 0 or at + 2 > octets.shape[0]:
        raise IndexError("read beyond the buffer")
    with cython.boundscheck(False):
        return (<long long>octets[at] << 8) | octets[at + 1]

cdef inline long long u32(const unsigned char[::1] octets, Py_ssize_t at) except? -1 nogil:
    if at < 0 or at + 4 > octets.shape[0]:
        raise IndexError("read beyond the buffer")
    with cython.boundscheck(False):
        return (
            (<long long>octets[at] << 24)
            | (<long long>octets[at + 1] << 16)
            | (<long long>octets[at + 2] << 8)
            | octets[at + 3]
        )

cdef inline long long u32le(const unsigned char[::1] octets, Py_ssize_t at) except? -1 nogil:
    if at < 0 or at + 4 > octets.shape[0]:
        raise IndexError("read beyond the buffer")
    with cython.boundscheck(False):
        return (
            octets[at]
            | (<long long>octets[at + 1] << 8)
            | (<long long>octets[at + 2] << 16)
            | (<long long>octets[at + 3] << 24)
        )
