from pcapflow.engine.batch import Batch

FAULTS: tuple[str, ...]

class PcapngRecords:
    little: int
    frames: int
    fault: str | None
    fault_offset: int
    fault_size: int
    interfaces: int
    links: list[int]
    skip: int
    def __init__(self) -> None: ...
    def scan(self, octets: memoryview, start: int, end: int, base: int, batch: Batch) -> int: ...
