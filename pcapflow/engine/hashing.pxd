from pcapflow.engine.layout cimport Segment

cdef long long tag(Segment* segment) noexcept nogil
