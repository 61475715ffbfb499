# Octets of a file that somebody else has opened, read into memory.  The compiled form of
# descriptor.py: whoever reads needs no GIL.
cdef extern from *:
    """
    #ifdef _WIN32
    #include <io.h>
    #define pcapflow_read(descriptor, to, size) _read(descriptor, to, (unsigned)(size))
    #else
    #include <unistd.h>
    #define pcapflow_read(descriptor, to, size) read(descriptor, to, (size_t)(size))
    #endif
    """
    long long os_read "pcapflow_read"(int descriptor, void* to, long long size) noexcept nogil

cdef inline Py_ssize_t read_into(
    int descriptor, unsigned char[::1] buffer, long long at, long long size
) except? -2 nogil:
    if at < 0 or size <= 0 or size > buffer.shape[0] - at:
        with gil:
            raise IndexError("read beyond the buffer")
    return os_read(descriptor, &buffer[at], size)
