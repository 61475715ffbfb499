from pcapflow.engine.connections cimport Connections
from pcapflow.engine.layout cimport Row, Side, side_of
from pcapflow.engine.log cimport Log
from pcapflow.engine.marks cimport marks_of
from pcapflow.engine.track cimport Tracker

cdef tuple _side(Side* side)
