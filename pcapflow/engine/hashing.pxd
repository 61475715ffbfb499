from pcapflow.engine.layout cimport Segment

cdef long long tag(Segment* segment) noexcept nogil
cdef long long end_hash(long long high, long long low, long long port) noexcept nogil
