"""What a rule is: it looks at a story once a shape, and tells of one connection when asked.

A *story* is what all connections of one shape have in common: events in order, what they did to
each end, how it ended.  ``EVENTS`` says without which events or marks there is nothing to see, and
a rule is only shown stories that have one of them.  Its ``look`` yields *signs*; where a sign
depends on time it names a ``Wait``, and whoever runs the rules measures that for each connection.
``tell`` puts a sign of one connection into plain words.  So rules cost nothing per connection until
one is printed.

A rule is a module of this package with the public names of ``Rule``.
"""

from __future__ import annotations

from collections.abc import Iterable

from pcapflow.hints import Protocol
from pcapflow.model import Confidence, End, Event, Party, Severity, Traffic
from pcapflow.tcp.story import Step, Story
from pcapflow.tcp.timers import Settings
from pcapflow.values import Record

__all__ = [
    "Doc",
    "Documented",
    "Rule",
    "Sign",
    "Step",
    "Story",
    "Telling",
    "Wait",
    "repeats",
    "story_events",
]


class Wait(Record):
    """A span of time that a sign depends on.

    It begins with the latest of the story's events ``since`` (of repeats in a row, the last), of
    the last new octet of ``last_data_of`` and of the last segment of ``last_sent_of``.  It ends
    with the event ``until`` (of repeats, the first) or else with the capture.  ``steps`` are (at
    least ns, severity), ascending; below the first there is no finding, and none from a step
    without severity on.  Where there is an ``idle_of``, all but the steps is not asked: the span is
    how long all was silent before that end sent what nobody answered, or what drew a reset.

    Connections that end early are measured while the capture is still read: what a sign waits for
    must not depend on the story's marks ``truncated`` and ``damaged``.
    """

    since: tuple[int, ...]
    steps: tuple[tuple[int, Severity | None], ...]
    last_data_of: End | None = None
    last_sent_of: End | None = None
    idle_of: End | None = None
    until: int | None = None

    def severity(self, waited: int) -> Severity | None:
        found: Severity | None = None
        for at_least, severity in self.steps:
            if waited >= at_least:
                found = severity
        return found


class Sign(Record):
    """A rule saw its case in a story; ``severity`` holds where no ``wait`` decides it.

    ``detail`` is the rule's own word for which of its cases this is.
    """

    end: Party
    severity: Severity
    confidence: Confidence
    events: tuple[int, ...]
    wait: Wait | None = None
    detail: str = ""


class Telling(Record):
    """A sign of one connection in plain words.

    ``fields`` narrows the display filter to these frames' numbers where it is not empty;
    ``display_filter`` is complete and accepted by Wireshark.
    """

    message: str
    advice: str
    display_filter: str
    frames: tuple[int, ...]


class Doc(Record):
    """A rule's documentation: ``pcapflow explain`` and docs/findings.md are made from it."""

    title: str
    on_the_wire: str
    states: str
    harm: str
    look_at: str
    confused_with: str
    how_sure: str
    source: str


class Documented(Protocol):
    """What every rule tells of itself."""

    CODE: str

    @property
    def LEVELS(self) -> str:
        """For people: the severities and parties it can have, as ``info · path``."""

    @property
    def DOC(self) -> Doc: ...


class Rule(Documented, Protocol):
    """The public names of a rule's module."""

    EVENTS: frozenset[str]
    """It has signs only in stories with one of these codes or marks."""

    def look(self, story: Story, settings: Settings) -> Iterable[Sign]:
        """All signs of this rule in a story; runs once a shape."""
        ...

    def tell(self, connection: Traffic, sign: Sign, waited: int | None) -> Telling:
        """The sign in words, for one connection; ``waited`` is what its wait measured (ns)."""
        ...


def story_events(connection: Traffic) -> tuple[Event, ...]:
    """The connection's events that the story counts: repeats in a row folded into the first."""
    return tuple(run[0] for run in connection.runs)


def repeats(connection: Traffic, index: int) -> tuple[Event, ...]:
    """Event number ``index`` of the story with all its repeats in a row, in this connection."""
    runs = connection.runs
    return runs[index] if index < len(runs) else ()
