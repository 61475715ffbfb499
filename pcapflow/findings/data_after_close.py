"""``data-after-close``: data met an end behind its FIN and drew a RST."""

from __future__ import annotations

from collections.abc import Iterator

from pcapflow.findings import stories
from pcapflow.findings.across import Hold, Pile, Verdict
from pcapflow.findings.frames import endpoint, first_of, in_frame, telling, unacknowledged
from pcapflow.findings.rule import Doc, Sign, Telling, Wait
from pcapflow.findings.words import MILLISECOND, SECOND, clock, duration, number, plural
from pcapflow.model import ENDS, End, Event, Severity, Traffic, other
from pcapflow.tcp.codes import REPLIES
from pcapflow.tcp.story import Story
from pcapflow.tcp.timers import Settings

CODE = "data-after-close"
LEVELS = "info, warning or error · client or server"
LEAST = 2
EVENTS = REPLIES
DOC = Doc(
    title="Data came to an end that had closed already, and was answered by RST.",
    on_the_wire="A ── FIN ──► B,  A ◄── data ── B,  A ── RST ──► B.  The race: the data does not "
    "acknowledge the FIN, since both were under way at once (captured at B, the data is even seen "
    "first). The stale connection: B had acknowledged the FIN and sends all the same.",
    states="A's application had closed; its socket is an orphan in FIN_WAIT_2 or gone. B becomes "
    "CLOSED at once; its application gets 'connection reset by peer' or EPIPE.",
    harm="The octets reached nobody. Error where A is a server and they are a request: this race "
    "is what stands behind many a 502; and where A is a client that was never answered before. "
    "Warning where a client hung up on a server that had answered before. Info where it was B's "
    "farewell (TLS close_notify, QUIT): B's own FIN follows it, or it came within 200 ms of the "
    "acknowledgement.",
    look_at="who closes too early. Race: the idle time in the message is the server's keep-alive "
    "timeout; make it longer than the client's, or let the client drop idle connections sooner. "
    "Right after a reply it is no timeout but a limit of requests per connection, or a restart. "
    "Stale: the client's pool hands out connections that the server has closed; check before use. "
    "A client that hung up: its timeout, or somebody cancelled.",
    confused_with="reset-closed-socket: the same RST, told from A's side, and also where the "
    "segment carried nothing or no FIN was captured. half-close: A goes on reading, and no RST "
    "comes. fin-wait-2-timeout: A's kernel had given up waiting.",
    how_sure="certain where FIN, data and RST were captured in this order; likely where the "
    "data was captured before the FIN. Possible where the capture has gaps. What the octets were "
    "is not seen: request and farewell are told apart by time and by what follows them.",
    source="RFC 9293 §3.10.7.1; RFC 9112 §9.3.1, §9.6; RFC 8446 §6.1; "
    "Linux tcp_rcv_state_process(), tcp_v4_send_reset()",
)

FAREWELL = 200 * MILLISECOND
"""An application that sees end-of-file says goodbye within this; delayed ACKs take as long."""
_LONGEST_FAREWELL = 128
"""Octets: a close_notify alert of TLS is 24 to 85, depending on the cipher; a QUIT is 6."""


def look(story: Story, settings: Settings) -> Iterator[Sign]:
    """Each end that answered data behind its FIN by RST."""
    for end in ENDS:
        met = stories.met_closed_end(story, end)
        if met is None:
            continue
        detail, severity = _kind(story, met)
        wait = None
        if detail in ("stale", "hung up") and met.acked is not None and met.data is not None:
            steps: tuple[tuple[int, Severity], ...] = ((0, "info"), (FAREWELL, severity))
            wait = Wait(since=(met.acked,), steps=steps, until=met.data)
        yield Sign(
            end=end,
            severity=severity,
            confidence=stories.weakened(story, "likely" if met.data is None else "certain"),
            events=tuple(i for i in (met.fin, met.acked, met.data, met.rst) if i is not None),
            wait=wait,
            detail=detail,
        )


def holds(story: Story, settings: Settings) -> Iterator[Hold]:
    """The server that closed what its client went on using: idle since its last octet."""
    for sign in look(story, settings):
        if sign.end == "server" and sign.detail in ("race", "stale"):
            yield Hold("server", (), "server", until=sign.events[0])


def judge(pile: Pile, settings: Settings) -> Verdict | None:
    """Requests that met a closed connection: how long each had been idle, and what explains all.

    A server's timer fires as long after its last octet as it is set to, or a little later: none is
    longer than the shortest idle time.
    """
    longest, shortest = pile.waited[0], pile.waited[-1]
    many = number(len(pile.waited))
    idle = "the connections had been idle for " + (
        duration(shortest)
        if duration(shortest) == duration(longest)
        else f"{duration(shortest)} to {duration(longest)}"
    )
    if shortest < SECOND:
        told = f"{idle} when it closed them. No idle timeout is that short"
        cause = "a limit of requests per connection, a restart or a rolling update"
        advice = f"on {pile.host}: look for {cause}"
        told += f": {cause}." if longest < SECOND else f", so some of them met {cause}."
    else:
        told = f"{idle} when it closed them: a keep-alive timeout of {duration(shortest)} is the "
        told += "smallest that explains them all."
        if longest > 2 * shortest:
            told += " Idle times that far apart may have several causes."
        advice = (
            f"on {pile.host}: make the keep-alive timeout ({duration(shortest)}) longer than its "
            "clients keep idle connections"
        )
    return Verdict(
        severity="error",
        confidence="likely",
        head=f"{many} requests to {pile.service} met a connection that the server had closed",
        message=f"They were answered by RST; {told}",
        advice=(
            advice,
            "or on the clients: let the pool drop idle connections sooner, and repeat requests "
            "that are safe to repeat",
        ),
        per_minute=None,
    )


