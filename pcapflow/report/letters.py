"""Letters that every output can take: nothing that harms a terminal, nothing that it cannot show.

Captures are hostile: control characters are made visible here, on every way to a terminal.
"""

from __future__ import annotations

LETTERS = "✗·→─►◄×…µ"
"""What pcapflow writes beyond ASCII; all of it can be said without."""


def can_write(letters: str, encoding: str) -> bool:
    """Whether an encoding has these letters."""
    try:
        letters.encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def printable(text: str) -> str:
    r"""The text with control characters, direction marks and broken letters made visible."""
    if text.isprintable():
        return text
    return "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape").decode("ascii")
        for letter in text
    )
