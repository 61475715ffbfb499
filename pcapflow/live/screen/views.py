"""The pages of the screen: places and findings, connections of a place, one connection, help."""

from __future__ import annotations

from typing import ClassVar, cast

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from pcapflow.findings.words import clock, number, plural
from pcapflow.live.screen import tables
from pcapflow.live.screen.board import HELD_ORDERS, ORDERS, Filter, HeldOrder, Row, Told, held_rows
from pcapflow.live.screen.keys import help_page
from pcapflow.live.screen.lines import Line, title
from pcapflow.live.screen.rows import Rows
from pcapflow.live.screen.source import Listed, Shown
from pcapflow.live.screen.view import Filtered, View
from pcapflow.model import Connection, Place
from pcapflow.sockets import Held


class Overview(Filtered):
    """Places with their sockets, and findings."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("h", "by")]
    keys = "? Enter h / s p i w q"

    def __init__(self) -> None:
        super().__init__()
        self._chosen = self._found = 0  # places, findings

    def body(self) -> ComposeResult:
        """Two lists."""
        yield Rows[Row](
            "places", [self._places_title, _places_head], tables.place, key=lambda row: row.place
        )
        yield Rows[Told](
            "findings", [self._findings_title], tables.finding, key=lambda told: told.number
        )

    @property
    def words(self) -> Filter:
        """Of both lists."""
        return self.watching.board.filter

    def choose(self, words: Filter) -> None:
        """Of both lists."""
        self.watching.board.filter = words

    def show(self) -> None:
        """What the board has."""
        board = self.watching.board
        rows, more = board.rows()
        self._chosen = len(rows) + more
        nothing = "  No sockets match." if board.filter else "  No sockets yet."
        rest = f"  and {plural(more, 'more place')}" if more else "" if rows else nothing
        self.query_one("#places", Rows).show(rows, rest)
        findings = board.findings()
        self._found = len(findings)
        nothing = "  No findings match." if board.filter else "  Nothing found wrong yet."
        rest = f"  {plural(board.forgotten, 'older finding')} not kept" if board.forgotten else ""
        self.query_one("#findings", Rows).show(findings, rest if findings else nothing)

    def named(self) -> Connection | None:
        """That of the finding under the cursor."""
        found = self.query_one("#findings", Rows)
        told = cast("Told | None", found.chosen)
        return told.connection if told is not None and found.has_focus else None

    def on_rows_opened(self) -> None:
        """The connections of a place, or a finding's connection."""
        places = cast("Rows[Row]", self.query_one("#places", Rows))
        if places.has_focus and places.chosen is not None:
            self.app.push_screen(Connections(places.chosen.place))
        elif (connection := self.named()) is not None:
            self.app.push_screen(Detail(connection))

    def action_by(self) -> None:
        """By host, or by service."""
        board = self.watching.board
        board.by = "host" if board.by == "service" else "service"
        self.show()

    def action_sort(self) -> None:
        """In the next order."""
        board = self.watching.board
        board.order = ORDERS[(ORDERS.index(board.order) + 1) % len(ORDERS)]
        self.show()

    def _places_title(self, width: int, focused: bool) -> Line:
        board = self.watching.board
        look = board.look
        hosts = [] if look is None else look.hosts[board.by]
        at = "" if look is None or look.at is None else f"as of {clock(look.at)[:8]}"
        words = f"filter: {board.filter.words}" if board.filter else ""
        count = f"{number(self._chosen)} of {plural(len(hosts), 'place')}"
        said = [words, count, f"by {board.order}", at]
        name = "Services" if board.by == "service" else "Hosts"
        return title(name, said, width, focused)

    def _findings_title(self, width: int, focused: bool) -> Line:
        board = self.watching.board
        words = f"filter: {board.filter.words}" if board.filter else ""
        count = number(board.told)
        if board.filter:
            count = f"{number(self._found)} of {count}"
        said = [words, count, "newest first"]
        return title("Findings", said, width, focused)


class Connections(Filtered):
    """The connections of a place."""

    keys = "? Enter Esc / s p i w q"

    def __init__(self, place: Place) -> None:
        super().__init__()
        self._place = place
        self._listed: Listed | None = None
        self._order: HeldOrder = "trouble"
        self._words = Filter()

    def body(self) -> ComposeResult:
        """One list."""
        yield Rows[Held](
            "held", [self._title, _held_head], self._worded, key=lambda each: each.flow
        )

    @property
    def words(self) -> Filter:
        """Of this page."""
        return self._words

    def choose(self, words: Filter) -> None:
        """Of this page."""
        self._words = words

    async def look(self) -> None:
        """Ask for the list."""
        self._listed = await self.watching.ask(lambda: self.watching.source.listed(self._place))

    def show(self) -> None:
        """The list, chosen and sorted."""
        if self._listed is not None:
            rows = held_rows(self._listed.held, self._order, self._words)
            rest = "" if rows else "  It holds no sockets that match now."
            self.query_one("#held", Rows).show(rows, rest)

    def named(self) -> Connection | None:
        """The one under the cursor."""
        held = cast("Held | None", self.query_one("#held", Rows).chosen)
        return None if held is None else held.connection

    def on_rows_opened(self) -> None:
        """Its diagram."""
        if (connection := self.named()) is not None:
            self.app.push_screen(Detail(connection))

    def action_sort(self) -> None:
        """In the next order."""
        self._order = HELD_ORDERS[(HELD_ORDERS.index(self._order) + 1) % len(HELD_ORDERS)]
        self.show()

    def _worded(self, each: Held, width: int) -> Line:
        return tables.held(each, 0 if self._listed is None else self._listed.at, width)

    def _title(self, width: int, focused: bool) -> Line:
        words = f"filter: {self._words.words}" if self._words else ""
        listed = [] if self._listed is None else tables.held_said(self._listed)
        said = [words, f"by {self._order}", *listed]
        return title(str(self._place), said, width, focused)


class Detail(View):
    """One connection as a diagram that follows it."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "app.pop_screen")]
    keys = "? Esc p i w q"

    def __init__(self, connection: Connection) -> None:
        super().__init__()
        self._connection = connection
        self._shown: Shown | None = None

    def body(self) -> ComposeResult:
        """Lines that scroll."""
        yield Rows[Line]("detail", [self._title], lambda line, width: line)

    async def look(self) -> None:
        """Draw it again."""
        self._shown = await self.watching.ask(lambda: self.watching.source.detail(self._connection))
        self._connection = self._shown.connection

    def show(self) -> None:
        """The diagram."""
        if self._shown is not None:
            rows = cast("Rows[Line]", self.query_one("#detail", Rows))
            rows.show(tables.detail(self._shown, self.size.width))

    def named(self) -> Connection | None:
        """This one."""
        return self._connection

    def _title(self, width: int, focused: bool) -> Line:
        if self._shown is None:
            return []
        rows = self.query_one("#detail", Rows)
        return tables.detail_title(self._shown, rows.seen, width)


class Help(View):
    """All keys."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "app.pop_screen"),
        Binding("enter", "app.pop_screen"),
    ]
    keys = "Esc q"

    def body(self) -> ComposeResult:
        """Lines that scroll where there is no room."""
        yield Rows[Line]("help", [], lambda line, width: line)

    def show(self) -> None:
        """All of it."""
        cast("Rows[Line]", self.query_one("#help", Rows)).show(help_page())


def _places_head(width: int, focused: bool) -> Line:
    return tables.places_head(width)


def _held_head(width: int, focused: bool) -> Line:
    return tables.held_head(width)
