from pcapflow.engine.batch cimport Batch
from pcapflow.engine.layout cimport (
    MARK_GUESSED, MARK_MID_STREAM, ROW_FREE, ROW_OPEN, TH_ACK, TH_SYN, Row, Side
)

cdef class Connections:
    cdef Row* rows
    cdef list interpreted_rows
    cdef long long[::1] slots
    cdef long long seed_a, seed_b
    cdef long long capacity, free, mask, load
    cdef public long long opened, used, limit
    cdef Row* at(self, long long index) except NULL nogil
    cdef long long find(self, Batch batch, long long i) except? -2 nogil
    cdef long long end_of(self, Row* row, Batch batch, long long i) noexcept nogil
    cdef bint same_client(self, Row* row, Row* other) noexcept nogil
    cdef long long open(self, Batch batch, long long i) except? -2 nogil
    cdef long long take_over(self, long long index, long long older) except? -2 nogil
    cdef long long forget(self, long long index) except? -2 nogil
    cdef long long release(self, long long index) except? -2 nogil
    cdef long long _hash(self, Batch batch, long long i) noexcept nogil
    cdef long long _hash_row(self, Row* row) noexcept nogil
    cdef long long _insert(self, long long tag, long long index) except? -2 nogil
    cdef long long _rehash(self) except -1
    cdef long long _more_rows(self) except -1
    cdef long long _reset_side(self, Side* side) noexcept nogil
