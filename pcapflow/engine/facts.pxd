from pcapflow.engine.connections cimport Connections
from pcapflow.engine.layout cimport Kept, Row, Side
from pcapflow.engine.log cimport Log
from pcapflow.engine.track cimport Tracker

cdef tuple _side(Side* side)
