cimport cython

from pcapflow.engine.layout cimport REPEAT, SHAPE_LENGTH, Kept, Row, Side, kept_at, side_of
from pcapflow.engine.log cimport Log
from pcapflow.engine.spans cimport Waits
from pcapflow.engine.track cimport Tracker

@cython.final
cdef class Template:
    cdef bytes text
    cdef long long[::1] ends, what, which, event, end, leaves, sum, stay, most, late
    cdef long long events, room

@cython.final
cdef class Writer:
    cdef Tracker tracker
    cdef long long two_msl, lists, most, at
    cdef object clock, span, buffer
    cdef list clocks
    cdef unsigned char[::1] octets
    cdef long long[::1] listed, seconds, times, frames, steps, sums, entered, begun
    cdef bint _find(self, Template template, Row* row) except -1
    cdef bint _replay(self, Template template, Row* row, long long now) except -1
    cdef bint _fill(self, Template template, Row* row, long long what, long long which) except -1
    cdef bint _put_frames(self, Row* row, long long which) except -1
    cdef bint _put_frame(self, long long frame) except -1
    cdef bint _put_time(self, long long at) except -1
    cdef bint _put_seconds(self, long long span) except -1
    cdef bint _put_number(self, long long value) except -1
    cdef bint _put_digits(self, long long value, long long digits) except -1
    cdef bint _put(self, bytes text, long long begin, long long stop) except -1
    cdef bint _clear(self, long long room) except -1
