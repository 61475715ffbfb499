from pcapflow.engine.batch import Batch
from pcapflow.engine.sight import Sight

class Decoder(Sight):
    packets: int
    tcp_packets: int
    thorough: bool
    def __init__(self) -> None: ...
    def skipped(self) -> dict[str, int]: ...
    def decode(self, base: int, batch: Batch) -> int: ...
