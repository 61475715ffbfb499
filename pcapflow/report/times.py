"""Times as the edge writes them: UTC, from nanoseconds since the epoch."""

from __future__ import annotations

from functools import lru_cache
from time import gmtime

_SECOND = 1_000_000_000
_STEPS = (1, 2, 5)
_FEW = 600  # moments, where nobody says how many


def iso(at: int) -> str:
    """ISO 8601 with nine digits: ``2026-11-22T10:00:03.120000000Z``."""
    return f"{whole(at // _SECOND)}.{at % _SECOND:09}Z"


def date_and_clock(at: int) -> str:
    """For people, to the second: ``2026-11-22 10:00:03 UTC``."""
    return f"{whole(at // _SECOND).replace('T', ' ')} UTC"


def moment(at: int) -> str:
    """For people, to the millisecond: ``2026-11-22 10:00:03.120 UTC``."""
    return f"{whole(at // _SECOND).replace('T', ' ')}.{at % _SECOND // 1_000_000:03} UTC"


def step(length: int) -> int:
    """A round number of ns of which a length has at most as many as anybody wants to see."""
    unit = 1
    while True:
        for each in _STEPS:
            if length // (unit * each) <= _FEW:
                return unit * each
        unit *= 10


@lru_cache(maxsize=4096)
def whole(seconds: int) -> str:
    """Seconds since the epoch: ``2026-11-22T10:00:03``."""
    year, month, day, hour, minute, second, *_ = gmtime(seconds)
    return f"{year}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}"
