# What the processor and the kernel may be told of memory.  Hints: nothing else comes of them.
cdef extern from *:
    """
    #if defined(__GNUC__) || defined(__clang__)
    #define pcapflow_fetch(address) __builtin_prefetch(address, 1)
    #else
    #define pcapflow_fetch(address) ((void)(address))
    #endif

    #if defined(__linux__)
    #include <sys/mman.h>
    #endif
    #include <stdint.h>
    static inline void pcapflow_large_pages(void *block, long long octets) {
    #if defined(MADV_HUGEPAGE)
        uintptr_t page = 1 << 21, from = ((uintptr_t)block + page - 1) & ~(page - 1);
        uintptr_t to = ((uintptr_t)block + (uintptr_t)octets) & ~(page - 1);
        if (from < to) madvise((void *)from, to - from, MADV_HUGEPAGE);
    #else
        (void)block, (void)octets;
    #endif
    }
    """
    # This address will be read or written soon: let its cache line come.
    void fetch "pcapflow_fetch"(const void* address) noexcept nogil
    # This block is used here and there: pages of 2 MiB need fewer look-ups than those of 4 KiB.
    void large_pages "pcapflow_large_pages"(void* block, long long octets) noexcept nogil
