from pcapflow.engine.batch import Batch
from pcapflow.engine.blocks import PcapngRecords
from pcapflow.engine.records import PcapRecords
from pcapflow.engine.relay import Relay
from pcapflow.engine.segments import Decoder

class Passage:
    def __init__(self, decoder: Decoder, reader: PcapRecords | PcapngRecords) -> None: ...
    def fill(self, octets: memoryview, start: int, base: int, batch: Batch) -> int: ...
    def pour(self, octets: memoryview, start: int, base: int, relay: Relay) -> int: ...
