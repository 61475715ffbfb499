from pcapflow.engine.log import Log

class Events:
    log: Log
    duplicates: int
    def __init__(self, log: Log) -> None: ...
