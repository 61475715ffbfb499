"""The screen on a terminal, with real sockets of two hosts: tmux says what it shows."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.cli.program import DEADLINE, REPOSITORY, command
from tests.conftest import need_library, need_tool
from tests.live.network import PORT, Cable, hang_up, say

SANE = "#{alternate_on} #{cursor_flag} #{mouse_any_flag} #{keypad_flag}"


@pytest.fixture
def screens() -> None:
    need_tool("tmux")
    need_library("textual")


@pytest.fixture
def hosts(screens: None, hosts: Cable) -> Cable:
    return hosts


class Terminal:
    """A terminal of the client; in it pcapflow runs, and then says its exit code."""

    def __init__(
        self, hosts: Cable, folder: Path, size: tuple[int, int], *arguments: str, **env: str
    ) -> None:
        self._socket = str(folder / "tmux")
        self._folder = folder
        words = shlex.join(command(*arguments))
        with hosts.client.entered():
            subprocess.run(
                [
                    *("tmux", "-S", self._socket, "-f", os.devnull, "new-session", "-d"),
                    *("-x", str(size[0]), "-y", str(size[1]), "-c", str(folder)),
                    f"{words}; echo code=$?; stty -a >tty; exec cat",
                ],
                env={
                    **{name: value for name, value in os.environ.items() if name != "TMUX"},
                    "PYTHONPATH": str(REPOSITORY),
                    "LC_ALL": "C.UTF-8",
                    **env,
                },
                check=True,
            )

    def tmux(self, *words: str) -> str:
        done = subprocess.run(
            ["tmux", "-S", self._socket, *words], capture_output=True, text=True, check=True
        )
        return done.stdout

    def press(self, *keys: str) -> None:
        self.tmux("send-keys", *keys)

    def shown(self) -> str:
        return self.tmux("capture-pane", "-p")

    def wait(self, *words: str) -> str:
        """What is shown when all these words are."""
        give_up = time.monotonic() + DEADLINE
        while not all(word in (shown := self.shown()) for word in words):
            assert time.monotonic() < give_up, f"never saw {words} together, but\n{shown}"
            time.sleep(0.05)
        return shown

    def program(self) -> int:
        """The process that is watching."""
        shell = self.tmux("display", "-p", "#{pane_pid}").strip()
        children = Path(f"/proc/{shell}/task/{shell}/children")
        return int(children.read_text().split()[0])

    def ended(self) -> str:
        """All that was said after the screen was left, with the terminal as it was before."""
        self.wait("code=")
        give_up = time.monotonic() + DEADLINE
        tty = self._folder / "tty"  # made once the program is gone, and then written
        while "echo" not in (told := tty.read_text() if tty.exists() else ""):
            assert time.monotonic() < give_up
            time.sleep(0.05)
        assert {"icanon", "echo", "isig"} <= set(told.replace(";", " ").split())
        assert self.tmux("display", "-p", SANE).split() == ["0", "1", "0", "0"]
        return self.tmux("capture-pane", "-p", "-S", "-")

    def close(self) -> None:
        subprocess.run(["tmux", "-S", self._socket, "kill-server"], check=False)


def kernel(hosts: Cable, state: str) -> int:
    """How many sockets of the client ss counts in a state."""
    with hosts.client.entered():
        done = subprocess.run(
            ["ss", "-Htan", "state", state], capture_output=True, text=True, check=True
        )
    return len(done.stdout.splitlines())


def leak(hosts: Cable) -> None:
    held, closed = hosts.connect()
    say(held, closed)
    closed.close()


def test_a_leak_is_followed_down_to_its_diagram(hosts: Cable, tmp_path: Path) -> None:
    arguments = ("watch", "-i", "eth0", "--close-wait-after", "1")
    terminal = Terminal(hosts, tmp_path, (80, 24), *arguments)
    try:
        terminal.wait("watching eth0", "No sockets yet", "Nothing found wrong yet")
        for _ in range(3):
            leak(hosts)
        client, server = hosts.connect()
        say(client, server)
        hang_up(client, server)
        place = f"clients of 10.99.0.2:{PORT}"
        shown = terminal.wait(place, "! close-wait-leak", "flow 3", "     3 ")
        row = next(line for line in shown.splitlines() if place in line).split()
        assert int(row[3]) == kernel(hosts, "close-wait") == 3
        assert int(row[-4]) == kernel(hosts, "time-wait") == 1

        terminal.press("Enter")
        terminal.wait("CLOSE_WAIT", "FIN_WAIT_2?", "TIME_WAIT", "Esc back")
        terminal.press("Enter")
        terminal.wait("flow 1  CLOSE_WAIT / FIN_WAIT_2", "The client has not closed")
        terminal.press("i")
        terminal.wait("wrote eth0-flow1.png")
        terminal.press("w")
        terminal.wait("wrote eth0-flow1.pcapng")
        terminal.press("Escape", "Escape", "?")
        terminal.wait("this page")
        terminal.press("q")

        told = terminal.ended()
        assert "code=0" in told
        assert f"close-wait-leak  3 connections to 10.99.0.2:{PORT}" in told
        assert "4 TCP connections" in told
    finally:
        terminal.close()


@pytest.mark.parametrize("way", ["key", "SIGINT", "SIGTERM"])
def test_ctrl_c_and_signals_end_it_with_the_summary(hosts: Cable, tmp_path: Path, way: str) -> None:
    terminal = Terminal(hosts, tmp_path, (200, 50), "watch", "-i", "eth0", NO_COLOR="1")
    try:
        terminal.wait("watching eth0")
        hosts.refused(81)
        terminal.wait("connection-refused")
        if way == "key":
            terminal.press("C-c")
        else:
            os.kill(terminal.program(), getattr(signal, way))
        told = terminal.ended()
        assert "code=0" in told
        assert "connection-refused  1 connection to 10.99.0.2:81" in told
    finally:
        terminal.close()


def test_the_end_of_the_watch_is_the_end_of_the_screen(hosts: Cable, tmp_path: Path) -> None:
    terminal = Terminal(hosts, tmp_path, (80, 24), "watch", "-i", "eth0")
    try:
        terminal.wait("watching eth0", "no drops")
        with hosts.client.entered():
            subprocess.run(["ip", "link", "set", "eth0", "down"], check=True)
        told = terminal.ended()
        assert "code=2" in told
        assert "eth0: is down. Try: sudo ip link set eth0 up." in told
    finally:
        terminal.close()


def test_a_terminal_that_goes_away_ends_it(hosts: Cable, tmp_path: Path) -> None:
    terminal = Terminal(hosts, tmp_path, (80, 24), "watch", "-i", "eth0")
    try:
        terminal.wait("watching eth0")
        program = Path(f"/proc/{terminal.program()}")
        assert program.exists()
    finally:
        terminal.close()
    give_up = time.monotonic() + DEADLINE
    while program.exists():
        assert time.monotonic() < give_up
        time.sleep(0.05)


def test_plain_lines_where_they_are_asked_for(hosts: Cable, tmp_path: Path) -> None:
    terminal = Terminal(hosts, tmp_path, (80, 24), "watch", "-i", "eth0", "--plain")
    try:
        terminal.wait("Ctrl-C ends it with a summary")
        hosts.refused(81)
        terminal.wait("connection-refused")
        terminal.press("C-c")
        assert "code=0" in terminal.ended()
    finally:
        terminal.close()
