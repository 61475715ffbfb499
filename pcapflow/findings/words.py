"""The words that rules and reports share: durations, clock times, counts, lists.

Times are nanoseconds since the epoch, durations nanoseconds.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

MICROSECOND = 1_000
MILLISECOND = 1_000_000
SECOND = 1_000_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR


def clock(at: int) -> str:
    """The time of day in UTC, to the millisecond: ``12:00:03.120``."""
    seconds, rest = divmod(at, SECOND)
    return f"{_of_day(seconds)}.{rest // MILLISECOND:03}"


@lru_cache(maxsize=1024)
def _of_day(seconds: int) -> str:
    minutes, second = divmod(seconds, 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours % 24:02}:{minute:02}:{second:02}"


def duration(span: int) -> str:
    """A duration in the unit and precision that a person would choose: ``66.8 s``, ``8 min``."""
    if span < 0:
        return f"-{duration(-span)}"
    if span == 0:
        return "0 s"
    if span < MICROSECOND:
        return f"{span} ns"
    if span < MILLISECOND:
        return f"{_three_digits(span / MICROSECOND)} µs"
    if span < SECOND:
        return f"{_three_digits(span / MILLISECOND)} ms"
    if span < 2 * MINUTE:
        return f"{_three_digits(span / SECOND)} s"
    if span < 2 * HOUR:
        return _two_units(span, MINUTE, "min", SECOND, "s")
    if span < 2 * DAY:
        return _two_units(span, HOUR, "h", MINUTE, "min")
    return _two_units(span, DAY, "d", HOUR, "h")


def number(count: int) -> str:
    """A count with thousands set apart: ``28,232``."""
    return f"{count:,}"


def plural(count: int, one: str, many: str | None = None) -> str:
    """A count with its noun: ``1 octet``, ``2,000 octets``."""
    return f"{number(count)} {one if count == 1 else many or one + 's'}"


def times(count: int) -> str:
    """How often: ``once``, ``twice``, ``5 times``."""
    return {1: "once", 2: "twice"}.get(count, f"{number(count)} times")


def listing(items: Sequence[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} and {items[-1]}"


def _three_digits(value: float) -> str:
    if value >= 100:
        return f"{value:.0f}"
    return f"{value:.{2 if value < 10 else 1}f}".rstrip("0").rstrip(".")


def _two_units(span: int, large: int, large_name: str, small: int, small_name: str) -> str:
    smalls = (span + small // 2) // small
    whole, rest = divmod(smalls, large // small)
    return f"{whole} {large_name}" + (f" {rest} {small_name}" if rest else "")
