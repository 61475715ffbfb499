from array import array
from collections.abc import Sequence

from pcapflow.engine.track import Tracker

class Span:
    def __init__(
        self,
        since: tuple[int, ...],
        data_of: int = -1,
        until: int = -1,
        sent_of: int = -1,
        idle_of: int = -1,
        *,
        late: bool = False,
    ) -> None: ...

class Waits:
    what: list[tuple[tuple[object, ...], tuple[tuple[int, int], ...]]]
    kinds: int
    def __init__(
        self, waits: tuple[tuple[Span, tuple[tuple[int, int], ...]], ...], kinds: int
    ) -> None: ...

class Waited:
    waits: Waits
    counts: Sequence[int]
    affected: int
    longest: int
    def __init__(self, waits: Waits) -> None: ...

class Moments:
    # Lines begin with the row's index and the connection's number; its first and last time, and
    # when its capture ended; IP version; address high, low and port of client, then of server.
    def __init__(self, events: tuple[int, ...], late: frozenset[int]) -> None: ...
    def table(self, tracker: Tracker, rows: list[int]) -> array[int]: ...
