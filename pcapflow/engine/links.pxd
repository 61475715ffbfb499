from pcapflow.engine.octets cimport be16, be32, octet, span_of

cdef enum:
    NOT_IP = -2
    NOT_TCP = -3
    FRAGMENT = -4
    CUT = -5
    MALFORMED = -6
    LINK_TYPE = -7
    ENCAPSULATED = -8
    QUOTED = -9

cdef Py_ssize_t network(
    const unsigned char* octets, long long size, long long link, long long at, long long end
) except? -1 nogil
cdef Py_ssize_t ethertype(
    const unsigned char* octets, long long size, long long at, long long end
) except? -1 nogil
cdef Py_ssize_t _nflog(
    const unsigned char* octets, long long size, long long at, long long end
) except? -1 nogil
cdef Py_ssize_t _mpls(
    const unsigned char* octets, long long size, long long at, long long end
) except? -1 nogil
cdef Py_ssize_t seen_at(
    const unsigned char* octets, long long size, long long link, long long at, long long end
) except? -1 nogil
