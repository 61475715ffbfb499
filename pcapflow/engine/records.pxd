cimport cython

from pcapflow.engine.batch cimport Batch
from pcapflow.engine.layout cimport Packet, packet_at
from pcapflow.engine.octets cimport be32, le32, span_of
from pcapflow.engine.sight cimport Sight

@cython.final
cdef class PcapRecords(Sight):
    cdef public long long little, unit, link, header, frames, fault_offset, fault_size
    cpdef Py_ssize_t scan(
        self, long long start, long long end, long long base, Batch batch
    ) except? -1 nogil
    cdef Py_ssize_t _scan(
        self, long long start, long long end, long long base, Batch batch
    ) except? -1 nogil
