from array import array
from collections.abc import Container

from pcapflow.engine.asleep import Asleep

QUIET: int
AWAKE: int

class Rows:
    asleep: Asleep
    linger: int
    awake: int
    most: int
    evicted: int
    finished: array[int]
    places: bool
    def number(self, index: int) -> int: ...
    def release(self, index: int) -> int: ...
    def open(self) -> array[int]: ...
    def find(self, numbers: Container[int]) -> dict[int, int]: ...
