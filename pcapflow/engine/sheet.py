"""The numbers that a packed row is written as: put down one after the other, got in that order.

``sheet.pxd`` is the same for the compiled engine, inlined where it is used.
"""

from __future__ import annotations

from array import array

NUMBERS = 320  # 96 events of two, the ring of 16, 100 fields


class Sheet:
    """``at``: where the next number is put, or got."""

    __slots__ = ("at", "numbers")

    def __init__(self) -> None:
        self.at = 0
        self.numbers = array("q", bytes(8 * NUMBERS))


def put(sheet: Sheet, value: int) -> int:
    """Write a number."""
    sheet.numbers[sheet.at] = value
    sheet.at += 1
    return 0


def get(sheet: Sheet) -> int:
    """Read a number."""
    number = sheet.numbers[sheet.at]
    sheet.at += 1
    return number


def put_time(sheet: Sheet, at: int, since: int) -> int:
    """A time, or -1: as 0."""
    return put(sheet, (at - since + (at >= since)) * (at >= 0))


def get_time(sheet: Sheet, since: int) -> int:
    """Read a time, or -1."""
    ahead = get(sheet)
    return since + ahead - (ahead > 0) if ahead else -1
