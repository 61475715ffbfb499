"""The screen of a watch: keys, pages, and a look at it about once a second."""

from __future__ import annotations

import asyncio
import signal
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import ClassVar, TypeVar

from textual import events
from textual.app import App
from textual.binding import Binding, BindingType

from pcapflow.live.news import News
from pcapflow.live.screen.board import Board
from pcapflow.live.screen.source import Feed, Source
from pcapflow.live.screen.terminal import Terminal
from pcapflow.live.screen.view import View
from pcapflow.live.screen.views import Help, Overview
from pcapflow.live.stop import Asked
from pcapflow.model import Connection

T = TypeVar("T")

_LOOKS = 1.0  # seconds between two looks
_SAID = 5.0  # seconds that something is said
_HEARD = 100  # lines of others that are kept
_SHARE = 10  # a look's own cost, so many times, lies between two


def show(source: Source, news: Iterator[News], stop: Asked) -> Sequence[str]:
    """Show a watch until the user or the watch ends it; raises what the watch broke off with.

    What was said meanwhile on standard error is returned: nobody could read it there.
    """
    app = WatchApp(source, stop.ask)
    feed = Feed(news, source.tell, app.over)
    feed.start()
    try:
        app.run(mouse=False)  # so that the terminal can mark and copy addresses
    finally:
        if not stop.asked:
            stop.ask()
        feed.join()
    if feed.fault is not None:
        raise feed.fault
    if app.return_code:  # Textual has said what is wrong
        raise RuntimeError("the screen broke off")
    return app.heard


class WatchApp(App[None]):
    """Looks at a ``source``; ``end`` asks the watch to end, and ``over`` is called when it has."""

    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+c", "leave", priority=True),
        Binding("ctrl+q", "leave", priority=True),
        Binding("q", "leave"),
        Binding("question_mark", "help"),
        Binding("p", "pause"),
        Binding("i", "picture"),
        Binding("w", "packets"),
    ]
    CSS = """
    Screen { background: ansi_default; }
    #head { height: 1; }
    #foot { height: 1; dock: bottom; }
    #filter { dock: bottom; height: 1; border: none; }
    #places { height: auto; max-height: 55%; margin: 1 0; }
    #findings, #held, #detail, #help { height: 1fr; }
    #held, #detail, #help { margin: 1 0 0 0; }
    """

    def __init__(self, source: Source, end: Callable[[], None], *, alone: bool = True) -> None:
        super().__init__(driver_class=Terminal, ansi_color=True)
        self.source = source
        self.board = Board()
        self.paused = False
        self.said = ""
        self.heard: deque[str] = deque(maxlen=_HEARD)
        self._end = end
        self._alone = alone  # looks unasked
        self._loop: asyncio.AbstractEventLoop | None = None
        self._gone = False
        self._spent = 0.0  # seconds of a processor that this look took

    def on_mount(self) -> None:
        """Open the first page, and begin to look."""
        self._loop = asyncio.get_running_loop()
        self.push_screen(Overview())
        self.begin_capture_print(self)
        if self._alone:
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                self._loop.add_signal_handler(number, self.action_leave)
            self.run_worker(self._looking(), exit_on_error=True)
        if self._gone:
            self.exit()

    def over(self) -> None:
        """The watch has ended; called in its thread."""
        self._gone = True
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self.exit)

    def on_print(self, event: events.Print) -> None:
        """Somebody wrote to standard error, which the screen covers."""
        for line in filter(None, event.text.splitlines()):
            self.heard.append(line)
            self.say(line)

    def say(self, text: str) -> None:
        """Say something for a while where the keys are."""
        self.said = text
        self._foot()
        if text:
            self.set_timer(_SAID, lambda: self.say("") if self.said == text else None)

    def _foot(self) -> None:
        for foot in self.screen.query("#foot"):
            foot.refresh()

    async def ask(self, question: Callable[[], T]) -> T:
        """Ask the source in a thread, so that keys are heard meanwhile."""

        def timed() -> tuple[T, float]:
            begun = time.thread_time()  # not the clock: whoever else is busy is no reason to wait
            return question(), time.thread_time() - begun

        answer, cost = await asyncio.to_thread(timed)
        self._spent += cost
        return answer

    async def look(self) -> None:
        """See what there is now, unless the picture is to hold still."""
        if not self.paused:
            view = self.screen
            self.board.tell(*self.source.take())
            self.board.see(await self.ask(self.source.look))
            if isinstance(view, View):
                await view.look()
                if view.is_current and not self.paused:
                    view.show()
        for head in self.screen.query("#head"):
            head.refresh()

    async def _looking(self) -> None:
        while True:
            self._spent = 0.0
            await self.look()
            await asyncio.sleep(max(_LOOKS, _SHARE * self._spent))

    def action_leave(self) -> None:
        """Ask the watch to end; what it still has to do may take a moment."""
        self.say("ending ...")
        self._end()

    def action_help(self) -> None:
        """Show the keys."""
        if not isinstance(self.screen, Help):
            self.push_screen(Help())

    def action_pause(self) -> None:
        """Hold the picture still, or go on."""
        self.paused = not self.paused
        for head in self.screen.query("#head"):
            head.refresh()

    def action_picture(self) -> None:
        """Save a picture of the connection that is meant."""
        self._save(self.source.save_picture)

    def action_packets(self) -> None:
        """Save its packets."""
        self._save(self.source.save_packets)

    def _save(self, save: Callable[[Connection], Path | None]) -> None:
        view = self.screen
        connection = view.named() if isinstance(view, View) else None
        if connection is None:
            self.say("choose a connection or a finding first")
        else:
            self.say(f"saving flow {connection.id} ...")
            self.run_worker(self._saving(save, connection))

    async def _saving(self, save: Callable[[Connection], Path | None], which: Connection) -> None:
        try:
            path = await asyncio.to_thread(save, which)
        except OSError as error:
            self.say(f"cannot write: {error}")
            return
        if path is None:
            self.say(f"flow {which.id}: none of its packets are kept any more")
        else:
            self.say(f"wrote {path}")
