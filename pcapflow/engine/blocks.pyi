from pcapflow.engine.batch import Batch
from pcapflow.engine.sight import Sight

FAULTS: tuple[str, ...]

class PcapngRecords(Sight):
    little: int
    frames: int
    fault_offset: int
    fault_size: int
    links: list[int]
    skip: int
    thorough: bool
    def __init__(self) -> None: ...
    @property
    def interfaces(self) -> int: ...
    @property
    def fault(self) -> str | None: ...
    def scan(self, start: int, end: int, base: int, batch: Batch) -> int: ...
