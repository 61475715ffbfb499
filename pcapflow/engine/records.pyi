from pcapflow.engine.batch import Batch

FILE_HEADER: int

class PcapRecords:
    little: int
    unit: int
    link: int
    header: int
    frames: int
    fault: str | None
    fault_offset: int
    fault_size: int
    def __init__(self, little: bool, unit: int, link: int, header: int = 16) -> None: ...
    def scan(self, octets: memoryview, start: int, end: int, base: int, batch: Batch) -> int: ...
