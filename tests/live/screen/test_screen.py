"""The screen, page by page, of a recording that is replayed: what a terminal would show.

After a wanted change: ``python -m tests.live.screen.test_screen`` writes the golden files anew.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable, Collection, Iterator, Sequence
from pathlib import Path

import pytest
from textual.pilot import Pilot

from pcapflow import __version__
from pcapflow.live.news import News
from pcapflow.live.ring import Packet, Ring
from pcapflow.live.screen.app import WatchApp
from pcapflow.live.screen.rows import Rows
from tests.cli.program import REPOSITORY, pcapflow
from tests.live.screen.tape import HOUR, Player

GOLDEN = Path(__file__).parent / "golden"
POOL = REPOSITORY / "samples" / "leaking_pool.pcap"
SIZES = ((80, 24), (200, 50))
LOOKS = range(2, 80, 9)  # seconds after the first packet

PAGES = {
    "overview": "",
    "hosts": "h",
    "sorted": "s s s",
    "findings": "tab down down",
    "connections": "enter",
    "by-client": "enter slash 5 space w a i t enter s s s",
    "detail": "enter enter",
    "detail-end": "enter enter end",
    "finding": "tab enter",
    "help": "question_mark",
    "typing": "slash l e a k space 4 9 2 4 1",
    "filter": "slash c l o s e minus enter tab",
    "by-state": "slash c l o s e _ enter",
    "nothing": "slash x y z enter",
    "paused": "p",
}

App = WatchApp
Page = tuple[WatchApp, Pilot[None], Player]


class Forgetful(Ring):
    """Has kept no packet before a frame."""

    def __init__(self, first: int) -> None:
        super().__init__(HOUR, 1 << 26)
        self._kept = first

    def packets(self, numbers: Collection[int]) -> Iterator[Packet]:
        return (packet for packet in super().packets(numbers) if packet.frame >= self._kept)


def text(app: App) -> str:
    """What the terminal shows, as text; of any version."""
    strips = app.screen._compositor.render_strips()
    shown = "".join(f"{strip.text.rstrip()}\n" for strip in strips)
    return shown.replace(f"pcapflow {__version__}", "pcapflow 1.0.0")


def driven(
    size: tuple[int, int],
    act: Callable[[App, Pilot[None], Player], Awaitable[None]],
    ring: Ring | None = None,
    looks: Sequence[int] = LOOKS,
) -> None:
    """Replay the recording with a look now and then, then do something with the screen."""

    async def run(player: Player) -> None:
        app = WatchApp(player.source, lambda: None, alone=False)
        async with app.run_test(size=size) as pilot:
            for after in looks:
                player.play(after)
                await app.look()
            await act(app, pilot, player)

    with pytest.MonkeyPatch.context() as patch:
        player = Player(patch, POOL.read_bytes(), ring)
        try:
            asyncio.run(run(player))
        finally:
            player.tape.close()


async def press(app: App, pilot: Pilot[None], *keys: str) -> None:
    """Press keys, each when what the last one asked for is there."""
    for key in keys:
        await pilot.press(key)
        await app.workers.wait_for_complete()
        await pilot.pause()


def page(size: tuple[int, int], keys: str) -> str:
    """The screen after some keys."""
    shown = []

    async def act(app: App, pilot: Pilot[None], player: Player) -> None:
        await press(app, pilot, *keys.split())
        shown.append(text(app))

    driven(size, act)
    return shown[0]


@pytest.mark.parametrize("size", SIZES, ids=lambda size: "{}x{}".format(*size))
@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_as_it_was(name: str, size: tuple[int, int]) -> None:
    assert page(size, PAGES[name]) == golden(name, size).read_text()


def test_every_golden_file_is_compared() -> None:
    assert set(GOLDEN.iterdir()) == {golden(name, size) for name in PAGES for size in SIZES}


def golden(name: str, size: tuple[int, int]) -> Path:
    return GOLDEN / "{}-{}x{}.txt".format(name, *size)


def test_the_counts_are_those_that_the_recording_has_then() -> None:
    told = pcapflow("states", str(POOL), "--at", "+74s").out
    assert "CLOSE_WAIT 10 · ESTABLISHED 1" in told
    line = next(each for each in page(SIZES[0], "").splitlines() if "clients of" in each)
    _, _, _, waiting, _, established, time_wait, other, whole, _ = line.split()
    assert [waiting, established, time_wait, other, whole] == ["10", "1", "·", "·", "11"]


def test_a_diagram_follows_its_connection() -> None:
    async def act(app: App, pilot: Pilot[None], player: Player) -> None:
        await press(app, pilot, "s", "enter", "s", "s", "down", "down", "down", "enter")
        assert "flow 4  ESTABLISHED / ESTABLISHED" in text(app)
        player.play(3)
        await app.look()
        assert "flow 4  CLOSE_WAIT / FIN_WAIT_2" in text(app)
        await press(app, pilot, "pagedown")
        assert "FIN A  server has nothing more to send" in text(app)

    driven(SIZES[0], act, looks=[1])


def test_pausing_holds_the_picture_still() -> None:
    async def act(app: App, pilot: Pilot[None], player: Player) -> None:
        before = text(app)
        await press(app, pilot, "p")
        player.play(500)
        await app.look()
        await pilot.pause()
        paused = text(app).splitlines()
        assert "PAUSED" in paused[0]
        assert paused[1:] == before.splitlines()[1:]
        await press(app, pilot, "p")
        await app.look()
        await pilot.pause()
        assert f"{len(player.tape.records)} packets" in text(app).splitlines()[0]
        assert "PAUSED" not in text(app)

    driven(SIZES[0], act)


def test_a_connection_whose_first_packets_are_gone() -> None:
    async def act(app: App, pilot: Pilot[None], player: Player) -> None:
        await press(app, pilot, "enter", "enter")
        await pilot.pause()
        assert "Its first packets are not kept any more: told from" in text(app)

    driven(SIZES[0], act, Forgetful(96))


def test_a_connection_whose_packets_are_all_gone() -> None:
    async def act(app: App, pilot: Pilot[None], player: Player) -> None:
        await press(app, pilot, "tab", "enter")
        await pilot.pause()
        shown = text(app)
        assert "None of its packets are kept any more" in shown
        assert "! close-wait-leak" in shown
        await press(app, pilot, "w")
        await app.workers.wait_for_complete()
        assert "none of its packets are kept any more" in text(app).splitlines()[-1]

    driven(SIZES[0], act, Forgetful(10**9))


def test_a_connection_is_saved_and_nothing_overwritten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    old = tmp_path / "eth0-flow4.pcapng"
    old.write_text("mine")

    async def act(app: App, pilot: Pilot[None], player: Player) -> None:
        await press(app, pilot, "w")
        await pilot.pause()
        assert "eth0-flow" not in text(app)
        await press(app, pilot, "enter", "w", "i")
        await app.workers.wait_for_complete()
        assert "wrote eth0-flow4" in text(app).splitlines()[-1]

    driven(SIZES[0], act)
    assert old.read_text() == "mine"
    assert (tmp_path / "eth0-flow4.png").read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
    saved = tmp_path / "eth0-flow4-2.pcapng"
    assert b"close-wait-leak: 10.77.4.1:54683 acknowledged" in saved.read_bytes()
    told = pcapflow("diagram", saved, "-o", "-")
    assert "10.77.4.1:54683" in told.out
    assert told.code == 0


def test_no_color_is_heard(monkeypatch: pytest.MonkeyPatch) -> None:
    found: dict[bool, int] = {}

    async def act(app: App, pilot: Pilot[None], player: Player) -> None:
        styles = [s.style for strip in app.screen._compositor.render_strips() for s in strip]
        found[app.no_color] = sum(
            each is not None and each.color is not None and not each.color.is_default
            for each in styles
        )

    monkeypatch.delenv("NO_COLOR", raising=False)
    driven(SIZES[0], act)
    monkeypatch.setenv("NO_COLOR", "1")
    driven(SIZES[0], act)
    assert found[False] > 10
    assert found[True] == 0


def test_what_a_capture_says_is_neither_markup_nor_obeyed() -> None:
    async def act(app: App, pilot: Pilot[None], player: Player) -> None:
        player.source.interface = "[b]x\x1b[2J"
        app.say("[red]y\x07")
        await app.look()
        await pilot.pause()
        shown = text(app)
        assert "watching [b]x\\x1b[2J" in shown
        assert "[red]y\\x07" in shown

    driven(SIZES[0], act)


def test_the_cursor_stays_on_what_it_is_on() -> None:
    async def act(app: App, pilot: Pilot[None], player: Player) -> None:
        await press(app, pilot, "tab", "down", "down")
        findings = app.screen.query_one("#findings", Rows)
        newest, _, chosen, *_ = app.board.findings()
        assert findings.chosen == chosen
        app.board.tell([News(newest.connection, (newest.finding,), False)], 31)
        await app.look()
        assert app.board.findings()[3] == chosen
        assert findings.chosen == chosen

    driven(SIZES[0], act)


def test_what_others_say_meanwhile_is_shown_and_kept() -> None:
    async def act(app: App, pilot: Pilot[None], player: Player) -> None:
        sys.stderr.write("pcapflow: 7 packets dropped\n")
        await pilot.pause()
        assert text(app).splitlines()[-1] == "pcapflow: 7 packets dropped"
        assert list(app.heard) == ["pcapflow: 7 packets dropped"]

    driven(SIZES[0], act)


def test_a_taller_terminal_shows_more_of_a_list() -> None:
    async def act(app: App, pilot: Pilot[None], player: Player) -> None:
        await press(app, pilot, "tab", "end")
        await pilot.pause()
        before = text(app).count("close-wait-leak")
        await pilot.resize_terminal(80, 50)
        await pilot.pause()
        assert before < text(app).count("close-wait-leak") == 20

    driven(SIZES[0], act)


@pytest.mark.parametrize("key", ["q", "ctrl+c"])
def test_quitting_asks_the_watch_to_end_and_waits_for_it(key: str) -> None:
    async def run(player: Player) -> None:
        asked = []
        app = WatchApp(player.source, lambda: asked.append(True), alone=False)
        async with app.run_test(size=(80, 24)) as pilot:
            await pilot.press(key)
            await pilot.pause()
            assert asked == [True]
            assert app.is_running
            assert text(app).splitlines()[-1] == "ending ..."
            app.over()
            await pilot.pause()
        assert not app.is_running

    with pytest.MonkeyPatch.context() as patch:
        player = Player(patch, POOL.read_bytes())
        asyncio.run(run(player))
        player.tape.close()


if __name__ == "__main__":
    for name in PAGES:
        for size in SIZES:
            golden(name, size).write_text(page(size, PAGES[name]))
