"""A list on the screen: lines that are worded when they are seen, and one of them chosen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Size
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from pcapflow.live.screen.lines import Line, Look, Piece, fitted
from pcapflow.report.terminal import STYLES

T = TypeVar("T")

# The spines of pictures' states; of two that are too dark on black, their light neighbours.
_COLOURS: dict[Look, str] = {
    "ESTABLISHED": "#009E73",
    "FIN_WAIT_1": "#56B4E9",
    "FIN_WAIT_2": "#56B4E9",
    "TIME_WAIT": "#CC79A7",
    "CLOSE_WAIT": "bold #E69F00",
    "LAST_ACK": "#B8AC00",
    "SYN_SENT": "#8A94A0",
    "SYN_RECEIVED": "#8A94A0",
    "CLOSING": "#8A94A0",
    "CLOSED": "#8A94A0",
    "UNKNOWN": "dim",
    "LISTEN": "dim",
    "title": "bold",
    "paused": "bold reverse",
    "key": "bold",
}
_STYLES: dict[Look, Style] = {
    look: Style.parse(style) for look, style in (*STYLES.items(), *_COLOURS.items())
}
_CHOSEN = Style(reverse=True)


def strip(line: Line, width: int, chosen: bool = False) -> Strip:
    """A line as Textual paints it; nothing in it is taken for markup."""
    segments = [Segment(text, _STYLES[look]) for text, look in fitted(line, width)]
    if chosen:
        segments = [Segment(text, _CHOSEN) for text, _, _ in segments]
    return Strip(segments, width)


class Lines(Widget):
    """Lines that stand still."""

    def __init__(self, worded: Callable[[int], Sequence[Line]], id: str) -> None:
        super().__init__(id=id)
        self._worded = worded

    def render_line(self, y: int) -> Strip:
        """As Textual asks for it."""
        lines = self._worded(self.size.width)
        return strip(lines[y] if y < len(lines) else [], self.size.width)


class Rows(Widget, Generic[T], can_focus=True):
    """Items below ``heads``, of which as many are worded as are seen.

    ``key`` tells an item again when the items are new; without it, none is chosen and the lines
    scroll.
    """

    class Opened(Message):
        """Enter was pressed."""

    def __init__(
        self,
        id: str,
        heads: Sequence[Callable[[int, bool], Line]],
        worded: Callable[[T, int], Line],
        key: Callable[[T], object] | None = None,
    ) -> None:
        super().__init__(id=id)
        self._heads = heads
        self._worded = worded
        self._key = key
        self._items: Sequence[T] = ()
        self._at = 0  # the chosen item; of lines that scroll, the first one seen
        self._top = 0
        self._rest = ""

    @property
    def chosen(self) -> T | None:
        """The item under the cursor."""
        return self._items[self._at] if self._items else None

    def show(self, items: Sequence[T], rest: str = "") -> None:
        """New items: the cursor stays on the same one, if it stands elsewhere than on the first.

        ``rest`` is said below the last.
        """
        before = self.chosen
        grown = len(items) != len(self._items)
        self._items, self._rest = items, rest
        if self._key is not None and before is not None and self._at > 0:
            same = self._key(before)
            found = (i for i, item in enumerate(items) if self._key(item) == same)
            self._at = next(found, self._at)
        self._move(0)
        if grown:
            self.refresh(layout=True)

    def render_line(self, y: int) -> Strip:
        """As Textual asks for it."""
        width = self.size.width
        if y < len(self._heads):
            return strip(self._heads[y](width, self.has_focus), width)
        index = self._top + y - len(self._heads)
        if index < len(self._items):
            chosen = self._key is not None and index == self._at and self.has_focus
            return strip(self._worded(self._items[index], width), width, chosen)
        return strip(self._after if index == len(self._items) else [], width)

    @property
    def seen(self) -> str:
        """Which of the items are seen."""
        last = min(len(self._items), self._top + self._room)
        return f"{self._top + 1}-{last} of {len(self._items)}"

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Lines that it has, for Textual."""
        return len(self._heads) + len(self._items) + bool(self._rest)

    @property
    def _after(self) -> Line:
        return [Piece(self._rest, "muted")]

    def on_key(self, event: events.Key) -> None:
        """Move, or open what is chosen."""
        page = max(1, self._room - 1)
        steps = {"up": -1, "k": -1, "down": 1, "j": 1, "pageup": -page, "pagedown": page}
        steps |= {"home": -len(self._items), "end": len(self._items)}
        if event.key in steps:
            self._move(steps[event.key])
        elif event.key == "enter" and self._key is not None and self._items:
            self.post_message(self.Opened())
        else:
            return
        event.stop()

    def on_resize(self) -> None:
        """Keep the cursor in sight."""
        self._move(0)

    @property
    def _room(self) -> int:
        """Lines for items."""
        return max(1, self.size.height - len(self._heads))

    def _move(self, step: int) -> None:
        last = len(self._items) - 1
        if self._key is None:
            last -= self._room - 1
        self._at = max(0, min(last, self._at + step))
        if self._key is None:
            self._top = self._at
        else:
            length = len(self._items) + bool(self._rest)
            lowest = self._at + (length - last if self._at == last else 1) - self._room
            highest = min(self._top, self._at, max(0, length - self._room))
            self._top = max(0, lowest, highest)
        self.refresh()
