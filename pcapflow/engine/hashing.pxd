# The compiled form of hashing.py, inlined where it is used; the seeds are that module's alone.
from pcapflow.engine.layout cimport Row, Segment

cdef extern from *:
    """
    static inline unsigned long long pcapflow_fold(unsigned long long a, unsigned long long b) {
    #ifdef __SIZEOF_INT128__
        unsigned __int128 product = (unsigned __int128)a * b;
        return (unsigned long long)(product >> 64) ^ (unsigned long long)product;
    #else
        unsigned long long low = 0xFFFFFFFF, ah = a >> 32, al = a & low, bh = b >> 32, bl = b & low;
        unsigned long long middle = ah * bl + (al * bl >> 32), other = al * bh + (middle & low);
        return (ah * bh + (middle >> 32) + (other >> 32)) ^ a * b;
    #endif
    }
    """
    unsigned long long fold "pcapflow_fold"(
        unsigned long long a, unsigned long long b
    ) noexcept nogil

cdef unsigned long long _seed_a, _seed_b

cdef inline unsigned long long end_word(
    unsigned long long high, unsigned long long low, unsigned long long port
) noexcept nogil:
    if high or low >> 32:
        low = fold(high ^ _seed_a, low ^ _seed_b)
    return low ^ port << 32

cdef inline long long pair_hash(unsigned long long one, unsigned long long other) noexcept nogil:
    cdef unsigned long long once = fold(min(one, other) ^ _seed_a, max(one, other) ^ _seed_b)
    return <long long>(fold(once, _seed_a) >> 33)

cdef inline long long identify(Segment* segment) noexcept nogil:
    cdef unsigned long long ports = segment.ports
    cdef unsigned long long source = end_word(segment.src_hi, segment.src_lo, ports >> 16)
    cdef unsigned long long target = end_word(segment.dst_hi, segment.dst_lo, ports & 0xFFFF)
    segment.order = source > target
    segment.tag = pair_hash(source, target)
    return 0

cdef inline long long order_of(Row* row) noexcept nogil:
    cdef unsigned long long ports = row.ports
    cdef unsigned long long client = end_word(row.client_hi, row.client_lo, ports >> 16)
    return client > end_word(row.server_hi, row.server_lo, ports & 0xFFFF)

cdef inline long long sign(Segment* segment) noexcept nogil:
    # Fields narrower than a word go to locals first: see layout.pxd.
    cdef unsigned long long seq = segment.seq, tsval = segment.tsval, ports = segment.ports
    cdef unsigned long long checksum = segment.checksum, ip_id = segment.ip_id
    cdef unsigned long long length = segment.length, flags = segment.flags
    return <long long>(
        fold(
            seq << 32 ^ segment.ack ^ <unsigned long long>0x2C1B3C6D297A2D39,
            tsval << 32 ^ checksum << 16 ^ ip_id ^ <unsigned long long>0x1B56C4E93243F6A9,
        )
        ^ ports << 24 ^ length << 16 ^ flags
    )
