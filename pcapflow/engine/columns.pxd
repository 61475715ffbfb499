from pcapflow.engine.connections cimport Connections
from pcapflow.engine.layout cimport Row
from pcapflow.engine.track cimport Tracker