def tell(connection: Traffic, sign: Sign, waited: int | None) -> Telling:
    """Who closed, what came too late, and whose timeout it is."""
    end: End = "server" if sign.end == "server" else "client"
    peer = other(end)
    me, them = endpoint(connection, end), endpoint(connection, peer)
    fin, rst = first_of(connection, sign.events[0]), first_of(connection, sign.events[-1])
    # Between them stand the data, if it was captured behind the FIN, and before that the ACK.
    data = first_of(connection, sign.events[-2]) if len(sign.events) > 2 else None
    lost = unacknowledged(connection, peer)
    octets = plural(lost, "octet") if lost else "octets"
    farewell = sign.detail == "farewell" or (
        sign.wait is not None and waited is not None and sign.wait.severity(waited) == "info"
    )
    message = f"{me} closed at {clock(fin.at)}{in_frame(fin)}"
    answered = f"answered by RST at {clock(rst.at)}{in_frame(rst)}"
    if farewell:
        assert data is not None
        message += (
            f"; what {them} still said{in_frame(data)}, {octets}, was {answered}: most likely a "
            "farewell (TLS close_notify, QUIT), which nobody misses."
        )
        if lost > _LONGEST_FAREWELL:
            message += " It is long for one, though."
        return telling(connection, sign, message, _advice("farewell", me.ip, them.ip, None))
    idle = _idle(connection, end, fin)
    if end == "server" and idle is not None:
        message += f", {duration(idle)} after its last reply"
    if sign.detail == "race":
        when = in_frame(data) if data is not None else ""
        message += (
            f"; {octets} of {them}{when} were under way then, crossed the FIN and were {answered}. "
        )
    elif sign.detail == "stale":
        assert data is not None
        message += (
            f"; {them} had acknowledged that, and sent {octets} all the same{in_frame(data)}, "
            f"{duration(data.at - fin.at)} after the FIN: {answered}. "
        )
    else:
        assert data is not None
        message += (
            f" without waiting; {octets} of {them}{in_frame(data)} came "
            f"{duration(data.at - fin.at)} later and were {answered}. "
        )
    message += {
        "race": "A request is lost, and its client may not know whether it was carried out.",
        "stale": "A request is lost: the client's pool did not notice that the server had closed.",
        "unanswered": "The client never got its answer.",
        "hung up": "If that was an answer, the client did not wait for it.",
    }[sign.detail]
    return telling(connection, sign, message, _advice(sign.detail, me.ip, them.ip, idle))


def _kind(story: Story, met: stories.Met) -> tuple[str, Severity]:
    if met.closer == "client":
        replied = story.events.first({"DATA"}, "server")
        if replied is not None and replied > met.fin:
            asked = story.events.has({"DATA", "SYN_DATA"}, "client")
            return ("unanswered", "error") if asked else ("farewell", "info")
        return ("farewell", "info") if met.last_words else ("hung up", "warning")
    if met.last_words:
        return "farewell", "info"
    return ("race" if met.acked is None else "stale"), "error"


def _idle(connection: Traffic, closer: End, fin: Event) -> int | None:
    """How long the connection had been idle when its server closed it, as far as known."""
    spoke = connection.last_data[stories.number(closer)]
    return None if spoke is None else max(0, fin.at - spoke)


def _advice(detail: str, me: str, them: str, idle: int | None) -> tuple[str, ...]:
    if detail == "farewell":
        return ("nothing: both ends were done, and one of them said goodbye to a closed door",)
    if detail in ("unanswered", "hung up"):
        return (
            f"in the log of {me}: look for a timeout or a cancelled request; the client's timeout "
            "must be longer than the server's slowest answer",
            f"on {them}: a write after that fails with EPIPE or ECONNRESET; handle it, it is no "
            "fault of the network",
        )
    retry = f"let the client on {them} repeat requests that are safe to repeat on a new connection"
    if detail == "stale":
        return (
            f"in the pool of {them}: drop a connection once its server has closed it (check "
            "before use, or watch for end-of-file)",
            retry,
        )
    if idle is not None and idle < SECOND:
        return (
            f"on {me}: look for a limit of requests per connection, a restart or a rolling update; "
            "the server closed right after a reply, so it is no idle timeout",
            retry,
        )
    limit = "its idle timeout" if idle is None else f"about {duration(idle)}"
    return (
        f"on {me}: make the keep-alive timeout ({limit}) longer than the time for which {them} "
        "keeps idle connections",
        f"or on {them}: let the pool drop idle connections sooner than after {limit}",
        retry,
    )
