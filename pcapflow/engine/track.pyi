from pcapflow.engine.batch import Batch
from pcapflow.engine.clock import Clock
from pcapflow.engine.connections import Connections
from pcapflow.engine.events import Events
from pcapflow.engine.log import Log
from pcapflow.engine.plain import Plain

QUIET: int

class Tracker:
    connections: Connections
    plain: Plain
    log: Log
    events: Events
    clock: Clock
    linger: int
    dissolved: dict[int, int]
    finished: list[int]
    def __init__(self, node_limit: int = 65_536) -> None: ...
    def track(self, batch: Batch) -> int: ...
    def close(self) -> None: ...
    def open_rows(self) -> list[int]: ...
    def number(self, index: int) -> int: ...
    def release(self, index: int) -> None: ...
