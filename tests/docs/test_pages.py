"""The generated pages are those that the code makes now."""

from __future__ import annotations

import re

import pytest

from pcapflow.tcp.table import TABLE
from tests.docs.pages import DOCS, PAGES
from tests.docs.states import GROUPS


@pytest.mark.parametrize("name", PAGES)
def test_no_page_is_stale(name: str) -> None:
    stored = (DOCS / name).read_text(encoding="utf-8")
    assert without_fonts(stored) == without_fonts(PAGES[name]()), "run: ./do docs"


def without_fonts(page: str) -> str:
    """What is in a page beside fonts, whose octets are another matter of each fontTools."""
    return re.sub(r"base64,[^)]*", "", page)


def test_every_generated_page_says_how_it_is_made() -> None:
    generated = {path.name for path in DOCS.iterdir() if "Made by: ./do docs" in path.read_text()}
    assert generated == set(PAGES)


def test_every_row_is_in_one_part_of_the_page() -> None:
    stimuli = [stimulus for group in GROUPS.values() for stimulus in group]
    assert sorted(stimuli) == sorted({row.stimulus for row in TABLE})
