from pcapflow.engine.connections cimport Connections
from pcapflow.engine.layout cimport Row, Side, side_of
from pcapflow.engine.log cimport Log
from pcapflow.engine.marks cimport marks_of
from pcapflow.engine.serial cimport diff
from pcapflow.engine.track cimport Tracker

cdef tuple _side(Side* side)
cdef long long _unacknowledged(Side* side) noexcept nogil
