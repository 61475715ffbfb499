"""The merge itself: whose turn it is, what is told, and what each row becomes."""

from __future__ import annotations

from array import array
from dataclasses import replace

import pytest

from pcapflow.engine.batch import Batch
from pcapflow.engine.merge import Lane, Merge
from pcapflow.engine.pump import Feed
from pcapflow.engine.segments import Decoder
from tests.wire import Pcapng, Wire
from tests.wire.link import SLL
from tests.wire.link import frames as frames_of

CUSTOM, PEN = 0x0BAD, b"\x00\x00\x80\x00"
ARP = bytes(14) + b"\x08\x06" + bytes(28)


def loaded(
    merge: Merge, lane: Lane, times: list[int], numbers: list[int], rows: list[int]
) -> Batch:
    """Give the lane records with these times and numbers; those numbered in ``rows`` are TCP.

    A number that is left out is a custom block's, which has one and is no packet.
    """
    wire, capture, batch = Wire(), Pcapng(), Batch(8)
    capture.section()
    capture.interface(SLL, tsresol=9)
    last = 0
    for time, number in zip(times, numbers, strict=True):
        for _ in range(number - last - 1):
            capture.block(CUSTOM, PEN)
        last = number
        (frame,) = frames_of(wire.c("ACK", packet_type=4), SLL)
        data = frame.data if number in rows else ARP
        capture.packets([replace(frame, time=time, data=data, length=len(data))])
    list(Feed(Decoder(), hold=True).feed(memoryview(capture.data), lambda: batch))
    assert (batch.records, batch.count) == (len(times), len(rows))
    merge.load(lane, batch)
    return batch


def frames(batch: Batch) -> list[int]:
    return [batch.segment(i)["frame"] for i in range(batch.count)]


def test_records_that_are_no_segments_are_counted() -> None:
    told: list[tuple[int, int, int, int]] = []
    merge = Merge(lambda lane, first, last, shift: told.append((lane.rank, first, last, shift)))
    one, other = Lane(0, 1), Lane(1, 3)
    merge.lanes = [one, other]
    loaded(merge, one, [1, 2, 5], [1, 2, 3], [2, 3])
    loaded(merge, other, [3, 4, 9], [1, 2, 3], [2])
    out = Batch(8)

    assert merge.fill(out) is one
    assert one.dry()
    assert not other.dry()
    assert (frames(out), merge.frames) == ([2, 4, 5], 5)
    assert told == [(0, 1, 2, 0), (1, 1, 2, 2), (0, 3, 3, 2)]


def test_a_full_batch_is_gone_on_with_in_the_next() -> None:
    merge, lane = Merge(), Lane(0, 1)
    merge.lanes = [lane]
    loaded(merge, lane, [1, 2, 3], [1, 2, 3], [1, 2, 3])
    out = Batch(2)

    assert merge.fill(out) is None
    assert (frames(out), merge.frames) == ([1, 2], 2)
    out.count = 0
    assert merge.fill(out) is lane
    assert (frames(out), merge.frames) == ([3], 3)


def test_a_lane_that_is_not_open_is_asked_for_when_its_turn_comes() -> None:
    merge, one, other = Merge(), Lane(0, 1), Lane(1, 3)
    merge.lanes = [one, other]
    loaded(merge, one, [1, 2, 3], [1, 2, 3], [1, 2, 3])
    out = Batch(8)

    assert merge.fill(out) is other  # named last, it comes first of those at 3
    assert frames(out) == [1, 2]


def test_a_batch_that_goes_whole_is_renamed_where_it_lies() -> None:
    merge, one, other = Merge(), Lane(0, 1), Lane(1, 6)
    merge.lanes, merge.frames = [one, other], 10
    one.faces = array("q", [7])
    batch = loaded(merge, one, [1, 5, 2], [1, 2, 4], [2, 4])

    assert merge.whole(one)
    assert (frames(batch), merge.frames, one.number, one.dry()) == ([12, 14], 14, 4, True)
    assert batch.segment(0)["iface"] == 7 << 8 | 4


def test_a_batch_does_not_go_whole_where_another_lane_has_a_turn() -> None:
    merge, one, other = Merge(), Lane(0, 1), Lane(1, 5)
    merge.lanes = [one, other]
    batch = loaded(merge, one, [1, 5, 2], [1, 2, 3], [1, 3])

    assert not merge.whole(one)
    assert (frames(batch), merge.frames) == ([1, 3], 0)


def test_blocks_that_are_numbered_go_with_the_record_before_them() -> None:
    merge, one, other = Merge(), Lane(0, 1), Lane(1, 2)
    merge.lanes = [one, other]
    loaded(merge, other, [2], [1], [1])
    loaded(merge, one, [1, 3], [2, 4], [2, 4])  # 1 and 3 hold no packet
    out = Batch(8)

    assert merge.fill(out) is other
    assert (frames(out), merge.frames) == ([2, 4], 4)


def test_an_interface_without_a_name_is_an_error() -> None:
    merge, lane = Merge(), Lane(0, 1)
    merge.lanes = [lane]
    lane.faces = array("q")
    loaded(merge, lane, [1], [1], [1])

    with pytest.raises(IndexError):
        merge.fill(Batch(8))
    with pytest.raises(IndexError):
        merge.whole(lane)
