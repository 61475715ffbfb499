# 32-bit serial arithmetic, RFC 1982 and RFC 9293 §3.4; the compiled form of serial.py.

cdef inline long long diff(long long a, long long b) noexcept nogil:
    return ((a - b + <long long>0x80000000) & <long long>0xFFFFFFFF) - <long long>0x80000000

cdef inline long long add(long long a, long long n) noexcept nogil:
    return (a + n) & <long long>0xFFFFFFFF
