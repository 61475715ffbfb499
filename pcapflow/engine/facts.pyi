from pcapflow.engine.track import Tracker
from pcapflow.values import Record

class SideFacts(Record):
    packets: int
    octets: int
    last: int
    last_data: int
    fin_count: int
    fin_acked_frame: int
    rsts: int
    rtt: int
    unacknowledged: int
    idle: int

class Facts(Record):
    number: int
    version: int
    tunnel: int
    client: tuple[int, int]
    server: tuple[int, int]
    ports: int
    first: int
    last: int
    end: int
    marks: int
    duplicates: int
    node: int
    whole: bool
    history: tuple[int, int, int]
    sides: tuple[SideFacts, SideFacts]
    events: list[tuple[int, int, int, bool]]
    reports: tuple[tuple[int, int, int] | None, tuple[int, int, int] | None]

class Outline(Record):
    node: int
    marks: int
    kind: tuple[int, ...]
    number: int
    client: tuple[int, int, int]
    server: tuple[int, int, int]
    ports: int
    letters: tuple[int, int, int, bool]
    rtts: tuple[int, int]

def outline(tracker: Tracker, index: int, two_msl: int, most: int) -> Outline | None: ...
def facts(tracker: Tracker, index: int) -> Facts: ...
