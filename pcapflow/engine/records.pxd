cimport cython

from pcapflow.engine.batch cimport Batch
from pcapflow.engine.octets cimport u32, u32le

@cython.final
cdef class PcapRecords:
    cdef public long long little, unit, link, header, frames, fault_offset, fault_size
    cdef public str fault
    cpdef Py_ssize_t scan(
        self, const unsigned char[::1] octets, long long start, long long end, long long base,
        Batch batch
    ) except? -1
    cdef Py_ssize_t _scan(
        self, const unsigned char[::1] octets, long long start, long long end, long long base,
        Batch batch
    ) except? -1 nogil
