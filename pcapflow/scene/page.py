"""What stands around the diagram: header, lane heads, legend, footer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pcapflow.model import ENDS, Connection, End
from pcapflow.scene.facts import Fact, header, kicker, worst
from pcapflow.scene.marks import Line, Mark, Plate, Type
from pcapflow.scene.measure import Setter
from pcapflow.scene.sheet import GUTTER_X, Sheet
from pcapflow.scene.style import (
    ADDRESS,
    CHIP,
    FACT,
    FACT_KEY,
    FOOTER,
    FOOTER_HEAD,
    FOOTER_MONO,
    GUTTER_HEAD,
    GUTTER_SMALL,
    INK,
    KICKER,
    LANE,
    PILL,
    RULE,
    VERDICT,
    severity,
)
from pcapflow.scene.view import Clock
from pcapflow.scene.words import joined

_ONE_LINE = 1080.0
_NARROW = 1000.0
_CANNOT = "What this capture cannot show"


class Page:
    """Grows from the top to the bottom; ``y`` is where the next thing begins."""

    def __init__(self, sheet: Sheet, setter: Setter) -> None:
        self._sheet = sheet
        self._left, self._right = sheet.head
        self._setter = setter
        self.y = 0.0
        self.marks: list[Mark] = []

    def head(self, connection: Connection, sentences: Sequence[str], clock: Clock) -> str:
        """Severity bar and chip, kicker, verdict, facts; returns the verdict as set."""
        gravest = worst(connection)
        colour, ink = severity(gravest)
        self.marks.append(Plate(0, 0, self._sheet.width, 9, 0, colour))
        self._chip((gravest or "no finding").upper(), colour, ink)
        y = self._kicker(f"pcapflow  ·  {kicker(connection)}", (gravest or "no finding").upper())
        lines = self._verdict([joined(s) for s in sentences])
        for i, line in enumerate(lines):
            self.marks.append(self._setter.text(self._left, y + 56 + 46 * i, line, VERDICT))
        self.y = y + 56 + 46 * (len(lines) - 1) + 50
        for facts in header(connection, clock):
            self._facts(facts)
        return " ".join(lines)

    def _kicker(self, words: str, chip: str) -> float:
        """Which connection this is, beside the chip; returns the last line's baseline."""
        y = 55.0
        room = self._right - self._left - self._setter.width(chip, CHIP) - 60
        for i, line in enumerate(self._setter.wrap(words, KICKER, room)):
            y = 55.0 + 26 * i
            self.marks.append(self._setter.text(self._left, y, line, KICKER))
        return y

    def _verdict(self, sentences: Sequence[str]) -> list[str]:
        """As many of the sentences as two lines hold, the first always; in a narrow head all."""
        width = self._right - self._left
        if width < _NARROW:
            return self._setter.wrap(" ".join(sentences), VERDICT, width)
        for count in range(len(sentences), 0, -1):
            one = min(_ONE_LINE, width)
            lines = self._setter.balance(" ".join(sentences[:count]), VERDICT, one, width)
            if lines is not None:
                return lines
        return self._setter.wrap(sentences[0], VERDICT, width)

    def _chip(self, words: str, colour: str, ink: str) -> None:
        width = self._setter.width(words, CHIP) + 28
        text = self._setter.text(
            self._right - width / 2, 57, words, Type(CHIP.face, CHIP.size, ink), "middle"
        )
        self.marks.append(Plate(self._right - width, 34, self._right, 66, 5, colour, texts=(text,)))

    def _facts(self, facts: Sequence[Fact]) -> None:
        x = self._left
        for fact in facts:
            key = self._setter.width(fact.key, FACT_KEY)
            width = key + 9 + self._setter.width(fact.value, FACT)
            if x > self._left and x + width > self._right:
                x, self.y = self._left, self.y + 31
            self.marks.append(self._setter.text(x, self.y, fact.key, FACT_KEY))
            self.marks.append(self._setter.text(x + key + 9, self.y, fact.value, FACT))
            x += width + 28
        self.y += 31

    def lanes(self, connection: Connection, turn: End | None, clock: Clock, top: float) -> float:
        """The heads of the lanes, the first at ``top``; returns the y below them."""
        self.marks.append(self._setter.text(GUTTER_X, top, "TIME", GUTTER_HEAD, "right"))
        since = "since start" if clock.name == "relative" else clock.zone_at(connection.first)
        self.marks.append(self._setter.text(GUTTER_X, top + 25, since, GUTTER_SMALL, "right"))
        bottom = top + 25
        for end, (left, right), endpoint in zip(
            ENDS,
            map(self._sheet.band, ENDS),
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
        return bottom + 14

    def foot(self, cannot: str, delay: str, source: Sequence[str]) -> None:
        """What the capture cannot show, and where it comes from."""
        slants = f"Slants are exaggerated{': o' + delay[1:] if delay else '.'}"
        self.rule()
        (left, right), y = self._sheet.foot, self.y + 32
        indent = left
        self.marks.append(self._setter.text(left, y, _CANNOT, FOOTER_HEAD))
        if right - left < _NARROW:
            y += 26
        else:
            indent += self._setter.width(_CANNOT, FOOTER_HEAD) + 28
        for line in self._setter.wrap(f"{cannot} {slants}".strip(), FOOTER, right - indent):
            self.marks.append(self._setter.text(indent, y, line, FOOTER))
            y += 24
        y += 10
        for line in self._parts(source):
            self.marks.append(self._setter.text(left, y, line, FOOTER_MONO))
            y += 24
        self.y = y + 14

    def _parts(self, parts: Sequence[str]) -> Iterator[str]:
        """Parts joined with dots, in as many lines as they need."""
        line, width = "", self._sheet.foot[1] - self._sheet.foot[0]
        for part in parts:
            longer = f"{line}  ·  {part}" if line else part
            if line and self._setter.width(longer, FOOTER_MONO) > width:
                yield line
                longer = part
            *whole, line = self._setter.wrap(longer, FOOTER_MONO, width)
            yield from whole
        yield line

    def rule(self) -> None:
        """A thin line across what is below it."""
        left, right = self._sheet.foot
        self.marks.append(Line(left, self.y, right, self.y, RULE, 2))
