# Memory in chunks that stay where they are, and memory that will be needed soon.
cdef extern from *:
    """
    #include <stddef.h>
    #include <stdint.h>
    #include <stdlib.h>

    /* Most lines that are fetched are written next.  Other processors' copies of them go at once by
       PREFETCHW, which GCC does not use unless it is told of a processor that has it.  To those that
       have not (Intel's before Broadwell) it is a NOP, and nothing is fetched ahead of time. */
    #if defined(__GNUC__) && defined(__x86_64__)
    #define pcapflow_fetch(address) __asm__ volatile("prefetchw %0" : : "m"(*(const char *)(address)))
    #elif defined(__GNUC__) || defined(__clang__)
    #define pcapflow_fetch(address) __builtin_prefetch(address, 1)
    #else
    #define pcapflow_fetch(address) ((void)(address))
    #endif

    /* Rows are looked at in no order at all.  In pages of 4 KB some thousands of them need more
       entries than a processor's table of pages has; in huge pages a dozen are enough.  Where
       such a page begins is not malloc's to say: a chunk takes one more of addresses, but none of
       memory. */
    #ifdef __linux__
    #include <sys/mman.h>
    #define PCAPFLOW_PAGE 2097152  /* of x86-64, and of ARM64 with pages of 4 KB */
    #define pcapflow_in_huge_pages(at, size) ((void)madvise(at, size, MADV_HUGEPAGE))
    #else
    #define PCAPFLOW_PAGE 64
    #define pcapflow_in_huge_pages(at, size) ((void)(at))
    #endif

    typedef struct {
        void **starts;
        void **blocks;
        size_t count;
    } pcapflow_chunks;

    static inline int pcapflow_add_chunk(pcapflow_chunks *chunks, size_t size) {
        size_t room = (chunks->count + 1) * sizeof(void *);
        /* A short capture shall not pay for the clearing of a huge page. */
        size_t usual = chunks->count ? 0 : PCAPFLOW_PAGE;
        void **starts = realloc(chunks->starts, room);
        if (!starts) return 0;
        chunks->starts = starts;
        void **blocks = realloc(chunks->blocks, room);
        if (!blocks) return 0;
        chunks->blocks = blocks;
        char *block = malloc(size + PCAPFLOW_PAGE);
        if (!block) return 0;
        char *start = block + (PCAPFLOW_PAGE - (uintptr_t)block % PCAPFLOW_PAGE);
        if (size > usual) pcapflow_in_huge_pages(start + usual, size - usual);
        blocks[chunks->count] = block;
        starts[chunks->count++] = start;
        return 1;
    }

    static inline void pcapflow_drop_chunks(pcapflow_chunks *chunks) {
        while (chunks->count) free(chunks->blocks[--chunks->count]);
        free(chunks->blocks);
        free(chunks->starts);
    }
    """
    ctypedef struct Chunks "pcapflow_chunks":
        void** starts
        size_t count

    void fetch "pcapflow_fetch"(const void* address) noexcept nogil
    bint add_chunk "pcapflow_add_chunk"(Chunks* chunks, size_t size) noexcept
    void drop_chunks "pcapflow_drop_chunks"(Chunks* chunks) noexcept
