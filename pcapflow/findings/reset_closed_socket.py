"""``reset-closed-socket``: a segment came to an end whose application had closed; RST answers."""

from __future__ import annotations

from collections.abc import Iterator

from pcapflow.findings import accept_queue_full, half_open, stories
from pcapflow.findings.frames import (
    endpoint,
    events_of,
    fins_of,
    first_of,
    in_frame,
    telling,
    unacknowledged,
)
from pcapflow.findings.rule import Doc, Sign, Telling
from pcapflow.findings.words import clock, duration, plural
from pcapflow.model import ENDS, End, Endpoint, Event, Traffic, other
from pcapflow.tcp.codes import ACKS_OF_FIN, FINS, REPLIES
from pcapflow.tcp.outcome import foreign
from pcapflow.tcp.story import Story
from pcapflow.tcp.timers import Settings

CODE = "reset-closed-socket"
LEVELS = "info or error · client or server"
EVENTS = REPLIES
DOC = Doc(
    title="A segment met an end whose application had closed, and was answered by RST.",
    on_the_wire="A ── FIN ──► B,  A ◄── data (or FIN, keep-alive) ── B,  A ── RST ──► B  with the "
    "number that B's segment acknowledged.",
    states="A had closed: its socket is gone, or an orphan in FIN_WAIT_2 that nobody reads. B "
    "becomes CLOSED at once.",
    harm="Info where B's segment carried no new octets: the RST stands in for the last ACK. "
    "Where it carried data, those octets reached nobody: error where no FIN of A was captured "
    "before, else data-after-close tells how bad that is. B's application gets EPIPE when it "
    "writes again, and end-of-file when it reads; where it had not read A's FIN before, "
    "'connection reset by peer'.",
    look_at="why A no longer knows the connection: its process ended, its host restarted, or "
    "something between the two forgot it and answers in its name; where A's FIN was captured, "
    "data-after-close tells who closes too early.",
    confused_with="data-after-close: octets behind A's FIN, and whose timeout that is. "
    "reset-abort: there nothing provoked the RST. half-close: A only ended its own "
    "direction, and goes on reading.",
    how_sure="certain once A's FIN was captured before; likely without one (the process ended, "
    "the host restarted, or it never took the connection up); possible where the capture has "
    "gaps. Say 'the application had closed', not 'the socket was gone': both look alike.",
    source="RFC 9293 §3.5.2, §3.10.7.1; Linux tcp_rcv_state_process(), tcp_v4_send_reset()",
)

_OCTETS = frozenset({"DATA", "DATA_AGAIN", "SYN_DATA"})
# What one segment can be besides: these events stand behind its octets.
_BESIDE = FINS | ACKS_OF_FIN | {"ACK", "HANDSHAKE_ACK", "UNANSWERED"}


def look(story: Story, settings: Settings) -> Iterator[Sign]:
    """Each end that answers segments by RST; of several, the one that answers data."""
    for end in ENDS:
        cases = [
            (_what(story, index, provoking), (*provoking, index))
            for index in story.events.indexes(REPLIES, end)
            if not foreign(story.events, index)
            for provoking in [_provoking(story, index)]
        ]
        if not cases:
            continue
        what, events = next((each for each in cases if each[0] == "data"), cases[0])
        # What another RST answers was not captured.
        answers = story.events[events[-1]][0] == "RST_REPLY"
        met = stories.met_closed_end(story, end)
        if met is not None and met.data is None:
            what, events = "data", (met.rst,)  # captured before the FIN: no event shows it
        had_closed = answers and story.events.has(FINS, end, before=events[-1])
        teller = ""  # who tells of lost octets
        if met is not None and what == "data":
            teller = "data-after-close"
        elif not had_closed and what == "data":
            teller = _explained(story, settings, events[-1])
        yield Sign(
            end=end,
            severity="error" if what == "data" and not teller else "info",
            confidence=stories.weakened(story, "certain" if had_closed else "likely"),
            events=events,
            detail=f"{what} {teller}" if teller else what,
        )


