from pcapflow.engine.layout cimport (
    OPT_DSACK, OPT_SACK, OPT_SACK_PERMITTED, OPT_SCALE_SHIFT, OPT_TIMESTAMP, OPT_WINDOW_SCALE,
    Segment
)
from pcapflow.engine.octets cimport be32, octet, rest_of, span_of
from pcapflow.engine.serial cimport diff

cdef Py_ssize_t options(
    const unsigned char* octets, long long size, long long at, long long end, Segment* segment
) except? -1 nogil
cdef Py_ssize_t _sack(Segment* segment, const unsigned char* option, long long width) noexcept nogil
