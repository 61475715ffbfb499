"""A scene as plain text, 80 columns wide: for terminals and tickets."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from itertools import zip_longest

from pcapflow.draw.finish import PLAIN, Finish
from pcapflow.draw.wrap import headed, listed, wrapped
from pcapflow.model import ENDS, End
from pcapflow.scene import Scene, Script
from pcapflow.scene.marks import Look
from pcapflow.scene.script import Act, Turn
from pcapflow.values import Record

WIDTH = 80
_STATE = 12
"""As wide as SYN_RECEIVED."""
_TIME = 10
_FAR = 0.78
"""How far a lost segment gets on its way."""


class _Glyphs(Record):
    """The letters that lines are made of: of each look its line and its heads."""

    lifeline: str
    from_left: str
    from_right: str
    lines: dict[Look, tuple[str, str, str]]
    lost: str
    spared: dict[int, str]


_UNICODE = _Glyphs(
    "│",
    "├",
    "┤",
    {
        "once": ("─", "▶", "◀"),
        "again": ("╌", "▶", "◀"),
        "reset": ("═", "▶", "◀"),
        "ignored": ("═", "▷", "◁"),
        "discarded": ("━", "▷", "◁"),
        "expected": ("┈", "▷", "◁"),
    },
    "✗",
    str.maketrans({"\u00a0": " "}),
)
_ASCII = _Glyphs(
    "|",
    "+",
    "+",
    {
        "once": ("-", ">", "<"),
        "again": ("- ", ">", "<"),
        "reset": ("=", ">", "<"),
        "ignored": ("=", "}", "{"),
        "discarded": ("-", "}", "{"),
        "expected": (".", ">", "<"),
    },
    "X",
    str.maketrans(
        {
            "\u00a0": " ",
            "·": "-",
            "’": "'",
            "–": "-",
            "×": "x",
            "µ": "u",
            "→": "->",
            "←": "<-",
            "≥": ">=",
            "…": "...",
            "�": "?",
        }
    ),
)


LETTERS = "".join(
    (
        _UNICODE.lifeline,
        _UNICODE.lost,
        *("".join(glyphs) for glyphs in _UNICODE.lines.values()),
        *(chr(code) for code in _ASCII.spared if code != 0xFFFD),
    )
)
"""What an output must be able to show, unless it gets ASCII only."""


def text(scene: Scene, finish: Finish = PLAIN) -> str:
    """The whole picture in lines of at most 80 letters."""
    writer = _Writer(scene.script, _ASCII if finish.ascii_only else _UNICODE)
    lines = (line.translate(writer.glyphs.spared).rstrip() for line in writer.lines())
    return "".join(f"{line}\n" for line in lines)


class _Writer:
    """Writes one script; all widths follow from its widest time."""

    def __init__(self, script: Script, glyphs: _Glyphs) -> None:
        self.glyphs = glyphs
        self._script = script
        self._time = max(_TIME, *(len(act.time) for act in script.acts))
        self._start = " " * (self._time + 1)
        self._middle = WIDTH - self._time - 2 * _STATE - 5

    def lines(self) -> Iterator[str]:
        """Header, diagram, findings, footer."""
        script = self._script
        yield from self._apart(f"pcapflow  ·  {script.kicker}", script.severity)
        yield from self._paragraph(script.verdict)
        yield ""
        yield from self._packed([f"{fact.key} {fact.value}" for fact in script.facts], "   ")
        yield ""
        yield from self._apart(self._start + "CLIENT", "SERVER")
        client, server = script.ends
        where = f"({script.vantage})" if script.vantage else ""
        yield from self._apart(self._start + client, server, where)
        yield self._row()
        for act in script.acts:
            yield from self._act(act)
            yield self._row() if act.kind != "end" else ""
        for told in script.findings:
            yield f"({told.number}) {told.code}   {told.sure}"
            yield from self._paragraph(told.message, "    ")
        if script.advice:
            yield ""
            yield "What to do"
            for step in script.advice:
                yield from self._paragraph(step, "    ", "  → ")
        if script.findings:
            yield ""
        if unknown := " ".join(filter(None, (script.cannot, script.delay))):
            yield from self._paragraph(f"What this capture cannot show: {unknown}")
        yield from self._packed(script.source, "  ·  ")

    def _apart(self, left: str, right: str, middle: str = "") -> Iterator[str]:
        """Words at both edges, on two lines where one is too short; the middle only if it fits."""
        free = WIDTH - len(left) - len(right)
        if free < 2:
            yield from wrapped(left, WIDTH)
            yield right.rjust(WIDTH)
        else:
            yield left + (middle if free >= len(middle) + 4 else "").center(free) + right

    def _row(
        self, time: str = "", left: str = "", middle: str = "", right: str = "", edges: str = ""
    ) -> str:
        edges = edges or self.glyphs.lifeline * 2
        between = f"{edges[0]}{middle:^{self._middle}}{edges[1]}"
        return f"{time:>{self._time}} {left:>{_STATE}} {between} {right}"

    def _act(self, act: Act) -> Iterator[str]:
        if act.kind == "end":
            yield from self._end(act)
            return
        middle, line = self._told(act)
        edges = [""] * len(middle)
        if act.kind in ("segment", "owed", "card"):
            edges[line] = self._edges(act)
        times = [""] * line + [act.time, act.passed]
        states = ([""] * line + self._states(act.turns, end) for end in ENDS)
        for row in zip_longest(times, next(states), middle, next(states), edges, fillvalue=""):
            yield self._row(*row)

    def _told(self, act: Act) -> tuple[list[str], int]:
        """What stands between the lifelines, and at which of these lines it happens."""
        room = self._middle - 2
        head = self._spared(headed(act))
        if act.kind == "card":
            first, *more = wrapped(head, self._middle - 4)
            title = f"[ {first} ]".center(self._middle, self.glyphs.lines["once"][0])
            return [title, *more, *listed(map(self._spared, act.detail), room)], 0
        if act.kind == "idle":
            return [f"· · ·  {head}  · · ·"], 0
        above = wrapped(head, room)
        if act.kind not in ("segment", "owed"):
            return above, 0
        return [*above, self._arrow(act), *listed(map(self._spared, act.detail), room)], len(above)

    def _arrow(self, act: Act) -> str:
        """The line from one lifeline towards the other."""
        line, right, left = self.glyphs.lines[act.look]
        room = self._middle
        stroke = (line * room)[: room - 1]
        head = right if act.end == "client" else left
        if act.lost:
            far = round(room * _FAR)
            dots = (self.glyphs.lines["expected"][0] * room)[: room - far - 2]
            stroke, head = stroke[:far] + self.glyphs.lost + dots, " "
        drawn = stroke + head
        return drawn if act.end == "client" else drawn[::-1]

    def _edges(self, act: Act) -> str:
        glyphs = self.glyphs
        if act.kind == "card":
            return glyphs.from_left + glyphs.from_right
        if act.end == "client":
            return glyphs.from_left + glyphs.lifeline
        return glyphs.lifeline + glyphs.from_right

    def _states(self, turns: Sequence[Turn], end: End) -> list[str]:
        """The states that an end enters, each with what is known of it."""
        lines: list[str] = []
        for turn in turns:
            if turn.end == end:
                lines.append(turn.state)
                lines += [
                    part
                    for line in turn.lines
                    for part in wrapped(self._spared(line.replace("so far", "so\u00a0far")), _STATE)
                ]
        return lines

    def _end(self, act: Act) -> Iterator[str]:
        """Where knowledge stops; below it only what is inferred."""
        dashes = "- " * WIDTH
        start = " " * max(0, self._time - len(act.time)) + f"{act.time}  {act.head}  "
        yield (start + dashes)[: WIDTH - 1]
        left, right = (self._states(act.turns, end) for end in ENDS)
        for client, server in zip_longest(left, right, fillvalue=""):
            yield self._row("", client, "", server, "  ")

    def _spared(self, words: str) -> str:
        """The words with the letters that this form has; numbers still keep their units."""
        return words.translate({k: v for k, v in self.glyphs.spared.items() if k != 0xA0})

    def _paragraph(self, words: str, rest: str = "", first: str | None = None) -> list[str]:
        return textwrap.wrap(
            self._spared(words),
            WIDTH,
            initial_indent=rest if first is None else first,
            subsequent_indent=rest,
            break_on_hyphens=False,
            break_long_words=False,
        )

    def _packed(self, parts: Sequence[str], between: str) -> Iterator[str]:
        """As many parts a line as it holds; none is broken but what is wider than that."""
        line = ""
        for part in parts:
            longer = f"{line}{between}{part}" if line else part
            if line and len(longer) > WIDTH:
                yield line
                longer = part
            *whole, line = wrapped(longer, WIDTH)
            yield from whole
        yield line
