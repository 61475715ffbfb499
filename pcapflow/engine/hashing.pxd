# The compiled form of hashing.py, inlined where it is used; the seeds are that module's alone.
from pcapflow.engine.layout cimport Segment

cdef long long _seed_a, _seed_b

cdef inline long long end_hash(long long high, long long low, long long port) noexcept nogil:
    cdef long long low32 = 0xFFFFFFFF
    cdef long long h = ((low & low32) ^ _seed_a) * 0x2C1B3C6D
    if high or low >> 32:
        h = (((h >> 31) ^ h ^ low >> 32) & low32) * 0x297A2D39
        h = (((h >> 29) ^ h ^ high) & low32) * 0x1B56C4E9
        h = (((h >> 31) ^ h ^ high >> 32) & low32) * 0x3243F6A9
    h = (((h >> 31) ^ h ^ port ^ _seed_b) & low32) * 0x297A2D39
    return ((h >> 29) ^ h) & 0x3FFFFFFF

cdef inline long long tag(Segment* segment) noexcept nogil:
    return (
        end_hash(segment.src_hi, segment.src_lo, segment.ports >> 16)
        + end_hash(segment.dst_hi, segment.dst_lo, segment.ports & 0xFFFF)
    ) & 0x7FFFFFFF

cdef inline long long sign(Segment* segment) noexcept nogil:
    # Fields narrower than a word go to locals first: see layout.pxd.
    cdef long long low32 = 0xFFFFFFFF
    cdef long long checksum = segment.checksum, ip_id = segment.ip_id, flags = segment.flags
    return (
        segment.seq * 0x2C1B3C6D
        ^ segment.ack * 0x297A2D39
        ^ (segment.tsval & low32) * 0x1B56C4E9
        ^ ((checksum << 16 ^ ip_id) & low32) * 0x3243F6A9
        ^ flags << 40
        ^ segment.length << 1
        ^ segment.ports << 8
    )
