# 32-bit serial arithmetic, RFC 1982 and RFC 9293 §3.4; the compiled form of serial.py.

cdef inline long long diff(long long a, long long b) noexcept nogil:
    return <long long><int>(a - b)  # the lowest 32 bits, which every compiler keeps, with their sign

cdef inline long long add(long long a, long long n) noexcept nogil:
    return (a + n) & <long long>0xFFFFFFFF

cdef inline long long low32(long long a) noexcept nogil:
    return a & <long long>0xFFFFFFFF
