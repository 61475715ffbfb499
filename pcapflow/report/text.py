"""Lines of styled text: what the reports for people are made of, and how they become plain text."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Sequence
from typing import Literal

from pcapflow.report.letters import LETTERS, can_write, printable
from pcapflow.values import Record

Style = Literal["", "strong", "muted", "error", "warning", "info"]

_NO_BREAK = "\N{NO-BREAK SPACE}"
_TOGETHER = re.compile(r"(?<=\d) (?=(?:ns|µs|ms|s|min|h|d|octets?|%)\b)|(?<=\bframe) (?=\d)")
_ASCII = str.maketrans(dict(zip(LETTERS, "x->-><x~u", strict=True)))


class Span(Record):
    """A piece of a line."""

    text: str
    style: Style = ""


Line = Sequence[Span]


def plain(lines: Iterable[Line], encoding: str = "utf-8") -> str:
    """The lines without styles, as an output with this encoding can take them."""
    spare = not can_write(LETTERS, encoding)
    text = "".join(f"{joined(line)}\n" for line in lines)
    if spare:
        text = text.translate(_ASCII)
    return text.encode(encoding, "backslashreplace").decode(encoding)


def joined(line: Line) -> str:
    """One line's text, harmless, without blanks at its end."""
    return "".join(printable(span.text) for span in line).rstrip()


def wrapped(
    text: str, width: int, first: str = "", rest: str = "", style: Style = ""
) -> list[Line]:
    """A paragraph in lines of ``width``, the first one begun with ``first``, others with ``rest``.

    Words are never broken: addresses, commands and file names stay whole, numbers keep their unit.
    """
    return [
        (Span(line.replace(_NO_BREAK, " "), style),)
        for line in textwrap.wrap(
            _TOGETHER.sub(_NO_BREAK, printable(text)),
            width,
            initial_indent=first,
            subsequent_indent=rest,
            break_long_words=False,
            break_on_hyphens=False,
        )
    ]
