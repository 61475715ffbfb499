"""Styled lines on a terminal, by rich.  Import this only where standard output is one."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Console
from rich.text import Text

from pcapflow.report.letters import printable
from pcapflow.report.text import Line, Style

STYLES: dict[Style, str] = {
    "": "",
    "strong": "bold",
    "muted": "dim",
    "error": "bold red",
    "warning": "bold yellow",
    "info": "blue",
}
"""Colours repeat what the words and marks say; rich leaves them out where NO_COLOR is set."""


def show(lines: Iterable[Line], console: Console) -> None:
    """Write the lines, as wide as they are."""
    for line in lines:
        text = Text()
        for span in line:
            text.append(printable(span.text), STYLES[span.style])
        text.rstrip()
        console.print(text, soft_wrap=True, highlight=False)
