"""Where on each lifeline a frame or a moment is, once the rows have their places."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from pcapflow.model import Connection, End
from pcapflow.scene.items import Moment, Notice, Run
from pcapflow.scene.rows import CARD, STACK, Row, Rows
from pcapflow.scene.sheet import Sheet
from pcapflow.scene.steps import Step
from pcapflow.values import Record

# In a handshake's card, from its top: at the client and the server, frame by frame.
_HANDSHAKE: dict[End, tuple[float, float, float]] = {
    "client": (0.0, 60.0, 60.0),
    "server": (27.0, 27.0, 76.0),
}


class Lanes(Record):
    """What lies between the lifelines: the capture point's x, and where words may stand."""

    sheet: Sheet
    capture: float | None
    left: float
    right: float

    def middle(self, width: float) -> float:
        """The x for the middle of words so wide, as near to the diagram's as they may be."""
        return max(self.left + width / 2, min(self.sheet.middle, self.right - width / 2))


def lanes(connection: Connection, told: Sequence[Step], sheet: Sheet) -> Lanes:
    """The capture point near its lifeline; further off where a cross has to fit between them."""
    left, right = sheet.labels
    near = connection.vantage
    far_loss = any(s.fate == "lost" and s.end != near for s in told)
    if near == "client":
        capture = left + 56 if far_loss else left - 10
        return Lanes(sheet, capture, capture + 10, right)
    if near == "server":
        capture = right - 56 if far_loss else right + 10
        return Lanes(sheet, capture, left, capture - 10)
    return Lanes(sheet, None, left, right)


class Places:
    """Looks up heights; built once from the placed rows."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self._frames: dict[int, Row] = {}
        self._cards: list[tuple[Run, Row]] = []
        for row in rows.rows:
            if isinstance(row.item, Step):
                self._frames[row.item.segment.frame] = row
            elif isinstance(row.item, Notice):
                self._frames[row.item.frame] = row
            elif isinstance(row.item, Run):
                self._cards.append((row.item, row))

    def row(self, frame: int) -> Row | None:
        """The row that shows a frame, alone or on a card."""
        found = self._frames.get(frame)
        if found is not None:
            return found
        return next((row for run, row in self._cards if run.first <= frame <= run.last), None)

    def touch(self, end: End, frame: int | None, at: int) -> float:
        """The y on an end's lifeline of a frame, or of a moment where there is none."""
        row = self.row(frame) if frame is not None else None
        if row is None:
            return self.moment(at, end)
        item = row.item
        if isinstance(item, Step | Notice):
            return row.at(end)
        assert isinstance(item, Run)
        assert frame is not None
        top = row.middle - CARD / 2
        if item.kind == "handshake":
            return top + _HANDSHAKE[end][min(frame - item.first, 2)]
        return top + (CARD + STACK) * (frame - item.first) / max(1, item.last - item.first)

    def moment(self, at: int, end: End) -> float:
        """The y of a time: at its row if time made one, else in proportion on the axis."""
        for row in self._rows.rows:
            if isinstance(row.item, Moment) and row.item.at == at and row.item.end == end:
                return row.middle
        marks = [(row.item.at, row.tick) for row in self._rows.rows]
        marks.append((marks[-1][0] + self._rows.spans[-1].took, self._rows.end))
        if at <= marks[0][0]:
            return marks[0][1]
        for (t0, y0), (t1, y1) in pairwise(marks):
            if at <= t1:
                return y0 + (y1 - y0) * (at - t0) / max(1, t1 - t0)
        return self._rows.end
