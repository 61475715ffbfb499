"""A dozen pictures of the samples: each kind that there is, in all themes and sizes."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import NamedTuple
from unittest.mock import patch

from pcapflow import _version, plot
from pcapflow.api import analyze, segments
from pcapflow.cli import glance
from pcapflow.draw import Finish, render
from pcapflow.draw.themes import ThemeName
from pcapflow.fold import Report
from pcapflow.report.times import step
from pcapflow.scene import Chart, Clock, Scene, View, scene
from pcapflow.scene.sheet import Size
from pcapflow.scene.view import PLAIN
from pcapflow.sockets import Chosen, Sockets
from tests.scene.recordings import SAMPLES

VERSION = "1.0.0"
"""Which all of them bear, so that a release changes none."""


class Picture(NamedTuple):
    """What is drawn, and its theme."""

    draw: Callable[[], Scene | Chart]
    theme: ThemeName

    def png(self, dpi: int) -> bytes:
        return self.file(".png", dpi)

    def file(self, suffix: str, dpi: int = 75) -> bytes:
        return render(self.draw(), suffix, Finish(theme=self.theme, dpi=dpi))


def diagram(name: str, flow: int = 1, theme: ThemeName = "light", view: View = PLAIN) -> Picture:
    """A connection of a sample."""

    def draw() -> Scene:
        report = _report(name)
        [traced] = segments(report.info.files, report, [flow]).values()
        return scene(report.connection(flow), traced, report.info, VERSION, view=view)

    return Picture(draw, theme)


def states(name: str, theme: ThemeName = "light", size: Size = "report") -> Picture:
    """The states of a sample's sockets over time."""

    def draw() -> Chart:
        report = _report(name)
        timeline = report.timeline()
        assert timeline is not None
        first, last = timeline.first, timeline.last
        moments = [*range(first, last, step(last - first)), last]
        layers = Sockets(report, timeline, Chosen()).over(moments, "host", plot.PLACES)
        with patch.object(_version, "__version__", VERSION):
            return plot.picture(report, layers, moments, size=size)

    return Picture(draw, theme)


def shapes(*names: str, theme: ThemeName = "light", size: Size = "report") -> Picture:
    """Samples at a glance, as if they were one capture."""

    def draw() -> Chart:
        with patch.object(_version, "__version__", VERSION):
            return glance.picture(_report(*names), size=size)

    return Picture(draw, theme)


@cache
def _report(*names: str) -> Report:
    return analyze([str(path) for path in SAMPLES if path.stem in names])


PICTURES: dict[str, Picture] = {
    "orderly": diagram("orderly"),
    "leak": diagram("leaking_pool", 4),
    "leak-dark": diagram("leaking_pool", 4, "dark"),
    "lost-final-ack-print": diagram("lost_final_ack", theme="print"),
    "lost-fin-slide": diagram("lost_fin", view=View(size="slide")),
    "simultaneous-wide": diagram("simultaneous_close", theme="dark", view=View(size="wide")),
    "closed-socket-print": diagram("write_to_closed_peer", theme="print", view=View(size="slide")),
    "injected-even": diagram("injected_rst", view=View(even=True, clock=Clock("utc"))),
    "reuse": diagram("time_wait_reuse", view=View(size="wide")),
    "states": states("leaking_pool"),
    "states-dark": states("leaking_pool", "dark", "slide"),
    "shapes": shapes(*(path.stem for path in SAMPLES)),
}
