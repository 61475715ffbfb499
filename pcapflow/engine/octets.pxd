# Fixed-width reads.  The compiled form of octets.py: one check of a span, then unchecked loads.
# Every octet is widened before it is shifted: 0xff << 24 must not become negative.
cdef extern from *:
    """
    static inline long long pcapflow_octet(const unsigned char *p, int k) { return p[k]; }
    static inline long long pcapflow_be16(const unsigned char *p, int k) {
        return (long long)((unsigned)p[k] << 8 | p[k + 1]);
    }
    static inline long long pcapflow_be32(const unsigned char *p, int k) {
        return (long long)((unsigned)p[k] << 24 | (unsigned)p[k + 1] << 16
                           | (unsigned)p[k + 2] << 8 | (unsigned)p[k + 3]);
    }
    static inline long long pcapflow_be64(const unsigned char *p, int k) {
        return (long long)((unsigned long long)pcapflow_be32(p, k) << 32
                           | (unsigned long long)pcapflow_be32(p, k + 4));
    }
    static inline long long pcapflow_le32(const unsigned char *p, int k) {
        return (long long)((unsigned)p[k + 3] << 24 | (unsigned)p[k + 2] << 16
                           | (unsigned)p[k + 1] << 8 | (unsigned)p[k]);
    }
    """
    long long octet "pcapflow_octet"(const unsigned char* span, int k) noexcept nogil
    long long be16 "pcapflow_be16"(const unsigned char* span, int k) noexcept nogil
    long long be32 "pcapflow_be32"(const unsigned char* span, int k) noexcept nogil
    long long be64 "pcapflow_be64"(const unsigned char* span, int k) noexcept nogil
    long long le32 "pcapflow_le32"(const unsigned char* span, int k) noexcept nogil

cdef inline int beyond() except -1 with gil:
    raise IndexError("read beyond the buffer")

cdef inline const unsigned char* span_of(
    const unsigned char* octets, Py_ssize_t size, Py_ssize_t at, Py_ssize_t width
) except NULL nogil:
    if at < 0 or width > size - at:
        beyond()
    return octets + at

cdef inline const unsigned char* rest_of(const unsigned char* span, int k) noexcept nogil:
    return span + k
