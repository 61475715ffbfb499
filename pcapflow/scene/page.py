"""What stands around the diagram: header, lane heads, legend, footer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pcapflow.model import ENDS, Connection, End
from pcapflow.scene.facts import Fact, header, kicker, worst
from pcapflow.scene.marks import Line, Mark, Plate, Type
from pcapflow.scene.measure import Setter
from pcapflow.scene.style import (
    ADDRESS,
    CHIP,
    CLIENT_BAND,
    FACT,
    FACT_KEY,
    FOOTER,
    FOOTER_HEAD,
    FOOTER_MONO,
    GUTTER_HEAD,
    GUTTER_SMALL,
    GUTTER_X,
    INK,
    KICKER,
    LANE,
    MARGIN,
    PAGE,
    PILL,
    RIGHT,
    RULE,
    SERVER_BAND,
    VERDICT,
    severity,
)
from pcapflow.scene.words import joined

_ONE_LINE = 1080.0


class Page:
    """Grows from the top to the bottom; ``y`` is where the next thing begins."""

    def __init__(self, setter: Setter) -> None:
        self._setter = setter
        self.y = 0.0
        self.marks: list[Mark] = []

    def head(self, connection: Connection, sentences: Sequence[str]) -> str:
        """Severity bar and chip, kicker, verdict, facts; returns the verdict as set."""
        gravest = worst(connection)
        colour, ink = severity(gravest)
        self.marks.append(Plate(0, 0, PAGE, 9, 0, colour))
        self._chip((gravest or "no finding").upper(), colour, ink)
        which = f"pcapflow  ·  {kicker(connection)}"
        self.marks.append(self._setter.text(MARGIN, 55, which, KICKER))
        lines = self._verdict([joined(s) for s in sentences])
        for i, line in enumerate(lines):
            self.marks.append(self._setter.text(MARGIN, 111 + 46 * i, line, VERDICT))
        self.y = 111 + 46 * (len(lines) - 1) + 50
        for facts in header(connection):
            self._facts(facts)
        return " ".join(lines)

    def _verdict(self, sentences: Sequence[str]) -> list[str]:
        """As many of the sentences as two lines hold, the first always."""
        for count in range(len(sentences), 0, -1):
            lines = self._setter.balance(
                " ".join(sentences[:count]), VERDICT, _ONE_LINE, RIGHT - MARGIN
            )
            if lines is not None:
                return lines
        return self._setter.wrap(sentences[0], VERDICT, RIGHT - MARGIN)

    def _chip(self, words: str, colour: str, ink: str) -> None:
        width = self._setter.width(words, CHIP) + 28
        text = self._setter.text(
            RIGHT - width / 2, 57, words, Type(CHIP.face, CHIP.size, ink), "middle"
        )
        self.marks.append(Plate(RIGHT - width, 34, RIGHT, 66, 5, colour, texts=(text,)))

    def _facts(self, facts: Sequence[Fact]) -> None:
        x = MARGIN
        for fact in facts:
            key = self._setter.width(fact.key, FACT_KEY)
            width = key + 9 + self._setter.width(fact.value, FACT)
            if x > MARGIN and x + width > RIGHT:
                x, self.y = MARGIN, self.y + 31
            self.marks.append(self._setter.text(x, self.y, fact.key, FACT_KEY))
            self.marks.append(self._setter.text(x + key + 9, self.y, fact.value, FACT))
            x += width + 28
        self.y += 31

    def lanes(self, connection: Connection, turn: End | None) -> float:
        """The heads of the lanes; returns the y of the first, for the right column."""
        top = self.y + 26
        self.marks.append(self._setter.text(GUTTER_X, top, "TIME", GUTTER_HEAD, "right"))
        self.marks.append(
            self._setter.text(GUTTER_X, top + 25, "since start", GUTTER_SMALL, "right")
        )
        bottom = top + 25
        for end, (left, right), endpoint in zip(
            ENDS,
            (CLIENT_BAND, SERVER_BAND),
            (connection.client, connection.server),
            strict=True,
        ):
            x, y = (left + right) / 2, top
            self.marks.append(self._setter.text(x, y, end.upper(), LANE, "middle"))
            for line in self._setter.wrap(str(endpoint), ADDRESS, right - left + 26):
                y += 25 if y == top else 22
                self.marks.append(self._setter.text(x, y, line, ADDRESS, "middle"))
            if turn == end:
                words = self._setter.text(x, y + 38, "ITS TURN TO CLOSE", PILL, "middle")
                self.marks.append(Plate(left, y + 16, right, y + 46, 5, INK, texts=(words,)))
                y += 46
            bottom = max(bottom, y)
        self.y = bottom + 14
        return top

    def foot(self, cannot: str, delay: str, source: Sequence[str]) -> None:
        """What the capture cannot show, and where it comes from."""
        slants = f"Slants are exaggerated{': o' + delay[1:] if delay else '.'}"
        self.rule()
        indent = MARGIN + self._setter.width("What this capture cannot show", FOOTER_HEAD) + 28
        y = self.y + 32
        self.marks.append(
            self._setter.text(MARGIN, y, "What this capture cannot show", FOOTER_HEAD)
        )
        for line in self._setter.wrap(f"{cannot} {slants}".strip(), FOOTER, RIGHT - indent):
            self.marks.append(self._setter.text(indent, y, line, FOOTER))
            y += 24
        y += 10
        for line in self._parts(source):
            self.marks.append(self._setter.text(MARGIN, y, line, FOOTER_MONO))
            y += 24
        self.y = y + 14

    def _parts(self, parts: Sequence[str]) -> Iterator[str]:
        """Parts joined with dots, in as many lines as they need."""
        line = ""
        for part in parts:
            longer = f"{line}  ·  {part}" if line else part
            if line and self._setter.width(longer, FOOTER_MONO) > RIGHT - MARGIN:
                yield line
                line = part
            else:
                line = longer
        yield from self._setter.wrap(line, FOOTER_MONO, RIGHT - MARGIN)

    def rule(self) -> None:
        """A thin line across the page."""
        self.marks.append(Line(MARGIN, self.y, RIGHT, self.y, RULE, 2))
