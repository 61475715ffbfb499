# Asks the processor for a line of memory that will be needed soon; nothing else comes of it.
cdef extern from *:
    """
    #if defined(__GNUC__) || defined(__clang__)
    #define pcapflow_fetch(address) __builtin_prefetch(address, 1)
    #else
    #define pcapflow_fetch(address) ((void)(address))
    #endif
    """
    void fetch "pcapflow_fetch"(const void* address) noexcept nogil
