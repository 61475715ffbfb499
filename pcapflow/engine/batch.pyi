from collections.abc import Sequence

RECORD_COLUMNS: tuple[str, ...]
SEGMENT_COLUMNS: tuple[str, ...]

class Batch:
    capacity: int
    records: int
    count: int
    start: Sequence[int]
    captured: Sequence[int]
    original: Sequence[int]
    when: Sequence[int]
    link: Sequence[int]
    interface: Sequence[int]
    number: Sequence[int]
    time: Sequence[int]
    frame: Sequence[int]
    offset: Sequence[int]
    iface: Sequence[int]
    src_hi: Sequence[int]
    src_lo: Sequence[int]
    dst_hi: Sequence[int]
    dst_lo: Sequence[int]
    ports: Sequence[int]
    version: Sequence[int]
    seq: Sequence[int]
    ack: Sequence[int]
    flags: Sequence[int]
    window: Sequence[int]
    length: Sequence[int]
    ttl: Sequence[int]
    ip_id: Sequence[int]
    checksum: Sequence[int]
    options: Sequence[int]
    tsval: Sequence[int]
    sign: Sequence[int]
    tag: Sequence[int]
    conn: memoryview
    end: Sequence[int]
    codes: Sequence[int]
    duplicate: Sequence[int]
    def __init__(self, capacity: int = 4096) -> None: ...
    def check(self) -> None: ...
