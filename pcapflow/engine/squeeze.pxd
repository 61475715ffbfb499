# Eight octets at once; the compiled form of what squeeze.py begins with.  A compiler makes a single
# instruction of the shifts where the lowest octet comes first anyway.
cdef extern from *:
    """
    #if defined(__GNUC__) || defined(__clang__)
    static inline int pcapflow_octets_of(unsigned long long n) {
        return (((63 ^ __builtin_clzll(n | 1)) + 8) >> 3) - !n;  /* no branch: many are 0 */
    }
    #else
    static inline int pcapflow_octets_of(unsigned long long n) {
        int octets = 0;
        for (; n; n >>= 8) octets++;
        return octets;
    }
    #endif
    static inline unsigned long long pcapflow_word_at(const unsigned char *octets, long long at) {
        const unsigned char *p = octets + at;
        return (unsigned long long)p[0] | (unsigned long long)p[1] << 8
             | (unsigned long long)p[2] << 16 | (unsigned long long)p[3] << 24
             | (unsigned long long)p[4] << 32 | (unsigned long long)p[5] << 40
             | (unsigned long long)p[6] << 48 | (unsigned long long)p[7] << 56;
    }
    static inline void pcapflow_put_word(unsigned char *octets, long long at, unsigned long long n) {
        unsigned char *p = octets + at;
        p[0] = (unsigned char)n; p[1] = (unsigned char)(n >> 8);
        p[2] = (unsigned char)(n >> 16); p[3] = (unsigned char)(n >> 24);
        p[4] = (unsigned char)(n >> 32); p[5] = (unsigned char)(n >> 40);
        p[6] = (unsigned char)(n >> 48); p[7] = (unsigned char)(n >> 56);
    }
    static inline unsigned long long pcapflow_lowest(unsigned long long word, long long length) {
        static const unsigned long long masks[16] = {
            0, 0xff, 0xffff, 0xffffff, 0xffffffff, 0xffffffffff, 0xffffffffffff,
            0xffffffffffffff, 0xffffffffffffffff
        };
        return word & masks[length & 15];
    }
    """
    unsigned long long octets_of "pcapflow_octets_of"(unsigned long long number) noexcept nogil
    unsigned long long word_at "pcapflow_word_at"(const unsigned char* octets, long long at) noexcept nogil
    void put_word "pcapflow_put_word"(unsigned char* octets, long long at, unsigned long long word) noexcept nogil
    unsigned long long lowest "pcapflow_lowest"(unsigned long long word, long long length) noexcept nogil

cdef enum:
    GROUP = 16
    LONGEST = 136

cdef Py_ssize_t squeeze(long long* numbers, long long count, unsigned char* octets) noexcept nogil
cdef Py_ssize_t spread(const unsigned char* octets, long long groups, long long* numbers) noexcept nogil
