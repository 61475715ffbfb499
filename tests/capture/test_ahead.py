"""Working ahead: all items in order; errors and ends arrive where they belong; no thread stays."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator

import pytest

from pcapflow.capture.ahead import Ahead
from pcapflow.capture.source import open_capture


class Item:
    """Something that is filled, used, and filled again."""

    value = 0


def nothing() -> None:
    """No need to wake work that waits for nothing."""


def counting(limit: int) -> Callable[[Callable[[], Item]], Iterator[Item]]:
    def work(take: Callable[[], Item]) -> Iterator[Item]:
        for value in range(limit):
            item = take()
            item.value = value
            yield item

    return work


def threads() -> set[str]:
    return {thread.name for thread in threading.enumerate()}


@pytest.mark.parametrize("spares", [1, 2, 5])
@pytest.mark.parametrize("limit", [0, 1, 3, 500])
def test_all_items_in_order(spares: int, limit: int) -> None:
    with Ahead(counting(limit), [Item() for _ in range(spares)], nothing) as ahead:
        assert [item.value for item in ahead] == list(range(limit))
        assert list(ahead) == []
    assert "work-ahead" not in threads()


def test_an_item_stays_until_the_next_is_asked_for() -> None:
    with Ahead(counting(200), [Item(), Item()], nothing) as ahead:
        for expected, item in enumerate(ahead):
            assert item.value == expected


def test_an_error_comes_after_all_items_before_it() -> None:
    def work(take: Callable[[], Item]) -> Iterator[Item]:
        yield from counting(3)(take)
        raise OSError("the disk is gone")

    seen: list[int] = []
    with Ahead(work, [Item(), Item()], nothing) as ahead:
        with pytest.raises(OSError, match="gone"):
            seen.extend(item.value for item in ahead)
        assert seen == [] or seen == [0, 1, 2]
    assert "work-ahead" not in threads()


def test_closing_early_stops_the_thread() -> None:
    ahead = Ahead(counting(10_000_000), [Item(), Item()], nothing)
    assert next(iter(ahead)).value == 0
    ahead.close()
    assert "work-ahead" not in threads()


def test_closing_wakes_a_read_that_waits_for_a_pipe() -> None:
    reading, writing = os.pipe()
    os.write(writing, b"some octets")
    saved = os.dup(0)
    os.dup2(reading, 0)
    try:
        with open_capture("-") as source:

            def work(take: Callable[[], Item]) -> Iterator[Item]:
                buffer = memoryview(bytearray(64))
                while source.readinto(buffer):
                    yield take()

            ahead = Ahead(work, [Item()], source.cancel)
            ahead.close()
            assert "work-ahead" not in threads()
    finally:
        os.dup2(saved, 0)
        for descriptor in (saved, reading, writing):
            os.close(descriptor)
