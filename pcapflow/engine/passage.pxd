cimport cython

from pcapflow.engine.batch cimport Batch
from pcapflow.engine.blocks cimport PcapngRecords
from pcapflow.engine.descriptor cimport read_into
from pcapflow.engine.records cimport PcapRecords
from pcapflow.engine.relay cimport Relay
from pcapflow.engine.segments cimport Decoder
from pcapflow.engine.sight cimport Sight

@cython.final
cdef class Passage:
    cdef Decoder decoder
    cdef Sight reader
    cdef PcapRecords records
    cdef PcapngRecords blocks
    cdef bint classic
    cdef readonly long long drained, rest
    cpdef Py_ssize_t fill(
        self, const unsigned char[::1] octets, long long start, long long base, Batch batch
    ) except? -1
    cpdef Py_ssize_t pour(
        self, const unsigned char[::1] octets, long long start, long long base, Relay relay
    ) except? -1
    cpdef Py_ssize_t drain(
        self, int descriptor, unsigned char[::1] buffer, long long front, long long rest,
        long long base, Relay relay
    ) except? -1
    cdef Py_ssize_t _drain(
        self, int descriptor, unsigned char[::1] buffer, long long front, long long base,
        Relay relay
    ) except? -1 nogil
    cdef bint _damaged(self) noexcept nogil
    cdef Py_ssize_t _look(self, const unsigned char[::1] octets) except -1
    cdef Py_ssize_t _fill(
        self, long long start, long long end, long long base, Batch batch
    ) except? -1 nogil
    cdef Py_ssize_t _pour(
        self, long long start, long long end, long long base, Relay relay
    ) except? -1 nogil
