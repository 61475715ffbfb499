"""The picture of states over time of every recording: nothing overlaps, and findings are marked."""

from __future__ import annotations

from typing import get_args

import pytest

from pcapflow.api import analyze
from pcapflow.cli.over_time import Span
from pcapflow.cli.plot import PLACES, picture
from pcapflow.scene.sheet import Size
from pcapflow.sockets import By, Chosen, Sockets
from tests.lab.fixtures import captures, fixture_names
from tests.scene.overlaps import overlaps


@pytest.mark.parametrize("name", fixture_names())
def test_nothing_overlaps(name: str) -> None:
    for point, path in captures(name):
        report = analyze([str(path)])
        timeline = report.timeline()
        if timeline is None:
            continue
        moments = Span().moments(timeline.first, timeline.last)
        for by in get_args(By):
            layers = Sockets(report, timeline, Chosen()).over(moments, by, PLACES)
            for size in get_args(Size):
                drawn = picture(report, layers, moments, size=size)
                assert (point, by, size, overlaps(drawn)) == (point, by, size, [])
