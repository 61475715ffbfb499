"""The numbers on the page are those of the code, and none that decides is left out."""

from __future__ import annotations

import pytest

from pcapflow.tcp.timers import PROFILES, SECOND
from tests.docs.thresholds import THRESHOLDS, constants, written

NO_THRESHOLDS = {
    "_LOW32",  # a mask
    "_MAX_GAPS",  # the sizes of lists
    "_MAX_DISSOLVED",
    "_MAX_REPORTS",
    "_WORTH",  # how often Python is asked
}


@pytest.mark.parametrize(
    "module",
    [
        "engine/clock.py",
        "engine/duplicates.py",
        "engine/events.py",
        "engine/plain.py",
        "engine/resets.py",
        "engine/track.py",
    ],
)
def test_every_number_that_the_engine_judges_by_is_listed(module: str) -> None:
    listed = {t.name for t in THRESHOLDS if t.module == module}
    assert set(constants(module)) - NO_THRESHOLDS == listed


def test_the_page_shows_the_modules_own_numbers() -> None:
    shown = {t.name: written(constants(t.module)[t.name], t.unit) for t in THRESHOLDS}
    assert shown == {
        "_UNKNOWN_ROUND_TRIP": "200 ms",
        "_MS": "1 ms",
        "_ID_STEP": "4,096 ids",
        "_SAME_WIRE": "1 s",
        "_SAME_WIRE_NO_ID": "5 ms",
        "_IDS_BEHIND": "4,096 ids",
        "FAR": "67,108,864 octets",
        "UNANSWERED_LIMIT": "3 in a row",
        "QUIET": "240 s",
        "_SYN_QUIET": "300 s",
        "_FORGOTTEN": "2 s",
        "AWAKE": "32,768 rows",
        "STITCHED": "300 s",
        "_NEAR": "65,536 octets",
        "_QUOTED": "1,048,576 octets",
        "NEAR_SHARE": "0.15 of a round trip",
        "NEAR_LEAST": "0.3 ms",
        "OWN_HOST": "0.5 ms",
        "EN_ROUTE": "1 s",
        "LONGEST_PAUSE": "120 s",
        "LEAST": "3 s",
        "SHORTEST_TIMER": "30 s",
        "TOLERANCE": "1.02 of a silence",
        "NEAR": "0.5 of a silence",
        "SETTLE": "500 ms",
    }


def test_nothing_is_let_go_before_the_longest_time_wait_is_over() -> None:
    quiet = constants("engine/rows.py")["QUIET"]
    assert quiet == max(p.two_msl for p in PROFILES.values()) == 240 * SECOND
