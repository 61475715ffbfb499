"""What a reader may choose: the clock, the spacing, the numbers, a part of the connection."""

from __future__ import annotations

from datetime import UTC, timedelta, timezone
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from pcapflow.scene import Clock, Scene, View, scene
from pcapflow.scene.marks import Arrow, Cut, Fold, Text
from pcapflow.scene.words import MS, SECOND
from tests.scene.demo import DEMOS, Demo
from tests.scene.tape import START

CET = timezone(timedelta(hours=1), "CET")


def drawn(name: str, view: View) -> Scene:
    return scene(*DEMOS[name](), "1.0.0", view=view)


def frames(picture: Scene) -> list[int]:
    return [m.frame for m in picture.marks if isinstance(m, Arrow) and m.frame is not None]


def words(picture: Scene) -> list[str]:
    return [mark.words for mark in picture.marks if isinstance(mark, Text)]


# ------------------------------------------------------------------------------------------ clock


def test_a_time_of_day_is_cut_not_rounded() -> None:
    ns = 1_795_454_458_663_968_999
    assert Clock().moment(ns) == "2026-11-23 17:20:58.663968 UTC"
    assert Clock().moment(ns, date=False, digits=3) == "17:20:58.663 UTC"
    assert Clock().moment(ns, digits=9) == "2026-11-23 17:20:58.663968999 UTC"
    assert Clock().moment(ns, digits=0) == "2026-11-23 17:20:58 UTC"
    assert Clock("local", CET).moment(ns, digits=0) == "2026-11-23 18:20:58 CET"


def test_local_time_knows_summer() -> None:
    berlin = Clock("local", ZoneInfo("Europe/Berlin"))
    july = 1_782_900_000 * SECOND
    assert berlin.moment(july, digits=0).endswith(" CEST")
    assert berlin.zone_at(START) == "CET"


@pytest.mark.parametrize(
    ("clock", "head", "first", "ends"),
    [
        (Clock(), "since start", "0", "capture ends  17:20:59.184268 UTC"),
        (Clock("utc"), "UTC", "17:20:58.663", "capture ends  17:20:59.184268 UTC"),
        (Clock("local", CET), "CET", "18:20:58.663", "capture ends  18:20:59.184268 CET"),
    ],
)
def test_the_gutter_goes_by_the_clock(clock: Clock, head: str, first: str, ends: str) -> None:
    picture = drawn("lost-final-ack", View(clock=clock))
    assert {head, first, ends} <= set(words(picture))
    assert picture.script.acts[0].time == first


def test_the_footer_says_where_two_clocks_meet() -> None:
    local = drawn("lost-final-ack", View(clock=Clock("local", CET))).script
    assert "times CET, in findings UTC" in local.source
    assert "times UTC" in drawn("lost-final-ack", View(clock=Clock("utc", UTC))).script.source


# ---------------------------------------------------------------------------------------- spacing


def test_even_spacing_cuts_nothing_and_says_so() -> None:
    picture = drawn("close-wait-leak-long", View(even=True))
    assert not any(isinstance(mark, Cut) for mark in picture.marks)
    assert "evenly spaced, not to scale" in words(picture)

    arrows = [m for m in drawn("lost-final-ack", View(even=True)).marks if isinstance(m, Arrow)]
    at_client = [m.y0 if m.end == "client" else m.y1 for m in arrows if m.frame is not None]
    gaps = [b - a for a, b in pairwise(at_client)]
    assert max(gaps) - min(gaps) < 1


# ------------------------------------------------------------------------------------------- part


def test_what_lies_outside_the_span_folds() -> None:
    span = View(since=START + 300 * MS, until=START + 500 * MS)
    picture = drawn("lost-final-ack", span)
    assert frames(picture) == [12, 13]
    cards = [mark.texts[0].words for mark in picture.marks if isinstance(mark, Fold) and mark.texts]
    assert cards == [
        "Before the part shown: 11 segments",
        "After the part shown: 2 segments, 1 sent again",
    ]


def test_a_part_shows_what_else_would_fold() -> None:
    picture = drawn("lost-final-ack", View(until=START + 500_000))
    assert frames(picture) == list(range(1, 10))


def test_an_empty_span_leaves_two_cards() -> None:
    span = View(since=START + 100 * MS, until=START + 200 * MS)
    picture = drawn("lost-final-ack", span)
    assert frames(picture) == []
    assert sum(act.kind == "card" for act in picture.script.acts) == 2


def test_around_a_finding_are_five_segments_on_either_side() -> None:
    picture = drawn("endless", View())
    assert len(frames(picture)) < 20
    picture = drawn("lost-final-ack", View(around="lost-final-ack"))
    demo = DEMOS["lost-final-ack"]()
    about = next(f for f in demo[0].findings if f.code == "lost-final-ack").frames
    assert frames(picture) == list(range(min(about) - 5, 16))


# ---------------------------------------------------------------------------------------- numbers


def absolute() -> Demo:
    """The same connection with numbers as they are on the wire, about to wrap."""
    from pcapflow.values import replace

    connection, segments, info = DEMOS["closed-socket"]()
    moved = [
        replace(
            s,
            seq=(s.seq + 4_294_967_200) % 2**32,
            ack=None if s.ack is None else (s.ack + 4_294_967_200) % 2**32,
        )
        for s in segments
    ]
    return connection, moved, info


def test_absolute_numbers_are_all_shown() -> None:
    picture = scene(*absolute(), "1.0.0", view=View(absolute=True))
    below = [text.words for mark in picture.marks if isinstance(mark, Arrow) for text in mark.texts]
    numbers = [words for words in below if "seq" in words]
    assert len(numbers) == len(frames(picture))
    assert any("seq 505 ack 106" in words for words in numbers)
    assert "the reply to #12" in below  # a reset's number is still known for its answer's
