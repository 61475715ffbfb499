from collections.abc import Callable

from pcapflow.engine.spans import Waits
from pcapflow.engine.track import Tracker

SLOTS: tuple[str, ...]

class Template:
    def __init__(
        self,
        texts: list[bytes],
        slots: list[tuple[str, int]],
        steps: list[tuple[int, int, bool, int]],
        stays: list[tuple[int, int]],
        events: int,
        late: frozenset[int],
    ) -> None: ...

class Writer:
    def __init__(
        self,
        tracker: Tracker,
        two_msl: int,
        lists: list[frozenset[int]],
        most: int,
        clock: Callable[[int], bytes],
        seconds: Callable[[int], bytes],
    ) -> None: ...
    def waited(self, index: int, waits: Waits) -> bool: ...
    def line(self, template: Template, index: int, given: tuple[bytes, ...]) -> bytes | None: ...
