from array import array
from collections.abc import Callable, Sequence

from pcapflow.engine.spans import Span, Waited, Waits
from pcapflow.engine.track import Tracker

EXAMPLES: int
MAX_GROUPS: int

class Groups:
    count: int
    two_msl: int
    examples: int
    most: int
    asked: dict[tuple[int, int], Waits | None]
    def __init__(
        self,
        tracker: Tracker,
        two_msl: int,
        waits: Callable[[int, int], Waits | None],
        examples: int = ...,
        *,
        whole: bool = False,
    ) -> None: ...
    def shapes(self, most: int) -> list[tuple[int, int, tuple[int, ...]]]: ...
    def take(self, indexes: array[int], keep: bool) -> list[int]: ...
    def key(self, group: int) -> tuple[tuple[int, int], tuple[int, int, int, int], int]: ...
    def rows(self, group: int, most: int = -1) -> list[int]: ...
    def waited(self, group: int) -> Waited | None: ...
    def lengths(self, group: int, span: Span) -> Sequence[int]: ...
    def clients(self, group: int) -> tuple[Sequence[int], Sequence[int], Sequence[int]]: ...
