from pcapflow.engine.log import Log
from pcapflow.engine.stream import Stream

class Events:
    log: Log
    stream: Stream
    duplicates: int
    def __init__(self, log: Log) -> None: ...
