cimport cython

@cython.final
cdef class Batch:
    cdef public long long capacity
    cdef public long long records
    cdef public long long count
    # one row a record
    cdef public long long[::1] start, captured, original, when, link, interface, number
    # one row a TCP segment
    cdef public long long[::1] time, frame, offset, iface, src_hi, src_lo, dst_hi, dst_lo, ports
    cdef public long long[::1] version, seq, ack, flags, window, length, ttl, ip_id, checksum
    cdef public long long[::1] options, tsval, sign
    # what the tracker makes of it
    cdef public long long[::1] tag, conn, end, codes, duplicate
