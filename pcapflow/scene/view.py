"""What a reader may choose about a scene: the page, the clock, the numbers, the part shown."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from typing import Literal

from pcapflow.scene.sheet import Size
from pcapflow.scene.words import SECOND, joined, since_start
from pcapflow.values import Record

ClockName = Literal["relative", "utc", "local"]


class Clock(Record):
    """How moments are written beside the diagram: since the start, or as a clock shows them.

    ``zone`` is that of all times of day; None is the machine's own.
    """

    name: ClockName = "relative"
    zone: tzinfo | None = UTC

    def moment(self, ns: int, *, date: bool = True, digits: int = 6) -> str:
        """A time of day, its fraction cut (not rounded) to ``digits``, with its zone."""
        return f"{self._time(ns, date, digits)} {self.zone_at(ns)}"

    def time(self, ns: int) -> str:
        """A time of day to the millisecond, where its zone is known."""
        return self._time(ns, False, 3)

    def tick(self, ns: int, start: int, digits: int = 3) -> str:
        """What stands at a moment of the diagram; ``digits`` are those of a time of day."""
        if self.name == "relative":
            return joined(since_start(ns - start))
        return self._time(ns, False, digits)

    def zone_at(self, ns: int) -> str:
        """The name of the zone at that time: UTC, CET, CEST."""
        return self._at(ns).tzname() or "local time"

    def _time(self, ns: int, date: bool, digits: int) -> str:
        moment = self._at(ns)
        fraction = f".{ns % SECOND:09}"[: digits + 1] if digits else ""
        return f"{moment:%Y-%m-%d %H:%M:%S}{fraction}" if date else f"{moment:%H:%M:%S}{fraction}"

    def _at(self, ns: int) -> datetime:
        moment = datetime.fromtimestamp(ns // SECOND, UTC)
        return moment.astimezone(self.zone)


class View(Record):
    """All choices; ``since`` and ``until`` (ns) and ``around`` (a finding's code) choose a part.

    ``even`` puts everything at the same distance, whatever time passed.  ``absolute`` says that the
    segments bear absolute sequence numbers, which take more room.
    """

    size: Size = "report"
    clock: Clock = Clock()
    even: bool = False
    absolute: bool = False
    since: int | None = None
    until: int | None = None
    around: str | None = None


PLAIN = View()
