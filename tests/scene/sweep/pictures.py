"""All pictures of a capture: chosen connections in every view, its states over time, its shapes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple, get_args

from pcapflow.api import segments
from pcapflow.cli.glance import picture as glance
from pcapflow.draw.fonts import Ruler
from pcapflow.fold import Report
from pcapflow.model import Connection
from pcapflow.plot import PLACES
from pcapflow.plot import picture as plot
from pcapflow.report.times import step
from pcapflow.scene import Chart, Clock, Names, Scene, View, scene
from pcapflow.scene.measure import Measure, plex
from pcapflow.scene.sheet import Size
from pcapflow.sockets import By, Chosen, Sockets
from pcapflow.values import replace

SIZES: tuple[Size, ...] = get_args(Size)
FONTS: dict[str, Measure] = {"plex": plex, "dejavu": Ruler("dejavu")}


class Picture(NamedTuple):
    """A picture, and what it is of: the capture, the connection (if one), and the view."""

    path: Path
    flow: int | None
    view: str
    drawn: Scene | Chart

    def __str__(self) -> str:
        flow = f" flow {self.flow}" if self.flow is not None else ""
        return f"{self.path.name}{flow}, {self.view}"


def views(connection: Connection) -> dict[str, View]:
    """Every way to look at a connection, but for the size."""
    third = (connection.last - connection.first) // 3
    since, until = connection.first + third, connection.last - third
    found = {
        "plain": View(),
        "even": View(even=True),
        "absolute": View(absolute=True),
        "utc": View(clock=Clock("utc")),
        "from/to": View(since=since, until=until),
    }
    for code in dict.fromkeys(finding.code for finding in connection.findings):
        found[f"around {code}"] = View(around=code)
    return found


def diagrams(
    path: Path,
    report: Report,
    flows: Sequence[int],
    sizes: Sequence[Size] = SIZES,
    fonts: Sequence[str] = tuple(FONTS),
    only: Sequence[str] | None = None,
) -> Iterator[Picture]:
    """The diagrams of connections, in all views or ``only`` some."""
    relative = segments([str(path)], report, flows)
    absolute = segments([str(path)], report, flows, absolute=True)
    for flow in flows:
        connection = report.connection(flow)
        for name, view in views(connection).items():
            if only is not None and name not in only:
                continue
            told = (absolute if view.absolute else relative)[flow]
            for size in sizes:
                for font in fonts:
                    drawn = scene(
                        connection,
                        told,
                        report.info,
                        "1.0.0",
                        settings=report.settings,
                        measure=FONTS[font],
                        view=replace(view, size=size),
                    )
                    yield Picture(path, flow, f"{name}, {size}, {font}", drawn)
        if only is None or "redact" in only:
            names = Names()
            other, info = names.connection(connection), names.info(report.info)
            for size in sizes:
                view = View(size=size)
                drawn = scene(other, relative[flow], info, "1.0.0", view=view)
                yield Picture(path, flow, f"redact, {size}, plex", drawn)


def charts(
    path: Path, report: Report, sizes: Sequence[Size] = SIZES, fonts: Sequence[str] = tuple(FONTS)
) -> Iterator[Picture]:
    """States over time, by host and by service, and all shapes at a glance."""
    timeline = report.timeline()
    if report.total == 0 or timeline is None:
        return
    first, last = timeline.first, timeline.last
    every = step(last - first)
    moments = [*range(first, last, every), last]
    for size in sizes:
        for font in fonts:
            for by in get_args(By):
                layers = Sockets(report, timeline, Chosen()).over(moments, by, PLACES)
                drawn = plot(report, layers, moments, size=size, measure=FONTS[font])
                yield Picture(path, None, f"states by {by}, {size}, {font}", drawn)
            for redact in (False, True):
                drawn = glance(report, size=size, redact=redact, measure=FONTS[font])
                name = "shapes, redacted" if redact else "shapes"
                yield Picture(path, None, f"{name}, {size}, {font}", drawn)
