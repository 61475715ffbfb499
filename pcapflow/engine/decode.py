"""From a finished row to the record that everybody reads: its story, and a ``Connection``.

Two readers of one row: the table folds rows by shape, all other outputs decode them here.  Records
in JSON of rows that differ only in numbers from one decoded here are filled in (``lines``).
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby

from pcapflow.engine.facts import Facts
from pcapflow.engine.layout import (
    MARK_BUSY,
    MARK_CLIENT_LAST,
    MARK_CLIENT_UNACKED,
    MARK_DUPLICATES,
    MARK_GAP,
    MARK_MID_STREAM,
    MARK_ONE_SIDED,
    MARK_OVERFLOW,
    MARK_SERVER_UNACKED,
    SHAPE_LENGTH,
)
from pcapflow.engine.traffic import NAMED, known, traffic
from pcapflow.model import (
    ENDS,
    Connection,
    Opening,
    State,
    StateEvidence,
    Traffic,
    Transition,
    Vantage,
)
from pcapflow.tcp import outcome, summary, zeek
from pcapflow.tcp.replay import DECIDING, replay
from pcapflow.tcp.story import Story
from pcapflow.tcp.timers import OWN_HOST, Settings
from pcapflow.values import as_dict

_MARKS = (
    (MARK_DUPLICATES, "duplicates"),
    (MARK_ONE_SIDED, "one-sided"),
    (MARK_MID_STREAM, "mid-stream"),
    (MARK_GAP, "gap"),
    (MARK_CLIENT_LAST, "client-last"),
    (MARK_BUSY, "busy"),
    (MARK_CLIENT_UNACKED, "client-unacked"),
    (MARK_SERVER_UNACKED, "server-unacked"),
)
_MAY_HAVE_MOVED_ON = frozenset({"SYN_SENT", "SYN_RECEIVED", "ESTABLISHED", "CLOSE_WAIT"})
STORY_MARKS = sum(bit for bit, _ in _MARKS)
"""The marks that a story has."""
DECIDING_MARKS = sum(bit for bit, name in _MARKS if name in DECIDING)
"""Those that it depends on."""


def story_of(events: Iterable[int], marks: int) -> Story:
    """The story of a shape's events (``code << 1 | end``) with these marks."""
    return replay((NAMED[event] for event in events), mark_names(marks))


def own_story(row: Facts) -> Story | None:
    """The story of a row's own kept events, where no node can say it; else None.

    Folded as readers of the events fold them: what was dropped between the first and the last
    events may have parted two equal ones.
    """
    if row.whole:
        return None
    events = (NAMED[what] for what, _ in groupby(event[0] for event in row.events))
    return replay(events, mark_names(row.marks))


def mark_names(marks: int) -> frozenset[str]:
    """Marks as a story calls them."""
    return frozenset(name for bit, name in _MARKS if marks & bit)


def connection(row: Facts, story: Story, shape: str, settings: Settings) -> Connection:
    """Decode a row whose story and shape are known.

    Findings are not made yet; the id is the tracker's number.
    """
    seen = traffic(row)
    transitions = summary.transitions(story, seen.runs, row.last, row.end, settings)
    states = summary.final_states(story, transitions)
    rtts = (row.sides[0].rtt, row.sides[1].rtt)
    near = vantage(rtts, story.opening)
    told = Connection(
        **as_dict(seen),
        vantage=near,
        opening=story.opening,
        ending=story.ending,
        ended_by=story.ended_by,
        first_closer=story.first_closer,
        states=states,
        state_evidence=_evidence(story, seen, transitions, states, captured_at(rtts, near)),
        final_ack=story.final_ack,
        transitions=transitions,
        dwell=summary.dwell(transitions, row.end, settings.two_msl),
        shape=shape,
        conn_state=zeek.conn_state(seen.history, any(seen.bytes)),
        findings=(),
    )
    told.__dict__["runs"] = seen.runs
    return told


def shape_text(story: Story, marks: int) -> str:
    """The state-changing events, readable: ``C:SYN S:SYN_ACK ... C:FIN S:ACK_OF_FIN``."""
    words: list[str] = []
    for code, end in story.events[:SHAPE_LENGTH]:
        if code != "DATA":
            words.append(f"C:{code}" if end == "client" else f"S:{code}")
        elif words[-1:] != ["DATA"]:
            words.append("DATA")
    if len(story.events) > SHAPE_LENGTH or marks & MARK_OVERFLOW:
        words.append("...")
    return " ".join(words)


def vantage(rtts: tuple[int, int], opening: Opening) -> Vantage:
    """Where the capture was made, as far as the ends' ``rtt`` of one connection tell."""
    return summary.vantage(known(rtts[0]), known(rtts[1]), opening)


def captured_at(rtts: tuple[int, int], near: Vantage) -> tuple[bool, bool]:
    """Whether the capture was made on the very host of each end."""
    return (
        near == "client" and 0 <= rtts[0] <= OWN_HOST,
        near == "server" and 0 <= rtts[1] <= OWN_HOST,
    )


def _evidence(
    story: Story,
    seen: Traffic,
    transitions: tuple[Transition, ...],
    states: tuple[State, State],
    on_host: tuple[bool, bool],
) -> tuple[StateEvidence, StateEvidence]:
    found = []
    steps = {t.end: t for t in transitions}
    for i, end in enumerate(ENDS):
        last = steps.get(end)
        if states[i] == "UNKNOWN":
            found.append(StateEvidence(None, None, "possible"))
        elif last is None:  # it never left the state that its first segment showed
            since = next((e.at for e in seen.events if e.end == end), None)
            found.append(StateEvidence("sent", since, story.confidence[i]))
        elif last.evidence == "timer":
            found.append(StateEvidence("timer", last.at, "likely"))
        else:
            sure = story.confidence[i]
            if sure == "certain" and states[i] in _MAY_HAVE_MOVED_ON:
                # Its own FIN may have been lost before the capture point, unless that is here;
                # and what it did with the peer's last octets may not have been captured.
                # Octets that wait for the peer may hold its FIN back, and no capture shows it.
                if (
                    not on_host[i]
                    or any(seen.unacknowledged)
                    or outcome.window_closed(story.events, ENDS[1 - i])
                ):
                    sure = "likely"
            found.append(StateEvidence(last.evidence, last.at, sure))
    return found[0], found[1]
