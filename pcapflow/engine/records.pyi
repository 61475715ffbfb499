from pcapflow.engine.batch import Batch
from pcapflow.engine.sight import Sight

FILE_HEADER: int

class PcapRecords(Sight):
    little: int
    unit: int
    link: int
    header: int
    frames: int
    fault_offset: int
    fault_size: int
    def __init__(self, little: bool, unit: int, link: int, header: int = 16) -> None: ...
    @property
    def fault(self) -> str | None: ...
    def scan(self, start: int, end: int, base: int, batch: Batch) -> int: ...
