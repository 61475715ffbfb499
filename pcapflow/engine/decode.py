"""From a finished row to the record that everybody reads: its events, its story, a ``Connection``.

Two readers of one row: the table folds rows by shape, all other outputs decode them here.  Records
in JSON of rows that differ only in numbers from one decoded here are filled in (``lines``).
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from itertools import groupby

from pcapflow.engine.facts import Facts, SideFacts
from pcapflow.engine.layout import (
    COARSE,
    KEPT_HEAD,
    KEPT_TAIL,
    LETTERS,
    MARK_BUSY,
    MARK_CLIENT_LAST,
    MARK_CLIENT_UNACKED,
    MARK_CLOSED_EARLY,
    MARK_DUPLICATES,
    MARK_GAP,
    MARK_GUESSED,
    MARK_MID_STREAM,
    MARK_ONE_SIDED,
    MARK_OVERFLOW,
    MARK_SERVER_UNACKED,
    SHAPE_LENGTH,
    TUNNELS,
)
from pcapflow.model import (
    ENDS,
    Connection,
    End,
    Endpoint,
    Event,
    Fin,
    Opening,
    State,
    StateEvidence,
    Transition,
    Unreachable,
    Vantage,
    runs_of,
)
from pcapflow.tcp import outcome, summary, zeek
from pcapflow.tcp.codes import CODES, FINS, RSTS
from pcapflow.tcp.replay import DECIDING, replay
from pcapflow.tcp.story import Story
from pcapflow.tcp.timers import MS, OWN_HOST, Settings

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
NAMED: dict[int, tuple[str, End]] = {
    code << 1 | i: (name, end) for name, code in CODES.items() for i, end in enumerate(ENDS)
}
"""The engine's events (``code << 1 | end``) as (code name, end)."""
STORY_MARKS = sum(bit for bit, _ in _MARKS)
"""The marks that a story has."""
DECIDING_MARKS = sum(bit for bit, name in _MARKS if name in DECIDING)
"""Those that it depends on."""


def story_of(events: Iterable[int], marks: int) -> Story:
    """The story of a shape's events (``code << 1 | end``) with these marks."""
    return replay((NAMED[event] for event in events), mark_names(marks))


def has_node(row: Facts) -> bool:
    """Whether a node of the tree of shapes says all that happened to a row, and it is all kept."""
    kept = row.kept <= KEPT_HEAD + KEPT_TAIL
    return kept and row.node != COARSE and not row.marks & MARK_OVERFLOW


def own_story(row: Facts) -> Story | None:
    """The story of a row's own kept events, where no node can say it; else None.

    Folded as readers of the events fold them: what was dropped between the first and the last
    events may have parted two equal ones.
    """
    if has_node(row):
        return None
    events = (NAMED[what] for what, _ in groupby(event[0] & 127 for event in row.events))
    return replay(events, mark_names(row.marks))


def events_of(row: Facts) -> tuple[Event, ...]:
    """What happened to a row, repeats included."""
    return tuple(
        [Event(*NAMED[what & 127], at, frame or None) for what, at, frame, _ in row.events]
    )


def mark_names(marks: int) -> frozenset[str]:
    """Marks as a story calls them."""
    return frozenset(name for bit, name in _MARKS if marks & bit)


def connection(row: Facts, story: Story, shape: str, settings: Settings) -> Connection:
    """Decode a row whose story and shape are known.

    Findings are not made yet; the id is the tracker's number.
    """
    events = events_of(row)
    runs = runs_of(events)
    transitions = summary.transitions(story, runs, row.last, row.end, settings)
    states = summary.final_states(story, transitions)
    client = Endpoint(address(row.version, *row.client), row.ports >> 16)
    server = Endpoint(address(row.version, *row.server), row.ports & 0xFFFF)
    sides = row.sides
    near = vantage(sides, story.opening)
    octets = (sides[0].octets, sides[1].octets)
    letters = history(row)
    pending = unacknowledged(sides)
    told = Connection(
        id=row.number,
        client=client,
        server=server,
        roles="guessed" if row.marks & MARK_GUESSED else "handshake",
        first=row.first,
        last=row.last,
        vantage=near,
        packets=(sides[0].packets, sides[1].packets),
        bytes=octets,
        opening=story.opening,
        ending=story.ending,
        ended_by=story.ended_by,
        first_closer=story.first_closer,
        states=states,
        state_evidence=_evidence(
            story, events, transitions, states, pending, captured_at(sides, near)
        ),
        fin=(_fin(row, story, events, 0), _fin(row, story, events, 1)),
        rst=(_frames(story, events, RSTS, "client"), _frames(story, events, RSTS, "server")),
        rst_total=(sides[0].rsts, sides[1].rsts),
        final_ack=story.final_ack,
        transitions=transitions,
        dwell=summary.dwell(transitions, row.end, settings.two_msl),
        shape=shape,
        conn_state=zeek.conn_state(letters, octets),
        history=letters,
        events=events,
        duplicates=row.duplicates,
        unacknowledged=pending,
        last_data=(_known(sides[0].last_data), _known(sides[1].last_data)),
        last_sent=(_known(sides[0].last), _known(sides[1].last)),
        rtt=_round_trip(sides),
        capture_end=row.end,
        tunnel=TUNNELS[row.tunnel],
        closed_early=bool(row.marks & MARK_CLOSED_EARLY),
        idle=(_ns(sides[0].idle), _ns(sides[1].idle)),
        unreachable=(_unreachable(row, 0), _unreachable(row, 1)),
    )
    told.__dict__["runs"] = runs
    return told


