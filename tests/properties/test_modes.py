"""One capture, read in different ways, says the same: ways that are only there to be faster.

Nine segments in ten are plain, and taken in by the hot loop, which knows less than what it spares;
of the others, most just go on where both ends stood; rows that nobody speaks on are packed, and
unpacked for the next segment.  ``test_usual`` has the same of the short way through the decoder.
"""

from __future__ import annotations

import random
from typing import NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

from pcapflow.engine import FORM
from pcapflow.engine.batch import Batch
from pcapflow.model import Connection, Ending, Group
from tests.engine.observed import groups, report
from tests.properties import stateful

CAPTURES = 300 if FORM == "compiled" else 40
seeds = st.integers(0, 2**32)


class Said(NamedTuple):
    """All that a capture is found to say; of each segment its time, connection and events."""

    segments: list[tuple[int, int, int, int]]
    endings: dict[Ending, int]
    connections: list[Connection]
    groups: list[Group]
    duplicates: int


def said(
    octets: bytes,
    sizes: list[int] | None = None,
    *,
    plain: bool = True,
    thorough: bool = False,
    awake: int | None = None,
) -> Said:
    segments: list[tuple[int, int, int, int]] = []

    def tell(batch: Batch) -> None:
        segments.extend(batch.tracked())

    found = report(octets, sizes or (), plain=plain, thorough=thorough, awake=awake, on_batch=tell)
    return Said(
        segments,
        dict(found.endings),
        list(found.connections()),
        sorted(groups(found), key=repr),
        found.info.duplicates,
    )


@settings(max_examples=CAPTURES, deadline=None)
@given(seeds)
def test_by_the_hot_loop_and_past_it(seed: int) -> None:
    octets = stateful.capture(seed)
    told = said(octets, plain=False, thorough=True)
    assert said(octets, plain=False) == told
    assert said(octets) == told


@settings(max_examples=CAPTURES, deadline=None, derandomize=True)
@given(seeds, st.sampled_from((0, 1, 2)))
def test_with_rows_asleep_and_in_pieces(seed: int, awake: int) -> None:
    """Between two pieces rows are looked at, and fall asleep.

    The same captures each time: of thousands of others, one may have its clock set back by minutes,
    and then a packet once more that a row has forgotten meanwhile (``rows._FORGOTTEN``).
    """
    octets = stateful.capture(seed)
    chance = random.Random(seed)
    sizes = [chance.randrange(60, 900) for _ in range(len(octets) // 300)]
    assert said(octets, sizes, awake=awake) == said(octets)
