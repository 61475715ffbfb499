"""Connections as records while the analysis goes on: those that are open, and those just over."""

from __future__ import annotations

from msgspec.structs import replace

from pcapflow.engine.decode import Stories, connection
from pcapflow.engine.track import Tracker
from pcapflow.findings import catalogue
from pcapflow.model import Connection
from pcapflow.tcp.story import Story
from pcapflow.tcp.timers import Settings


class Rows:
    """Reads a tracker's rows; ``stories`` are those of its shapes."""

    def __init__(self, tracker: Tracker, settings: Settings) -> None:
        self.stories = Stories(tracker)
        self._tracker = tracker
        self._settings = settings

    def connection(self, index: int) -> tuple[Connection, Story]:
        """Row ``index`` as it stands now, with its findings; the tracker's ``now`` is its end.

        Its id is the tracker's number: ids are never given twice, and a SYN that turned out to
        belong to an older connection leaves a gap.
        """
        found, story = connection(self._tracker, self.stories, index, self._settings)
        findings = catalogue.findings(found, story, self._settings)
        return replace(found, findings=findings), story
