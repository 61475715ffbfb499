"""Connections as records while the analysis goes on: those that are open, and those just over."""

from __future__ import annotations

from msgspec.structs import replace

from pcapflow.engine.decode import Stories, connection
from pcapflow.engine.facts import Facts, SideFacts, facts
from pcapflow.engine.layout import MARK_CLIENT_LAST, MARK_ONE_SIDED
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
        marks = so_far(facts(self._tracker, index))
        found, story = connection(self._tracker, self.stories, index, self._settings, marks)
        findings = catalogue.findings(found, story, self._settings)
        return replace(found, findings=findings), story


def so_far(row: Facts) -> int:
    """The marks that a row is given when it is over, as they would be now."""
    client, server = row.sides
    marks = 0
    if client.last_data > server.last_data:
        marks |= MARK_CLIENT_LAST
    silent = client.packets == 0 or server.packets == 0
    if silent and (_alive(client, server) or _alive(server, client)):
        marks |= MARK_ONE_SIDED
    return marks


def _alive(side: SideFacts, peer: SideFacts) -> bool:
    """Whether an end has sent anything but SYN and RST: it then acknowledged something."""
    return peer.snd_una >= 0 and side.packets > side.syn_count + side.rsts
