"""What connections with the same events in the same order share: a story, and what rules see in it.

It is worked out once a shape, whoever asks: the groups of a report, a record, the news of a watch.
"""

from __future__ import annotations

from collections.abc import Sequence

from pcapflow.engine.decode import (
    DECIDING_MARKS,
    STORY_MARKS,
    connection,
    mark_names,
    own_story,
    shape_text,
    story_of,
)
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
from pcapflow.values import Record, replace

_NOTHING = -1  # the kind of a step from which on there is no finding
_OF_OTHERS = frozenset({"REUSE", "UNREACHABLE"})
"""Events that no segment of the connection itself makes."""
_KEPT = 16_384  # shapes; more are hostile, and are worked out each time

Code = tuple[str, Severity]
"""A finding's code and severity."""


class Shape(Record):
    """A story, its events as readable ``text``, and the ``signs`` of all rules in it.

    ``always`` are the findings of every one of its connections; ``waits`` are those that depend on
    a span of time, ``timed`` all that these can become, and ``measured`` the same for the engine,
    whose kinds are places in ``timed`` (None: nothing is).  ``holds`` is what ends hold in the end,
    for the rules across connections.
    """

    story: Story
    text: str
    signs: Signs
    always: tuple[Code, ...]
    waits: tuple[tuple[str, Wait], ...]
    timed: tuple[Code, ...]
    measured: Waits | None
    holds: tuple[tuple[AcrossRule, Hold], ...]


def shape_of(story: Story, text: str, settings: Settings) -> Shape:
    """Run the rules on a story."""
    signs = catalogue.signs(story, settings)
    always = dict.fromkeys((rule.CODE, sign.severity) for rule, sign in signs if sign.wait is None)
    waits = tuple((rule.CODE, sign.wait) for rule, sign in signs if sign.wait is not None)
    timed = tuple(
        dict.fromkeys((code, reached) for code, w in waits for _, reached in w.steps if reached)
    )
    return Shape(
        story=story,
        text=text,
        signs=signs,
        always=tuple(always),
        waits=waits,
        timed=timed,
        measured=_measured(story, waits, timed) if timed else None,
        holds=catalogue.holds(story, settings),
    )


def _measured(story: Story, waits: tuple[tuple[str, Wait], ...], timed: tuple[Code, ...]) -> Waits:
    """The waits for the engine; its kinds are places in ``timed``."""
    return Waits(
        tuple(
            (
                _span(wait, story),
                tuple(
                    (least, timed.index((code, severity)) if severity else _NOTHING)
                    for least, severity in wait.steps
                ),
            )
            for code, wait in waits
        ),
        len(timed),
    )


def _span(wait: Wait, story: Story) -> Span:
    data_of = -1 if wait.last_data_of is None else ENDS.index(wait.last_data_of)
    sent_of = -1 if wait.last_sent_of is None else ENDS.index(wait.last_sent_of)
    idle_of = -1 if wait.idle_of is None else ENDS.index(wait.idle_of)
    until = -1 if wait.until is None else wait.until
    late = until >= 0 and story.events[until][0] in _OF_OTHERS
    return Span(wait.since, data_of, until, sent_of, idle_of, late=late)


class Shapes:
    """The shapes of a tracker's rows, and its rows as records."""

    def __init__(self, tracker: Tracker, settings: Settings) -> None:
        self._tracker = tracker
        self._settings = settings
        self._of_file: frozenset[str] = frozenset()
        self._stories: dict[tuple[int, int], Story] = {}
        self._known: dict[tuple[int, int], Shape] = {}

    def over(self, *, truncated: bool, damaged: bool) -> None:
        """The capture is read: how it ended is a part of every story from now on."""
        marks = {"truncated": truncated, "damaged": damaged}
        self._of_file = frozenset(name for name, holds in marks.items() if holds)
        if self._of_file:
            self._known.clear()

    def at(self, node: int, marks: int, events: Sequence[int] | None = None) -> Shape:
        """The shape at a node of the tracker's tree with these marks.

        ``events`` are those of the node, for whoever asks while the tracker is at work.
        """
        key = (node, marks & STORY_MARKS)
        shape = self._known.get(key)
        if shape is None:
            shape = self._shape(self._story(node, marks & DECIDING_MARKS, events), marks)
            if len(self._known) < _KEPT:
                self._known[key] = shape
        return shape

    def of(self, row: Facts) -> Shape:
        """The shape of one row; of its own events where no node can say it."""
        story = own_story(row)
        return self.at(row.node, row.marks) if story is None else self._shape(story, row.marks)

    def connection(self, index: int) -> tuple[Connection, Shape]:
        """The tracker's row ``index`` as it stands now, without findings, and its shape.

        Its id is the tracker's number.
        """
        row = facts(self._tracker, index)
        shape = self.of(row)
        return self.decoded(row, shape), shape

    def decoded(self, row: Facts, shape: Shape) -> Connection:
        """The same of a row whose shape is known."""
        return connection(row, shape.story, shape.text, self._settings)

    def told(self, index: int) -> tuple[Connection, Shape]:
        """The same with findings."""
        found, shape = self.connection(index)
        return replace(found, findings=catalogue.findings(found, shape.signs)), shape

    def _story(self, node: int, marks: int, events: Sequence[int] | None) -> Story:
        key = (node, marks)
        story = self._stories.get(key)
        if story is None:
            story = story_of(self._tracker.log.shape(node) if events is None else events, marks)
            if len(self._stories) < _KEPT:
                self._stories[key] = story
        return story

    def _shape(self, story: Story, marks: int) -> Shape:
        """The shape of a story, which has these marks and those of the file as well."""
        story = replace(story, marks=mark_names(marks) | self._of_file)
        return shape_of(story, shape_text(story, marks), self._settings)
