from pcapflow.engine.batch import Batch

REASONS: dict[int, str]
LINK_NAMES: dict[int, str]

class Decoder:
    packets: int
    tcp_packets: int
    def __init__(self) -> None: ...
    def skipped(self) -> dict[str, int]: ...
    def decode(self, octets: memoryview, base: int, batch: Batch) -> int: ...
