"""How reports and connections show themselves in a notebook, and the pictures that they give.

Jupyter asks an object for all its forms each time it is shown, and then shows HTML if there is
any.  So a picture that nobody asked for is made only of what is small; ``Report.diagram`` and
``Report.plot`` always make one.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar, get_args

from pcapflow import _version
from pcapflow.draw import Finish, render, write
from pcapflow.draw.themes import ThemeName
from pcapflow.errors import CaptureError, PcapflowError, UsageError
from pcapflow.report.html import connection_page
from pcapflow.scene import Chart, Scene, View, scene
from pcapflow.scene.sheet import Size
from pcapflow.values import replace

if TYPE_CHECKING:
    from pcapflow.fold import Report
    from pcapflow.model import Connection, Segment

_Word = TypeVar("_Word", bound=str)

SMALL = 64 << 20
"""Octets of a capture that are read again, in a fraction of a second, to show a connection."""

_COLOURS = 128  # a notebook stores all that it shows

FEW = 100_000
"""Connections whose states over time are counted to show a report."""


class Picture:
    """A finished picture: a notebook shows it, ``save`` writes it.

    ``title`` says what it shows, for those who do not see it.
    """

    def __init__(self, drawn: Scene | Chart, finish: Finish) -> None:
        self._drawn = drawn
        self._finish = finish

    @property
    def title(self) -> str:
        return self._drawn.title

    def __repr__(self) -> str:
        return f"<Picture: {self.title}>"

    def _repr_png_(self) -> bytes:
        return render(self._drawn, ".png", replace(self._finish, colours=_COLOURS))

    def render(self, suffix: str) -> bytes:
        """The octets of a file with this suffix; UsageError where it can be no such file."""
        return render(self._drawn, suffix, self._finish)

    def save(self, path: str | Path) -> None:
        """Write it in the form that the suffix names, in place of what the file was."""
        write(self._drawn, path, self._finish)


def diagram(
    report: Report,
    flow: int | Connection,
    *,
    around: str | None,
    size: Size,
    theme: ThemeName,
    dpi: int,
) -> Picture:
    """The picture of ``Report.diagram``."""
    view, finish = View(size=_one_of(Size, size), around=around), _finish(theme, dpi)
    number = flow if isinstance(flow, int) else flow.id
    segments = _again(report, number)
    connection = _connection(report, number) if isinstance(flow, int) else flow
    codes = list(dict.fromkeys(finding.code for finding in connection.findings))
    if around is not None and around not in codes:
        raise UsageError(f"flow {number} has no {around}, but {' and '.join(codes) or 'nothing'}")
    if not _fits(connection, segments):
        raise CaptureError(report.info.files[0], "is not the capture any more that was analysed")
    drawn = scene(
        connection, segments, report.info, _version.__version__, settings=report.settings, view=view
    )
    return Picture(drawn, finish)


def plot(report: Report, *, size: Size, theme: ThemeName, dpi: int) -> Picture:
    """The picture of ``Report.plot``."""
    from pcapflow.plot import PLACES, picture
    from pcapflow.report.times import step
    from pcapflow.sockets import Chosen, Sockets

    finish = _finish(theme, dpi)
    timeline = report.timeline()
    if timeline is None:
        raise UsageError("there is no TCP connection")
    first, last = timeline.first, timeline.last
    moments = [*range(first, last, step(last - first)), last]
    layers = Sockets(report, timeline, Chosen()).over(moments, "host", PLACES)
    return Picture(picture(report, layers, moments, size=_one_of(Size, size)), finish)


def report_png(report: Report) -> bytes | None:
    """The states over time, of a report with few connections; None where there is no picture."""
    if not 0 < report.total <= FEW:
        return None
    try:
        return report.plot()._repr_png_()
    except (PcapflowError, RuntimeError):  # or its connections were not kept
        return None


def connection_html(connection: Connection) -> str:
    """A connection as HTML, and how to draw it, or why that cannot be."""
    report = _report(connection)
    return connection_page(connection, "" if report is None else _how(connection, report))


def connection_png(connection: Connection) -> bytes | None:
    """Its diagram, where the report that gave it out is of a small capture that is still there."""
    report = _report(connection)
    if report is None or report.info.octets > SMALL or _missing(report) is not None:
        return None
    try:
        return report.diagram(connection)._repr_png_()
    except PcapflowError:
        return None


def _report(connection: Connection) -> Report | None:
    """The report that gave it out; a copy or a connection from elsewhere has none."""
    return connection.__dict__.get("report")


def _how(connection: Connection, report: Report) -> str:
    missing = _missing(report)
    if missing is None:
        return f"report.diagram({connection.id}) draws it."
    if missing == "-":
        return "No picture: standard input cannot be read again."
    return f"No picture: {missing} is not there any more."


def _missing(report: Report) -> str | None:
    """A file that would have to be read again and is not there."""
    return next((name for name in report.info.files if not os.path.isfile(name)), None)


def _again(report: Report, number: int) -> tuple[Segment, ...]:
    """A connection's segments, for which its captures are read once more."""
    from pcapflow.api import segments

    if "-" in report.info.files:
        raise UsageError("a diagram needs a file: standard input cannot be read again")
    return segments(report.info.files, report, (number,), report.settings)[number]


def _connection(report: Report, number: int) -> Connection:
    try:
        return report.connection(number)
    except LookupError:
        raise UsageError(
            f"connection {number} was not kept. Try: pcapflow.analyze with keep=True"
        ) from None


def _fits(connection: Connection, segments: Sequence[Segment]) -> bool:
    """Whether the segments are of the time that the connection was told to be of."""
    return {connection.first, connection.last} <= {segment.at for segment in segments}


def _finish(theme: ThemeName, dpi: int) -> Finish:
    return Finish(theme=_one_of(ThemeName, theme), dpi=dpi)


def _one_of(words: object, word: _Word) -> _Word:
    """The word, if it is one of those that are known."""
    if word not in get_args(words):
        raise UsageError(f"{word!r} is none of: {', '.join(get_args(words))}")
    return word
