"""Times as the edge writes them: UTC, from nanoseconds since the epoch."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache

_SECOND = 1_000_000_000


def iso(at: int) -> str:
    """ISO 8601 with nine digits: ``2026-11-22T10:00:03.120000000Z``."""
    return f"{_whole(at // _SECOND)}.{at % _SECOND:09}Z"


def date_and_clock(at: int) -> str:
    """For people, to the second: ``2026-11-22 10:00:03 UTC``."""
    return f"{_whole(at // _SECOND).replace('T', ' ')} UTC"


def moment(at: int) -> str:
    """For people, to the millisecond: ``2026-11-22 10:00:03.120 UTC``."""
    return f"{_whole(at // _SECOND).replace('T', ' ')}.{at % _SECOND // 1_000_000:03} UTC"


@lru_cache(maxsize=4096)
def _whole(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")