@lru_cache(maxsize=4096)
def address(version: int, high: int, low: int) -> str:
    """Two 64-bit words as an address in text: ``ipaddress`` would do, and takes long to import."""
    if version == 4:
        return f"{low >> 24}.{low >> 16 & 255}.{low >> 8 & 255}.{low & 255}"
    words = [word >> shift & 0xFFFF for word in (high, low) for shift in (48, 32, 16, 0)]
    text = "".join([f":{word:x}" for word in words]) + ":"
    for length in range(8, 1, -1):  # RFC 5952 §4.2: the longest run of zeros, the first of equals
        before, zeros, behind = text.partition(":0" * length + ":")
        if zeros:
            return f"{before[1:]}::{behind[:-1]}"
    return text[1:-1]


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


def vantage(sides: tuple[SideFacts, SideFacts], opening: Opening) -> Vantage:
    """Where the capture was made, as far as this connection tells."""
    return summary.vantage(_known(sides[0].rtt), _known(sides[1].rtt), opening)


def captured_at(sides: tuple[SideFacts, SideFacts], near: Vantage) -> tuple[bool, bool]:
    """Whether the capture was made on the very host of each end."""
    return (
        near == "client" and 0 <= sides[0].rtt <= OWN_HOST,
        near == "server" and 0 <= sides[1].rtt <= OWN_HOST,
    )


def _known(number: int) -> int | None:
    return None if number < 0 else number


def _ns(ticks: int) -> int | None:
    return None if ticks < 0 else ticks * 10 * MS


def _fin(row: Facts, story: Story, events: tuple[Event, ...], end: int) -> Fin | None:
    side = row.sides[end]
    if side.fin_count == 0:
        return None
    acked = side.fin_acked_frame
    frames = _frames(story, events, FINS, ENDS[end])
    return Fin(side.fin_count, None if acked < 0 else acked, frames)


def _frames(
    story: Story, events: tuple[Event, ...], codes: frozenset[str], end: End
) -> tuple[int, ...]:
    if story.events.codes(end).isdisjoint(codes):
        return ()
    return tuple([e.frame for e in events if e.code in codes and e.end == end and e.frame])


def _evidence(
    story: Story,
    events: tuple[Event, ...],
    transitions: tuple[Transition, ...],
    states: tuple[State, State],
    pending: tuple[int, int],
    on_host: tuple[bool, bool],
) -> tuple[StateEvidence, StateEvidence]:
    found = []
    steps = {t.end: t for t in transitions}
    for i, end in enumerate(ENDS):
        last = steps.get(end)
        if states[i] == "UNKNOWN":
            found.append(StateEvidence(None, None, "possible"))
        elif last is None:  # it never left the state that its first segment showed
            since = next((e.at for e in events if e.end == end), None)
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
                    or any(pending)
                    or outcome.window_closed(story.events, ENDS[1 - i])
                ):
                    sure = "likely"
            found.append(StateEvidence(last.evidence, last.at, sure))
    return found[0], found[1]


def history(row: Facts) -> str:
    """Zeek's letters; ^ where the first of them is the server's, which Zeek takes for a flip."""
    return _letters(*row.history)


@lru_cache(maxsize=4096)
def _letters(low: int, high: int, count: int) -> str:
    letters = []
    for i in range(count):
        value = (low >> 5 * i if i < 12 else high >> 5 * (i - 12)) & 31
        letter = LETTERS[value >> 1]
        letters.append(letter if value & 1 else letter.upper())
    return "^" * (low & min(count, 1)) + "".join(letters)


def unacknowledged(sides: tuple[SideFacts, SideFacts]) -> tuple[int, int]:
    """Sequence numbers sent and not known to be acknowledged (a FIN counts as one)."""
    return _unacknowledged(sides[0]), _unacknowledged(sides[1])


def _unacknowledged(side: SideFacts) -> int:
    if side.snd_nxt < 0 or side.snd_una < 0:
        return 0
    return max(0, ((side.snd_nxt - side.snd_una + 0x80000000) & 0xFFFFFFFF) - 0x80000000)


def _unreachable(row: Facts, end: int) -> Unreachable | None:
    report = row.reports[end]
    return None if report is None else Unreachable(report[0], address(row.version, *report[1:]))


def _round_trip(sides: tuple[SideFacts, SideFacts]) -> int | None:
    known = [s.rtt for s in sides if s.rtt >= 0]
    return sum(known) if len(known) == 2 else None
