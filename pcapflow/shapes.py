"""What connections with the same events in the same order share: a story, and what rules see in it.

It is worked out once a shape, whoever asks: the groups of a report, a record, the news of a watch.
"""

from __future__ import annotations

from typing import NamedTuple

from msgspec.structs import replace

from pcapflow.engine.decode import STORY_MARKS, connection, own_story, shape_text, story_at
from pcapflow.engine.facts import Facts, facts
from pcapflow.engine.spans import Span, Waits
from pcapflow.engine.track import Tracker
from pcapflow.findings import catalogue
from pcapflow.findings.across import AcrossRule, Hold
from pcapflow.findings.catalogue import Signs
from pcapflow.findings.rule import Wait
from pcapflow.model import ENDS, Connection, Severity
from pcapflow.tcp.story import Story
from pcapflow.tcp.timers import Settings

_NOTHING = -1  # the kind of a step from which on there is no finding
_KEPT = 16_384  # shapes; more are hostile, and are worked out each time


Code = tuple[str, Severity]
"""A finding's code and severity."""


class Shape(NamedTuple):
    """A story, its events as readable ``text``, and the ``signs`` of all rules in it.

    ``always`` are the findings of every one of its connections; ``waits`` are those that depend on
    a span of time, ``timed`` all that these can become, and ``measured`` the same for the engine.
    ``holds`` is what ends hold in the end, for the rules across connections.
    """

    story: Story
    text: str
    signs: Signs
    always: tuple[Code, ...]
    waits: tuple[tuple[str, Wait], ...]
    timed: tuple[Code, ...]
    measured: tuple[tuple[Span, tuple[tuple[int, int], ...]], ...]
    holds: tuple[tuple[AcrossRule, Hold], ...]

    def counter(self) -> Waits:
        """The waits for the engine, nothing counted yet; its kinds are places in ``timed``."""
        return Waits(self.measured, len(self.timed))


def shape_of(story: Story, text: str, settings: Settings) -> Shape:
    """Run the rules on a story."""
    signs = catalogue.signs(story, settings)
    waits = tuple((rule.CODE, sign.wait) for rule, sign in signs if sign.wait is not None)
    timed = tuple(
        dict.fromkeys((code, reached) for code, w in waits for _, reached in w.steps if reached)
    )
    return Shape(
        story=story,
        text=text,
        signs=signs,
        always=tuple((rule.CODE, sign.severity) for rule, sign in signs if sign.wait is None),
        waits=waits,
        timed=timed,
        measured=tuple(
            (
                _span(wait),
                tuple(
                    (least, timed.index((code, severity)) if severity else _NOTHING)
                    for least, severity in wait.steps
                ),
            )
            for code, wait in waits
        ),
        holds=catalogue.holds(story, settings),
    )


def _span(wait: Wait) -> Span:
    data_of = -1 if wait.last_data_of is None else ENDS.index(wait.last_data_of)
    return Span(wait.since, data_of, -1 if wait.until is None else wait.until)


class Shapes:
    """The shapes of a tracker's rows, and its rows as records."""

    def __init__(self, tracker: Tracker, settings: Settings) -> None:
        self._tracker = tracker
        self._settings = settings
        self._of_file: frozenset[str] = frozenset()
        self._known: dict[tuple[int, int], Shape] = {}

    def over(self, *, truncated: bool, damaged: bool) -> None:
        """The capture is read: how it ended is a part of every story from now on."""
        marks = {"truncated": truncated, "damaged": damaged}
        self._of_file = frozenset(name for name, holds in marks.items() if holds)
        self._known.clear()

    def at(self, node: int, marks: int) -> Shape:
        """The shape at a node of the tracker's tree with these marks."""
        key = (node, marks & STORY_MARKS)
        shape = self._known.get(key)
        if shape is None:
            story = story_at(self._tracker, *key, self._of_file)
            shape = shape_of(story, shape_text(story, marks), self._settings)
            if len(self._known) < _KEPT:
                self._known[key] = shape
        return shape

    def of(self, row: Facts) -> Shape:
        """The shape of one row; of its own events where no node can say it."""
        story = own_story(row, self._of_file)
        if story is None:
            return self.at(row.node, row.marks)
        return shape_of(story, shape_text(story, row.marks), self._settings)

    def connection(self, index: int) -> tuple[Connection, Shape]:
        """The tracker's row ``index`` as it stands now, without findings, and its shape.

        Its id is the tracker's number.
        """
        row = facts(self._tracker, index)
        shape = self.of(row)
        end = self._tracker.clock.end_after(row.last)
        return connection(row, shape.story, shape.text, end, self._settings), shape

    def told(self, index: int) -> tuple[Connection, Shape]:
        """The same with findings."""
        found, shape = self.connection(index)
        return replace(found, findings=catalogue.findings(found, shape.signs)), shape
