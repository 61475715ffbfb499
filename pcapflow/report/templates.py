"""A record with gaps, cut out of one that was written the long way.

Connections of one shape have records that are equal but for times, frames and counts: with those
cut out, what is left is a template, which ``engine.lines`` fills for the others.
"""

from __future__ import annotations

from msgspec import Raw
from msgspec.json import Encoder

from pcapflow.engine.lines import Template
from pcapflow.engine.traffic import FIN_EVENTS, RST_EVENTS
from pcapflow.model import ENDS, Connection, End, State
from pcapflow.report.records import Json
from pcapflow.tcp.codes import FIN_REPEATS
from pcapflow.tcp.story import Story

GIVEN = (
    ("id",),
    ("community_id",),
    ("client", "ip"),
    ("server", "ip"),
    ("findings",),
    ("conn_state",),
    ("history",),
)
"""The fields that a template is given as JSON, in this order."""
LISTS = [*FIN_EVENTS, *RST_EVENTS]
"""The events in lists of frames: FINs of the client and of the server, then RSTs."""
_FIN_FRAMES, _RST_FRAMES = 0, 2


def template_of(told: Json, connection: Connection, story: Story, two_msl: int) -> Template | None:
    """Cut what a row fills in out of the record ``told`` of a ``connection``; ``told`` is changed.

    None where time ran backwards, so that a TIME_WAIT did not end as that of others like it.
    """
    expired = connection.last + two_msl <= connection.capture_end
    timers = story.states.count("TIME_WAIT") if expired else 0
    evidence = [*(step.evidence for step in story.steps), *["timer"] * timers]
    if [each.evidence for each in connection.transitions] != evidence:
        return None
    gaps = _Gaps()
    for place, (*way, name) in enumerate(GIVEN):
        within = told
        for each in way:
            within = within[each]
        within[name] = gaps.gap("given", place)
    told["first"], told["last"] = gaps.time("first"), gaps.time("last")
    for i, end in enumerate(ENDS):
        told[end]["port"] = gaps.gap("port", i)
        told["packets"][end] = gaps.gap("packets", i)
        told["bytes"][end] = gaps.gap("octets", i)
        told["rst"][end] = gaps.frames(_RST_FRAMES + i)
        fin = told["fin"][end]
        if fin is not None:
            fin["sent"], fin["retransmitted"] = gaps.gap("fins", i), gaps.gap("fins again", i)
            fin["acked"], fin["frames"] = gaps.gap("fin acked", i), gaps.frames(_FIN_FRAMES + i)
    for k, step in enumerate(told["transitions"]):
        step["at"] = gaps.time("at", k)
        if k < len(story.steps):
            step["frame"] = gaps.gap("frame", story.steps[k].event)
    _cut_since(told, connection, story, gaps)
    sums = {(end, state): 0 for end in ENDS for state in told["dwell_s"][end]}
    for place, (end, state) in enumerate(sums):
        sums[end, state] = place
        told["dwell_s"][end][state] = gaps.gap("spent", place)
    steps, stays = _course(connection, story, sums, two_msl)
    late = (s.event for s in story.steps if story.events[s.event][0] in FIN_REPEATS)
    return Template(*gaps.cut(told), steps, stays, len(story.events), frozenset(late))


def _cut_since(told: Json, connection: Connection, story: Story, gaps: _Gaps) -> None:
    """Since when each end is in its last state: its last step, or its first event."""
    for end in ENDS:
        evidence = told["state_evidence"][end]
        if evidence["since"] is not None:
            steps = [k for k, step in enumerate(connection.transitions) if step.end == end]
            first = (i for i, (_, who) in enumerate(story.events) if who == end)
            evidence["since"] = (
                gaps.time("at", steps[-1]) if steps else gaps.time("since", next(first))
            )


def _course(
    connection: Connection, story: Story, sums: dict[tuple[End, State], int], two_msl: int
) -> tuple[list[tuple[int, int, bool, int]], list[tuple[int, int]]]:
    """The steps and stays of a template; ``sums`` are the places of the times in states."""
    steps: list[tuple[int, int, bool, int]] = []
    states: dict[End, State] = {}  # that each end has stepped into
    for k, step in enumerate(connection.transitions):
        by_event = k < len(story.steps)
        steps.append(
            (
                story.steps[k].event if by_event else -1,
                ENDS.index(step.end),
                by_event and (step.before, step.after) == ("TIME_WAIT", "CLOSED"),
                sums.get((step.end, states[step.end]), -1) if step.end in states else -1,
            )
        )
        states[step.end] = step.after
    stays = []
    for end in ENDS:
        state = states.get(end)
        place = -1 if state is None else sums.get((end, state), -1)
        stays.append((place, two_msl if state == "TIME_WAIT" else -1))
    return steps, stays


class _Gaps:
    """Marks in a record where a template has slots: JSON has no octet 0."""

    def __init__(self) -> None:
        self._slots: list[tuple[str, int]] = []

    def gap(self, what: str, which: int = 0, before: bytes = b"", behind: bytes = b"") -> Raw:
        """A slot (``engine.lines.SLOTS``) between what belongs around it."""
        self._slots.append((what, which))
        return Raw(b"%b\0%d\0%b" % (before, len(self._slots) - 1, behind))

    def time(self, what: str, which: int = 0) -> Raw:
        return self.gap(what, which, b'"', b'"')

    def frames(self, which: int) -> Raw:
        return self.gap("frames", which, b"[", b"]")

    def cut(self, told: Json) -> tuple[list[bytes], list[tuple[str, int]]]:
        """The texts between the slots of a record, and the slots in its order."""
        pieces = Encoder().encode(told).split(b"\0")
        return pieces[::2], [self._slots[int(mark)] for mark in pieces[1::2]]