def _explained(story: Story, settings: Settings, rst: int) -> str:
    """The finding that tells better why there was no socket; "" where there is none."""
    tellers = (
        rule.CODE
        for rule in (accept_queue_full, half_open)
        for sign in rule.look(story, settings)
        if rst in sign.events
    )
    return next(tellers, "")


def tell(connection: Traffic, sign: Sign, waited: int | None) -> Telling:
    """Which segment met which closed end, and whether octets were lost."""
    end: End = "server" if sign.end == "server" else "client"
    peer = other(end)
    me, them = endpoint(connection, end), endpoint(connection, peer)
    rst = first_of(connection, sign.events[-1])
    fin = next((e for e in fins_of(connection, end) if e.at <= rst.at), None)
    what, _, teller = sign.detail.partition(" ")
    if fin is not None:
        closed = f"The application at {me} had closed (FIN at {clock(fin.at)})"
    elif teller:
        closed = f"{me} had no socket for it"
    else:
        closed = f"The application at {me} had closed, though no FIN of it was captured"
    kind = "a segment" if what == "segment" else f"a {what} segment"
    message = f"{closed}; {kind} of {them}"
    if len(sign.events) > 1:
        met = events_of(connection, sign.events[-2])[-1]
        later = f", {duration(met.at - fin.at)} later," if fin else ""
        message += f"{in_frame(met)}{later}"
    message += f" was answered by RST at {clock(rst.at)}{in_frame(rst)}."
    message += f" {_loss(connection, peer, what)}"
    if teller:
        steps: tuple[str, ...] = (f"as {teller} says, which tells of the same octets",)
    else:
        steps = _advice(what, end, me, them) if fin else _unexplained(me, rst)
    return telling(connection, sign, message, steps)


def _provoking(story: Story, rst: int) -> tuple[int, ...]:
    """The events of the segment that the RST answers: the peer's last ones before it."""
    first = rst
    while first > 0 and story.events[first - 1][1] != story.events[rst][1]:
        first -= 1
        if story.events[first][0] not in _BESIDE:
            break
    return tuple(range(first, rst))


def _what(story: Story, rst: int, provoking: tuple[int, ...]) -> str:
    codes = {story.events[i][0] for i in provoking}
    if codes & _OCTETS:
        return "data"
    if codes & FINS:
        return "FIN"
    if "KEEP_ALIVE" in codes:
        return "keep-alive"
    # Stories keep no plain data before the first FIN: a request is known by who spoke last.
    closing = story.events.has(FINS, before=rst)
    unanswered = story.events[rst][1] == "server" and stories.last_speaker(story) == "client"
    return "data" if unanswered and not closing else "segment"


def _loss(connection: Traffic, sender: End, what: str) -> str:
    lost = unacknowledged(connection, sender)
    octets = f"{plural(lost, 'octet')} of the {sender}" if lost else f"Octets of the {sender}"
    if what == "data":
        return f"{octets} reached nobody."
    return f"{octets} had not been acknowledged before." if lost else "No octet was lost."


def _unexplained(me: Endpoint, rst: Event) -> tuple[str, ...]:
    return (
        f"no FIN of {me} was captured: look in the log of {me.ip} before {clock(rst.at)} UTC for a "
        "restart, a crash or a close, and ask the boxes on the path whether they forgot it",
    )


def _advice(what: str, end: End, me: Endpoint, them: Endpoint) -> tuple[str, ...]:
    if what != "data":
        return (f"nothing, if it is rare; else look in the log of {me.ip} for why it closed early",)
    if end == "server":
        return (
            f"compare idle timeouts: {me} must keep idle connections longer than the pools of "
            f"{them.ip} use them",
            f"let the client at {them.ip} drop pooled connections that the server has closed, and "
            "repeat requests that are safe to repeat",
        )
    return (
        f"in the log of {me.ip}: look for a timeout or a cancelled request; the client hung up "
        "before the reply was complete",
        f"on {them.ip}: a write after that fails with EPIPE or ECONNRESET; handle it, it is no "
        "fault of the network",
    )
