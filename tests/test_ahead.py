"""Working ahead: all batches in order; errors and ends arrive where they belong, threads end."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from pcapflow.ahead import ahead
from pcapflow.capture.source import open_capture
from pcapflow.engine.batch import Batch
from pcapflow.engine.relay import Relay


def nothing() -> None:
    """No need to wake work that waits for nothing."""


def counting(limit: int) -> Callable[[Relay], None]:
    """Work that hands on batches with 1, 2, 3 ... segments, all zeros."""

    def work(relay: Relay) -> None:
        for value in range(1, limit + 1):
            relay.filling.count = value
            if not relay.give():
                return

    return work


def seen(relay: Relay) -> Iterator[int]:
    while relay.next():
        yield relay.using.count


def threads() -> set[str]:
    return {thread.name for thread in threading.enumerate()}


@contextmanager
def standard_input(descriptor: int) -> Iterator[None]:
    saved = os.dup(0)
    os.dup2(descriptor, 0)
    try:
        yield
    finally:
        os.dup2(saved, 0)
        os.close(saved)


@pytest.mark.parametrize("places", [1, 2, 8])
@pytest.mark.parametrize("limit", [0, 1, 3, 500])
def test_all_batches_in_order(places: int, limit: int) -> None:
    relay = Relay(500, places)
    with ahead(counting(limit), relay, nothing):
        assert list(seen(relay)) == list(range(1, limit + 1))
        assert not relay.next()
    assert "work-ahead" not in threads()


def test_a_batch_stays_until_the_next_is_asked_for() -> None:
    relay = Relay(200, 1)
    with ahead(counting(200), relay, nothing):
        for expected in range(1, 201):
            assert relay.next()
            assert relay.using.count == expected
            assert len(relay.using.tracked()) == expected


def test_an_error_comes_after_all_batches_before_it() -> None:
    def work(relay: Relay) -> None:
        counting(3)(relay)
        raise OSError("the disk is gone")

    relay = Relay(8)
    with pytest.raises(OSError, match="gone"), ahead(work, relay, nothing):
        assert list(seen(relay)) == [1, 2, 3]
    assert "work-ahead" not in threads()


def test_closing_early_stops_the_thread() -> None:
    relay = Relay(1)

    def work(relay: Relay) -> None:
        while relay.give():
            pass

    with ahead(work, relay, nothing):
        assert relay.next()
    assert "work-ahead" not in threads()


def test_closing_wakes_a_read_that_waits_for_a_pipe() -> None:
    reading, writing = os.pipe()
    os.write(writing, b"some octets")
    with standard_input(reading), open_capture("-") as source:

        def work(relay: Relay) -> None:
            buffer = memoryview(bytearray(64))
            while source.readinto(buffer):
                relay.give()

        with ahead(work, Relay(1), source.cancel):
            pass
        assert "work-ahead" not in threads()
    for descriptor in (reading, writing):
        os.close(descriptor)


def test_batches_exchange_all_they_have() -> None:
    one, other = Batch(3), Batch(5)
    one.count = 2
    one.swap(other)
    assert (one.capacity, one.count, other.capacity, other.count) == (5, 0, 3, 2)
    assert len(other.tracked()) == 2


@pytest.mark.parametrize("places", [0, 9])
def test_a_relay_has_room_for_a_few_batches(places: int) -> None:
    with pytest.raises(ValueError, match="has 1"):
        Relay(1, places)
