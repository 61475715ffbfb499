from pcapflow.engine.batch import Batch
from pcapflow.engine.clock import Clock
from pcapflow.engine.connections import Connections
from pcapflow.engine.events import Events
from pcapflow.engine.log import Log
from pcapflow.engine.plain import Plain
from pcapflow.engine.relay import Relay
from pcapflow.engine.rows import Rows

class Tracker:
    connections: Connections
    plain: Plain
    log: Log
    events: Events
    clock: Clock
    rows: Rows
    dissolved: dict[int, int]
    reports: dict[int, tuple[int, int, int]]
    def __init__(self, node_limit: int = 65_536) -> None: ...
    def track(self, batch: Batch) -> int: ...
    def follow(self, relay: Relay, most: int) -> bool: ...
    def close(self) -> None: ...
