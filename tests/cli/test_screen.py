"""When the screen opens: on a terminal that can show it, with the library installed."""

from __future__ import annotations

import importlib.util
import io
import sys
from collections.abc import Callable

import pytest

from pcapflow.cli import screen
from pcapflow.cli.messages import Talk


class Stream(io.TextIOWrapper):
    """A standard stream that may be a terminal."""

    def __init__(self, terminal: bool = True, encoding: str = "utf-8") -> None:
        super().__init__(io.BytesIO(), encoding=encoding, write_through=True)
        self._terminal = terminal

    def isatty(self) -> bool:
        return self._terminal

    def text(self) -> str:
        assert isinstance(self.buffer, io.BytesIO)
        return self.buffer.getvalue().decode()


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Stream]:
    """Makes the standard streams terminals, but for those that are given; gives standard error.

    To be called by the test: pytest sets the streams anew between a fixture and its test.
    """

    def made(**other: Stream) -> Stream:
        streams = {name: Stream() for name in ("stdin", "stdout", "stderr")} | other
        for name, stream in streams.items():
            monkeypatch.setattr(sys, name, stream)
        return streams["stderr"]

    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(Talk, "quiet", False)
    return made


def test_it_opens_on_a_terminal(terminal: Callable[..., Stream]) -> None:
    said = terminal()
    assert screen.possible()
    assert said.text() == ""


@pytest.mark.parametrize("name", ["stdin", "stdout", "stderr"])
def test_not_where_a_stream_is_none(terminal: Callable[..., Stream], name: str) -> None:
    terminal(**{name: Stream(terminal=False)})
    assert not screen.possible()


def test_not_on_a_terminal_that_is_dumb(
    terminal: Callable[..., Stream], monkeypatch: pytest.MonkeyPatch
) -> None:
    terminal()
    monkeypatch.setenv("TERM", "dumb")
    assert not screen.possible()


def test_a_terminal_without_its_letters_is_told(terminal: Callable[..., Stream]) -> None:
    said = terminal(stdout=Stream(encoding="latin-1"))
    assert not screen.possible()
    assert "the screen needs a terminal with UTF-8" in said.text()


def test_what_is_to_be_installed_is_told(
    terminal: Callable[..., Stream], monkeypatch: pytest.MonkeyPatch
) -> None:
    said = terminal()
    found = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == "textual" else found(name)
    )
    assert not screen.possible()
    assert "install pcapflow[live] for the screen" in said.text()
