"""What a report needs of the rules: shapes, piles and counts, all that takes long to load.

Reading needs none of it before a group has more connections than are kept as examples, so a report
loads this room when it first asks for it.
"""

from __future__ import annotations

from pcapflow.engine.groups import Groups
from pcapflow.engine.track import Tracker
from pcapflow.piles import Piles
from pcapflow.shapes import Shapes
from pcapflow.tally import Reader, Tally
from pcapflow.tcp.timers import Settings


class Judging:
    """The shapes of a tracker's rows, what the ends of its groups hold, and all of it counted."""

    def __init__(
        self, tracker: Tracker, groups: Groups, settings: Settings, reader: Reader
    ) -> None:
        self.shapes = Shapes(tracker, settings)
        self.piles = Piles(groups, settings)
        self.tally = Tally(tracker, self.shapes, reader)
