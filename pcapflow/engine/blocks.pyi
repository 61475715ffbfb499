from pcapflow.engine.batch import Batch

FAULTS: tuple[str, ...]

class PcapngRecords:
    little: int
    frames: int
    fault: str | None
    fault_offset: int
    fault_size: int
    links: list[int]
    skip: int
    thorough: bool
    def __init__(self) -> None: ...
    @property
    def interfaces(self) -> int: ...
    def scan(self, octets: memoryview, start: int, end: int, base: int, batch: Batch) -> int: ...
