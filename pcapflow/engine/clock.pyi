STITCHED: int

class Clock:
    now: int
    first: int
    passed: int
    gaps: list[int]
    def end_after(self, last: int) -> int: ...
