"""Opens a page in headless Chromium and asks what became of it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from html import unescape
from pathlib import Path
from typing import NamedTuple

from tests.conftest import need_tool

DEADLINE = 60.0
_SAID = re.compile(r"^\[[^]]*:CONSOLE[^]]*\] (.*)$", re.MULTILINE)


class Opened(NamedTuple):
    """The page's document as it was at last, and what its console said."""

    document: str
    said: list[str]

    @property
    def told(self) -> str:
        """What a script in it left in the attribute ``data-told`` of its root."""
        found = re.search(r'data-told="([^"]*)"', self.document)
        assert found is not None, f"no script told anything; the console said: {self.said}"
        return unescape(found[1])


def opened(page: Path, home: Path, *options: str) -> Opened:
    """Load a page; ``home`` is where the browser keeps what it keeps of its user."""
    with _chromium(page, home, "--dump-dom", *options) as browser:
        document, said = browser.communicate(timeout=DEADLINE)
    assert browser.returncode == 0, said
    return Opened(document, _SAID.findall(said))


def seen(page: Path, home: Path, picture: Path, width: int, height: int, *options: str) -> None:
    """Write what a window of this size shows of a page, as PNG."""
    size = f"--window-size={width},{height}"
    shot = f"--screenshot={picture}"
    with _chromium(page, home, shot, size, "--hide-scrollbars", *options) as browser:
        _, said = browser.communicate(timeout=DEADLINE)
    assert picture.is_file(), said


@contextmanager
def _chromium(page: Path, home: Path, *options: str) -> Iterator[subprocess.Popen[str]]:
    """A browser that is gone, with all its processes, when the test goes on."""
    browser = subprocess.Popen(
        [
            need_tool("chromium"),
            "--headless",
            "--no-sandbox",  # it refuses to start as root otherwise; the pages are our own
            "--disable-gpu",
            "--disable-dev-shm-usage",  # 64 MB in a container
            "--no-first-run",
            f"--user-data-dir={home}",
            "--enable-logging=stderr",
            "--virtual-time-budget=10000",  # for promises and timers, which take no time
            *options,
            page.as_uri(),
        ],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        start_new_session=True,
    )
    try:
        yield browser
    finally:
        _end(browser)


def _end(browser: subprocess.Popen[str]) -> None:
    with suppress(ProcessLookupError):
        os.killpg(browser.pid, signal.SIGKILL)
    browser.wait()
