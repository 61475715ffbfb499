"""Lines of styled text: what the reports for people are made of, and how they become plain text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from pcapflow.hints import Literal
from pcapflow.report.letters import LETTERS, can_write, printable
from pcapflow.values import Record

Style = Literal["", "strong", "muted", "error", "warning", "info"]

_UNITS = frozenset({"ns", "µs", "ms", "s", "min", "h", "d", "octet", "octets"})
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
    lines: list[Line] = []
    line = gap = ""
    for word, blanks in _pieces(printable(text)):
        if len(first) + len(line) + len(gap) + len(word) > width:
            if line:
                lines.append((Span(first + line, style),))
                first = rest
            line = word
        else:
            line += gap + word
        gap = blanks
    if line:
        lines.append((Span(first + line, style),))
    return lines


def _pieces(text: str) -> Iterator[tuple[str, str]]:
    """What stays whole, and the blanks behind it."""
    piece, *words = text.split(" ")
    blanks = " "
    for word in words:
        if not word:
            blanks += " "
        elif blanks == " " and _belongs(word, piece):
            piece += f" {word}"
        else:
            yield piece, blanks
            piece, blanks = word, " "
    yield piece, blanks


def _belongs(word: str, before: str) -> bool:
    """Whether it is the unit of the number before, or the number of the frame."""
    if before[-1:].isdecimal():
        return _run(word) in _UNITS
    return word[:1].isdecimal() and _run(before[::-1]) == "emarf"


def _run(text: str) -> str:
    """The letters and digits that a text begins with."""
    end = next((i for i, letter in enumerate(text) if not _is_word(letter)), len(text))
    return text[:end]


def _is_word(letter: str) -> bool:
    return letter.isalnum() or letter == "_"
