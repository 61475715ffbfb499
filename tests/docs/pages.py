"""The generated pages: what is in docs/ by which name, and what makes it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from pcapflow.findings import docs as findings
from tests.docs import diagram, states

DOCS = Path(__file__).parents[2] / "docs"
PAGES: dict[str, Callable[[], str]] = {
    "findings.md": findings.markdown,
    "states.md": states.markdown,
    "states.svg": diagram.svg,
}
