"""A page of the screen, and one that words filter."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, cast

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import Screen
from textual.widgets import Input

from pcapflow.live.screen.board import Filter
from pcapflow.live.screen.keys import foot
from pcapflow.live.screen.lines import Line, head
from pcapflow.live.screen.rows import Lines, Rows
from pcapflow.model import Connection

if TYPE_CHECKING:
    from pcapflow.live.screen.app import WatchApp


class View(Screen[None]):
    """A page: the head, what ``body`` gives, the keys that it has."""

    keys = ""

    @property
    def watching(self) -> WatchApp:
        """The app that it is a page of."""
        return cast("WatchApp", self.app)

    def compose(self) -> ComposeResult:
        """From top to bottom."""
        yield Lines(self._head, id="head")
        yield from self.body()
        yield Lines(self._foot, id="foot")

    def body(self) -> ComposeResult:
        """What lies between head and foot."""
        raise NotImplementedError

    async def look(self) -> None:
        """Ask the watch for what only this page shows."""

    def show(self) -> None:
        """Show what is known now."""

    def named(self) -> Connection | None:
        """The connection that is meant by the keys that save one."""
        return None

    def on_screen_resume(self) -> None:
        """It is on top again, or for the first time; keys are heard while it looks."""
        self.run_worker(self._resumed(), group="resumed", exclusive=True)

    async def _resumed(self) -> None:
        await self.look()
        self.show()
        self.query_one("#head").refresh()

    def _head(self, width: int) -> Sequence[Line]:
        app = self.watching
        now = app.source.clock()
        return [head(app.board, app.source.interface, now, app.paused, width)]

    def _foot(self, width: int) -> Sequence[Line]:
        return [foot(self.keys, self.watching.said, width)]


class Filtered(View):
    """A page that ``/`` asks for words; ``words`` are those that hold."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "filter"),
        Binding("s", "sort"),
        Binding("escape", "back"),
    ]

    def compose(self) -> ComposeResult:
        """With a line to type words into."""
        yield from super().compose()
        asked = Input(placeholder="words to filter by", id="filter", compact=True)
        asked.display = False
        yield asked

    @property
    def words(self) -> Filter:
        """What is filtered by."""
        raise NotImplementedError

    def choose(self, words: Filter) -> None:
        """Filter by these from now on."""
        raise NotImplementedError

    def action_filter(self) -> None:
        """Ask for words."""
        asked = self.query_one("#filter", Input)
        asked.value = self.words.words
        asked.display = True
        asked.focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Filter while words are typed."""
        self.choose(Filter(event.value))
        self.show()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """The words hold."""
        self._asked()

    def action_back(self) -> None:
        """Out of the filter first, then to the page before."""
        if self.query_one("#filter", Input).display or self.words:
            self.choose(Filter())
            self._asked()
            self.show()
        elif len(self.app.screen_stack) > 2:  # below the first page lies Textual's own
            self.app.pop_screen()

    def _asked(self) -> None:
        asked = self.query_one("#filter", Input)
        if asked.display:
            asked.display = False
            self.query(Rows).first().focus()
