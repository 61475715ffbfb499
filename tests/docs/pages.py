"""The generated pages: what is in docs/ by which name, and what makes it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from pcapflow.draw.themes import ThemeName
from pcapflow.findings import docs as findings
from tests.cli.program import pcapflow, sample
from tests.docs import diagram, states

DOCS = Path(__file__).parents[2] / "docs"


def leak(theme: ThemeName) -> str:
    """The picture in the README, as the command line draws it."""
    with TemporaryDirectory() as folder:
        picture = Path(folder) / "close-wait.svg"
        done = pcapflow(
            *("diagram", sample("leaking_pool"), "--flow", "4"),
            *("--theme", theme, "-o", picture),
        )
        assert done.code == 0, done.err
        root, rest = picture.read_text(encoding="utf-8").split("\n", 1)
    return f"{root}\n<!-- Made by: ./do docs -->\n{rest}"


PAGES: dict[str, Callable[[], str]] = {
    "findings.md": findings.markdown,
    "states.md": states.markdown,
    "states.svg": diagram.svg,
    "close-wait.svg": lambda: leak("light"),
    "close-wait-dark.svg": lambda: leak("dark"),
}
