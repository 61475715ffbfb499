"""What of a hostile text reaches a terminal."""

import pytest

from pcapflow.report.letters import printable


@pytest.mark.parametrize("raw", ["\x1b[31m", "\x07", "\x9b", "\u202e", "\u2028", "\udc80", "\n"])
def test_what_a_terminal_would_obey_is_made_visible(raw: str) -> None:
    shown = printable(f"a{raw}b")

    assert shown.isprintable()
    assert shown.startswith("a\\")
