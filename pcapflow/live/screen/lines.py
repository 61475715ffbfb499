"""What the lines of the screen are made of: as wide as there is room, and never wider."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Literal, NamedTuple, TypeAlias

from pcapflow.findings.words import clock, number, plural
from pcapflow.live.screen.board import Board
from pcapflow.model import State
from pcapflow.report.letters import printable
from pcapflow.report.text import Style

Look: TypeAlias = Style | State | Literal["title", "paused", "key"]


class Piece(NamedTuple):
    """A piece of a line, and how it looks."""

    text: str
    look: Look = ""


Line: TypeAlias = list[Piece]

LETTERS = "▁▂▃▄▅▆▇█"
WIDE = 120
"""From how many columns on there are more of them."""

NARROWEST = 12
"""What a name gets, however little room there is."""


def cut(text: str, width: int) -> str:
    """The text without its middle where it is too wide: of an address both ends tell most."""
    text = printable(text)
    if len(text) <= width:
        return text
    tail = width // 2
    return f"{text[: width - tail - 1]}…{text[len(text) - tail :]}" if width > 2 else text[:width]


def fitted(line: Line, width: int) -> Line:
    """The line in exactly so many columns."""
    fit: Line = []
    for text, look in line:
        text = printable(text)[:width]
        fit.append(Piece(text, look))
        width -= len(text)
    return [*fit, Piece(" " * width)] if width else fit


def spark(values: Sequence[int], width: int) -> str:
    """A curve of the values, of several that share a letter the highest."""
    share = -(-len(values) // width) or 1
    last = len(values) % share or share  # the newest ones are told apart first
    edges = [0, *range(last, len(values) + 1, share)] if values else []
    peaks = [max(values[a:b]) for a, b in pairwise(edges)]
    most = max(peaks, default=0)
    steps = len(LETTERS) - 1
    drawn = "".join(LETTERS[-(-peak * steps // most) if most else 0] for peak in peaks)
    return drawn.rjust(width)


def head(board: Board, interface: str, now: int, paused: bool, width: int) -> Line:
    """What is watched, how much of it there was, and the time."""
    look = board.look
    parts = [f"watching {interface}"]
    if look is not None:
        parts.append(plural(look.packets, "packet"))
        if board.rate is not None:
            parts.append(f"{number(round(board.rate))}/s")
        if look.drops is not None:
            parts.append(f"{number(look.drops)} dropped" if look.drops else "no drops")
    return _apart(
        parts, [Piece(" PAUSED ", "paused")] if paused else [], f"{clock(now)[:8]} UTC", width
    )


def _apart(parts: list[str], mark: Line, right: str, width: int) -> Line:
    """As many parts as there is room for; at the right edge a mark and a word."""
    room = width - sum(len(text) + 1 for text, _ in mark) - len(right) - 1
    while len(parts) > 1 and len(" · ".join(parts)) > room:
        parts = parts[:-1]
    left = cut(" · ".join(parts), max(0, room))
    marks = [piece for each in mark for piece in (each, Piece(" "))]
    return fitted(
        [Piece(left, "strong"), Piece(" " * (room - len(left) + 1)), *marks, Piece(right, "muted")],
        width,
    )


def title(name: str, said: Iterable[str], width: int, focused: bool) -> Line:
    """The line above a list: what it is of, and how it was chosen."""
    told = " · ".join(filter(None, said))
    room = max(NARROWEST, width - len(told) - 4)
    words = f"{'▸' if focused else ' '} {cut(name, room)}"
    return fitted([Piece(words, "title"), Piece(f"  {told}" if told else "", "muted")], width)
