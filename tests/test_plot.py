"""The picture of states over time of every recording: nothing overlaps, and findings are marked."""

from __future__ import annotations

import pytest

from pcapflow.api import analyze
from pcapflow.cli.over_time import Span
from pcapflow.plot import PLACES, picture
from pcapflow.scene.sheet import Size
from pcapflow.sockets import By, Chosen, Sockets
from tests.lab.fixtures import captures, fixture_names
from tests.scene.overlaps import overlaps


@pytest.mark.parametrize("name", fixture_names())
def test_nothing_overlaps(name: str) -> None:
    _, path = next(captures(name))
    report = analyze([str(path)])
    timeline = report.timeline()
    assert timeline is not None
    moments = Span().moments(timeline.first, timeline.last)
    looks: tuple[tuple[By, Size], ...] = (("host", "report"), ("service", "slide"))
    for by, size in looks:
        layers = Sockets(report, timeline, Chosen()).over(moments, by, PLACES)
        assert (by, overlaps(picture(report, layers, moments, size=size))) == (by, [])
