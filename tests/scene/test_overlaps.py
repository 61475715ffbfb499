"""Nothing overlaps: in no demonstration, in no random mess, with neither family of fonts."""

from __future__ import annotations

import random
from typing import get_args

import pytest

from pcapflow.draw.fonts import Ruler
from pcapflow.model import End, Ending, Opening, Segment, Severity, State
from pcapflow.scene import Clock, Scene, View, scene
from pcapflow.scene.fold import MAX_DRAWN, fold
from pcapflow.scene.marks import Arrow, Badge, Band, Bracket, Cut, Fold, Mark, Plate, Text
from pcapflow.scene.measure import Measure, plex
from pcapflow.scene.steps import steps
from pcapflow.scene.words import MS
from pcapflow.tcp.codes import CODES
from pcapflow.values import replace
from tests.scene.demo import DEMOS, Demo
from tests.scene.overlaps import overlaps
from tests.scene.tape import START, Tape, Vantage

MEASURES: dict[str, Measure] = {
    "table": plex,
    "plex": Ruler("plex"),
    "dejavu": Ruler("dejavu"),
}


@pytest.mark.parametrize("fonts", MEASURES)
@pytest.mark.parametrize("name", DEMOS)
def test_nothing_overlaps_or_leaves_the_page(name: str, fonts: str) -> None:
    assert overlaps(scene(*DEMOS[name](), "1.0.0", measure=MEASURES[fonts])) == []


VIEWS = {
    "slide": View(size="slide"),
    "wide": View(size="wide"),
    "even": View(even=True),
    "absolute": View(absolute=True),
    "absolute on a slide": View(absolute=True, size="slide", even=True),
    "by the clock": View(clock=Clock("utc")),
    "a part": View(since=START + 300 * MS, until=START + 2000 * MS),
    "a part of a slide": View(since=START + 1 * MS, size="slide", clock=Clock("utc")),
}


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("name", DEMOS)
def test_nothing_overlaps_however_it_is_viewed(name: str, view: str) -> None:
    demo = DEMOS[name]()
    if VIEWS[view].absolute:
        demo = demo[0], numbered(demo[1]), demo[2]
    for fonts in ("table", "dejavu"):
        drawn = scene(*demo, "1.0.0", measure=MEASURES[fonts], view=VIEWS[view])
        assert overlaps(drawn) == []
        if VIEWS[view].size == "slide":
            assert drawn.width / drawn.height == pytest.approx(16 / 9, rel=0.002)


def numbered(segments: list[Segment]) -> list[Segment]:
    """The segments with numbers as long as they can be on the wire."""
    return [
        replace(
            s, seq=(s.seq - 9000) % 2**32, ack=None if s.ack is None else (s.ack - 9000) % 2**32
        )
        for s in segments
    ]


@pytest.mark.parametrize("seed", range(40))
def test_nothing_overlaps_whatever_the_engine_says(seed: int) -> None:
    demo = random_demo(random.Random(seed))
    for fonts in ("table", "dejavu"):
        assert overlaps(scene(*demo, "1.0.0", measure=MEASURES[fonts])) == []
    view = list(VIEWS.values())[seed % len(VIEWS)]
    assert overlaps(scene(*demo, "1.0.0", view=view)) == []
    assert len(fold(demo[0], steps(demo[0], demo[1]))) <= MAX_DRAWN


# ------------------------------------------------------------------------- the check itself works


def _marks(drawn: Scene, kind: type[Mark]) -> list[tuple[int, Mark]]:
    return [(i, mark) for i, mark in enumerate(drawn.marks) if isinstance(mark, kind)]


def _planted(drawn: Scene, index: int, mark: Mark) -> list[str]:
    return overlaps(replace(drawn, marks=(*drawn.marks[:index], mark, *drawn.marks[index + 1 :])))


@pytest.fixture(scope="module")
def drawn() -> Scene:
    return scene(*DEMOS["lost-final-ack"](), "1.0.0")


def test_finds_words_on_words(drawn: Scene) -> None:
    (_, first), (index, second) = _marks(drawn, Text)[:2]
    assert isinstance(first, Text)
    assert isinstance(second, Text)
    assert _planted(drawn, index, replace(second, x=first.x, y=first.y + 4))


def test_finds_words_that_leave_the_page(drawn: Scene) -> None:
    index, text = _marks(drawn, Text)[0]
    assert _planted(drawn, index, replace(text, x=-20.0))


def test_finds_words_on_their_own_arrow(drawn: Scene) -> None:
    index, arrow = _marks(drawn, Arrow)[0]
    assert isinstance(arrow, Arrow)
    lowered = replace(arrow.texts[0], y=arrow.y_at(arrow.texts[0].x) + 6)
    assert _planted(drawn, index, replace(arrow, texts=(lowered, *arrow.texts[1:])))


def test_finds_words_on_a_cross(drawn: Scene) -> None:
    index, arrow = next(
        (i, m) for i, m in _marks(drawn, Arrow) if isinstance(m, Arrow) and m.cross is not None
    )
    assert isinstance(arrow, Arrow)
    assert _planted(drawn, index, replace(arrow, cross=arrow.texts[0].left + 20))


