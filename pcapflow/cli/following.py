"""What is kept of a watch, and told to other programs: --save-incidents, --metrics and theirs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import wraps
from typing import TYPE_CHECKING, Any

import click

from pcapflow.cli import messages
from pcapflow.cli.options import LEVEL, Command, seconds, unused
from pcapflow.findings.words import plural
from pcapflow.live.follower import Follower
from pcapflow.model import Severity
from pcapflow.tcp.timers import SECOND, Settings
from pcapflow.values import Record

if TYPE_CHECKING:
    from pcapflow.live.ring import Ring

_REMEMBER, _AFTER = 3600 * SECOND, 5 * SECOND
_MB = 1_000_000


class Following(Record):
    """What was asked for."""

    folder: str | None
    level: Severity
    remember: int
    memory: int
    after: int
    most: int
    metrics: str | None
    places: int

    def ring(self) -> Ring:
        """The last packets, for incidents and for a screen's diagrams."""
        from pcapflow.live.ring import Ring  # and numpy: not for lines of text

        return Ring(self.remember, self.memory * _MB)

    @contextmanager
    def followers(self, ring: Ring | None, settings: Settings) -> Iterator[list[Follower]]:
        """Those that do it; what cannot be done is refused before anything is captured."""
        keeping = [] if ring is None else [ring]
        with self._metrics() as counting, self._incidents(ring, settings) as incidents:
            yield [*counting, *keeping, *incidents]

    @contextmanager
    def _incidents(self, ring: Ring | None, settings: Settings) -> Iterator[list[Follower]]:
        if self.folder is None or ring is None:
            yield []
            return
        from pcapflow.live.folder import Folder
        from pcapflow.live.incidents import INDEX, Incidents, Terms

        folder = Folder(self.folder, self.most * _MB)
        incidents = Incidents(ring, folder, Terms(self.level, self.after), settings, messages.error)
        yield [incidents]
        more = (
            f"; {incidents.unsaved:,} more are counted in its {INDEX}" if incidents.unsaved else ""
        )
        messages.note(f"saved {plural(incidents.saved, 'incident')} in {self.folder}{more}")

    @contextmanager
    def _metrics(self) -> Iterator[list[Follower]]:
        if self.metrics is None:
            yield []
            return
        from pcapflow.live.metrics import Metrics

        with Metrics(self.metrics, self.places) as metrics:
            messages.note(f"metrics at {metrics.url}")
            yield [metrics]


def following(command: Command) -> Command:
    """--save-incidents, --metrics and what belongs to them: gives ``following``."""

    @click.option(
        "--save-incidents",
        "folder",
        metavar="DIR",
        help="Save what goes wrong: its packets from before and after, a picture, the record.",
    )
    @click.option(
        "--incident-level",
        "level",
        type=LEVEL,
        default="warning",
        show_default=True,
        help="Save findings at or above this level.",
    )
    @seconds(
        "--incident-after", f"Packets so long after a finding too.  [default: {_AFTER // SECOND}]"
    )
    @click.option(
        "--incidents-most",
        "most",
        type=click.IntRange(1),
        default=1000,
        show_default=True,
        metavar="MB",
        help="DIR holds no more than this.",
    )
    @seconds(
        "--remember",
        f"Keep packets in memory so long.  [default: {_REMEMBER // SECOND}]",
    )
    @click.option(
        "--remember-memory",
        "memory",
        type=click.IntRange(1),
        default=64,
        show_default=True,
        metavar="MB",
        help="Keep no more of them than this.",
    )
    @click.option(
        "--metrics",
        metavar="[ADDRESS]:PORT",
        help="Serve metrics to Prometheus, on this machine only unless an address is given.",
    )
    @click.option(
        "--metrics-most",
        "places",
        type=click.IntRange(1, 10_000),
        default=100,
        show_default=True,
        metavar="NUMBER",
        help="Tell so many hosts and services apart there; the others are added up.",
    )
    @wraps(command)
    def with_following(
        folder: str | None,
        level: Severity,
        incident_after: int | None,
        most: int,
        remember: int | None,
        memory: int,
        metrics: str | None,
        places: int,
        **rest: Any,
    ) -> int:
        if folder is None:
            unused(("level", "incident_after", "most"), "--save-incidents DIR")
        if metrics is None:
            unused(("places",), "--metrics [ADDRESS]:PORT")
        asked = Following(
            folder=folder,
            level=level,
            remember=_REMEMBER if remember is None else remember,
            memory=memory,
            after=_AFTER if incident_after is None else incident_after,
            most=most,
            metrics=metrics,
            places=places,
        )
        return command(following=asked, **rest)

    return with_following
