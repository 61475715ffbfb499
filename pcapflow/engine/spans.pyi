from collections.abc import Sequence

class Span:
    def __init__(
        self,
        since: tuple[int, ...],
        data_of: int = -1,
        until: int = -1,
        sent_of: int = -1,
        idle_of: int = -1,
    ) -> None: ...

class Waits:
    counts: Sequence[int]
    affected: int
    longest: int
    def __init__(
        self, waits: tuple[tuple[Span, tuple[tuple[int, int], ...]], ...], kinds: int
    ) -> None: ...
