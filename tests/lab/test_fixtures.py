"""The fixtures judged: nothing certain is false, and only what is listed is open."""

from __future__ import annotations

from functools import cache

import pytest

from .fixtures import captures, fixture_names, load
from .scenarios import SCENARIOS
from .score.baseline import read_open_items
from .score.items import Item
from .score.run import judged

NAMES = fixture_names()


@cache
def items() -> tuple[Item, ...]:
    return tuple(judged(NAMES))


def test_every_scenario_has_its_fixture_and_none_is_left_over() -> None:
    assert set(NAMES) == set(SCENARIOS)


@pytest.mark.parametrize("name", NAMES)
def test_the_middle_sees_each_packet_on_both_sides(name: str) -> None:
    """Once as it comes in and once as it goes out; a lost one only once, a forged one only once."""
    points = {point: told["packets"] for point, told in load(name)["points"].items()}
    assert set(dict(captures(name))) == set(points)
    if "middle" in points:
        # A capture may begin or end while a packet is under way.
        assert abs(points["middle"] - points["client"] - points["server"]) <= 1


def test_nothing_certain_is_false() -> None:
    assert [str(item) for item in items() if item.verdict == "false-certain"] == []


def test_what_is_open_is_listed_with_its_reason() -> None:
    listed = read_open_items()
    found = [item for item in items() if item.verdict in ("wrong", "missed")]
    assert [str(item) for item in found if not listed.get(item.key)] == []


def test_what_is_listed_is_open() -> None:
    found = {item.key for item in items() if item.verdict in ("wrong", "missed")}
    assert sorted(read_open_items().keys() - found) == []


def test_much_is_judged() -> None:
    judged_items = [item for item in items() if item.verdict != "not knowable"]
    assert len(judged_items) >= 10_000