def test_finds_words_that_leave_their_band(drawn: Scene) -> None:
    index, band = next(
        (i, m) for i, m in _marks(drawn, Band) if isinstance(m, Band) and len(m.texts) > 1
    )
    assert isinstance(band, Band)
    moved = replace(band.texts[0], x=band.left)
    assert _planted(drawn, index, replace(band, texts=(moved, *band.texts[1:])))


def test_finds_bands_on_bands(drawn: Scene) -> None:
    (index, band), *_ = _marks(drawn, Band)
    assert isinstance(band, Band)
    assert _planted(drawn, index, replace(band, bottom=band.bottom + 30))


def test_finds_cards_on_cards(drawn: Scene) -> None:
    (_, first), (index, second) = _marks(drawn, Fold)[:2]
    assert isinstance(first, Fold)
    assert isinstance(second, Fold)
    assert _planted(drawn, index, replace(second, top=first.bottom, texts=()))


def test_finds_badges_on_lines_and_letters_on_arrows(drawn: Scene) -> None:
    index, badge = _marks(drawn, Badge)[0]
    assert isinstance(badge, Badge)
    assert _planted(drawn, index, replace(badge, y=badge.y + 20))
    index, bracket = _marks(drawn, Bracket)[0]
    assert isinstance(bracket, Bracket)
    assert _planted(drawn, index, replace(bracket, letter_y=bracket.top))


def test_finds_waves_on_words() -> None:
    drawn = scene(*DEMOS["close-wait-leak"](), "1.0.0")
    index, cut = _marks(drawn, Cut)[0]
    assert isinstance(cut, Cut)
    assert _planted(drawn, index, replace(cut, spans=((204.0, 1156.0),)))


def test_finds_tags_on_arrows() -> None:
    drawn = scene(*DEMOS["closed-socket"](), "1.0.0")
    index, tag = next(
        (i, m) for i, m in _marks(drawn, Plate) if isinstance(m, Plate) and 400 < m.left < 800
    )
    assert isinstance(tag, Plate)
    assert _planted(drawn, index, replace(tag, bottom=tag.bottom + 16))


# ------------------------------------------------------------------------------------ random tapes

_ENDS: tuple[End, End] = ("client", "server")
_CODES = list(CODES)
_FOUND = (
    "close-wait-leak",
    "lost-final-ack",
    "fin-retransmit",
    "half-close",
    "slow-close",
    "reset-injected",
    "simultaneous-close",
    "truncated",
    "data-after-close",
)


def random_demo(rng: random.Random) -> Demo:
    """A connection that no engine would report: any codes, times, turns and findings."""
    starts: tuple[tuple[State, State], ...] = (
        ("CLOSED", "LISTEN"),
        ("UNKNOWN", "UNKNOWN"),
        ("ESTABLISHED", "ESTABLISHED"),
    )
    openings: tuple[Opening, ...] = ("handshake", "mid-stream", "syn-only")
    tape = Tape(
        vantage=rng.choice(get_args(Vantage)),
        opening=rng.choice(openings),
        states=rng.choice(starts),
    )
    at = 0.0
    if rng.random() < 0.6:
        tape.handshake(rng.choice([0.01, 1, 50]))
        at = 60.0
    for _ in range(rng.choice([1, 2, 5, 12, 40, 90])):
        at += rng.choice([0, 0.001, 0.02, 0.5, 6, 48, 210, 420, 1700, 66_800, 4e6])
        _random_segment(tape, at, rng)
    for code in rng.sample(_FOUND, rng.choice([0, 1, 2, 4])):
        count = min(tape.frame, rng.choice([0, 1, 2]))
        tape.find(
            code,
            rng.choice(get_args(Severity)),
            rng.choice(["client", "server", "path", "capture"]),
            "likely",
            tuple(sorted(rng.sample(range(1, tape.frame + 3), count))),
            "Words of a message. " * rng.choice([1, 3, 9]),
            "advice in a line\n" * rng.choice([0, 1, 3]),
        )
    return tape.cut(
        rng.choice(get_args(Ending)),
        at + rng.choice([0, 0.2, 5, 900, 70_000]),
        ended_by=rng.choice([None, "client", "path"]),
        first_closer=rng.choice([None, "client", "both"]),
        final_ack=rng.choice([None, "lost", "seen"]),
        unacknowledged=rng.choice([(0, 0), (1, 0), (5, 70_000)]),
        rtt=rng.choice([None, 0.1, 40]),
    )


def _random_segment(tape: Tape, at: float, rng: random.Random) -> None:
    turns = {"client": "", "server": ""}
    if rng.random() < 0.3:
        turns[rng.choice(_ENDS)] = rng.choice(get_args(State)) + rng.choice(["", "?"])
    tape.send(
        rng.choice(_ENDS),
        at,
        rng.choice(["ACK", "FIN, ACK", "RST", "FIN, PSH, ACK", "SYN, ECE, CWR"]),
        rng.choice([0, 1, 4_294_967_290]),
        rng.choice([None, 1, 4_294_967_290]),
        rng.choice([0, 0, 1, 1448, 65_535]),
        " ".join(rng.sample(_CODES, rng.choice([0, 1, 1, 1, 2]))),
        duplicate=tape.frame > 1 and rng.random() < 0.05,
        **turns,
    )
    if rng.random() < 0.03:
        tape.timer(rng.choice(_ENDS), at, rng.choice(get_args(State)))
