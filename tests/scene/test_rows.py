"""The time axis: to scale where that shows something, stretched for labels, cut in silences."""

from __future__ import annotations

from itertools import pairwise

import pytest

from pcapflow.model import End
from pcapflow.scene.fold import fold
from pcapflow.scene.items import Run
from pcapflow.scene.rows import Rows, place
from pcapflow.scene.steps import Step, steps
from tests.scene.demo import DEMOS, Demo


def placed(demo: Demo) -> Rows:
    connection, segments, _ = demo
    items = fold(connection, steps(connection, segments))
    return place(items, 100, connection.capture_end)


def test_one_scale_holds_for_all_spans_to_scale() -> None:
    spans = [s for s in placed(DEMOS["lost-final-ack"]()).spans if s.mode == "scale"]
    assert [round(s.took / 1e6) for s in spans] == [260, 213]
    first, second = ((s.bottom - s.top) / s.took for s in spans)
    assert first == pytest.approx(second)


def test_time_to_scale_takes_no_more_room_than_it_may() -> None:
    connection, segments, _ = DEMOS["fin-unanswered"]()
    items = fold(connection, steps(connection, segments))
    lengths = []
    for scaled in (900.0, 360.0):
        rows = place(items, 100, connection.capture_end, scaled=scaled)
        lengths.append(sum(s.bottom - s.top for s in rows.spans if s.mode == "scale"))
    assert lengths[1] <= 360 < lengths[0]


def test_a_long_silence_is_cut() -> None:
    cuts = [s for s in placed(DEMOS["close-wait-leak-long"]()).spans if s.wave is not None]
    assert [round(s.took / 1e9, 1) for s in cuts] == [0.5, 66.8]
    assert all(s.free[0] < (s.wave or 0) < s.free[1] for s in cuts)


def test_back_off_is_never_cut_and_its_long_spans_are_to_scale() -> None:
    rows = placed(DEMOS["fin-unanswered"]())
    assert [s.mode for s in rows.spans].count("cut") == 0
    assert [round(s.took / 1e9, 1) for s in rows.spans if s.mode == "scale"] == [3.3, 6.6]


def test_a_lone_short_span_is_not_called_a_scale() -> None:
    assert all(s.mode == "stretched" for s in placed(DEMOS["orderly"]()).spans)


@pytest.mark.parametrize("name", DEMOS)
def test_time_runs_down_and_labels_have_room(name: str) -> None:
    rows = placed(DEMOS[name]())
    ticks = [row.tick for row in rows.rows]
    assert ticks == sorted(ticks)
    assert rows.end > ticks[-1]
    single = [r for r in rows.rows if isinstance(r.item, Step) and r.slant == 34]
    assert all(b.middle - a.middle >= 80 for a, b in pairwise(single))


def test_crossing_fins_cross() -> None:
    pair = [r for r in placed(DEMOS["simultaneous-close"]()).rows if r.slant > 34]
    assert len(pair) == 2
    by_end = {r.item.end: r for r in pair if not isinstance(r.item, Run)}
    ways: tuple[tuple[End, End], ...] = (("client", "server"), ("server", "client"))
    for sender, receiver in ways:
        sent = by_end[sender].at(sender)
        received = by_end[receiver].at(sender)
        assert sent + 40 <= received
