"""Which connections have a frame that a display filter shows."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from pcapflow.cli import messages
from pcapflow.cli.packed import unpacked
from pcapflow.engine.batch import Batch
from pcapflow.fold import Report


class Matches:
    """Lets tshark find the frames in each capture, then finds their connections.

    Raises UsageError where tshark does not understand the filter, MissingTool where there is none.
    """

    def __init__(self, display_filter: str, files: Sequence[str]) -> None:
        from pcapflow.annotate import filter as wireshark

        wireshark.check(display_filter)
        self._shown: dict[str, array[int]] = {}
        self._coming: set[int] = set()
        self._numbers: set[int] = set()
        for name in dict.fromkeys(files):
            with unpacked(name) as plain:
                frames, trouble = wireshark.frames(plain, display_filter)
            self._shown[name] = array("q", sorted(frames))
            if trouble is not None:
                messages.note(f"-Y shows frames up to where {trouble}")

    def tell(self, name: str, first: int, last: int, shift: int) -> None:
        """These frames of a capture come next, under numbers that are shifted."""
        shown = self._shown[name]
        here = shown[bisect_left(shown, first) : bisect_right(shown, last)]
        self._coming.update(number + shift for number in here)

    def collect(self, batch: Batch) -> None:
        """Note the connections of the frames that match."""
        for frame, _, number, _ in batch.tracked():
            if number and frame in self._coming:
                self._numbers.add(number)

    def ids(self, report: Report, dissolved: dict[int, int]) -> frozenset[int]:
        """The ids of those connections."""
        found = set()
        for number in self._numbers:
            while number in dissolved:
                number = dissolved[number]
            found.add(report.flow(number))
        return frozenset(found)
