"""``accept-queue-full``: the server repeats its SYN, ACK to a client that has gone on."""

from __future__ import annotations

from collections.abc import Iterator

from pcapflow.findings import stories
from pcapflow.findings.frames import (
    endpoint,
    events_of,
    first_of,
    in_frame,
    telling,
    unacknowledged,
)
from pcapflow.findings.rule import Doc, Sign, Telling
from pcapflow.findings.words import clock, duration, plural, times
from pcapflow.model import Confidence, Severity, Traffic
from pcapflow.tcp.codes import RSTS
from pcapflow.tcp.story import Story
from pcapflow.tcp.timers import Settings

CODE = "accept-queue-full"
LEVELS = "info, warning or error · server"
EVENTS = frozenset({"SYN_ACK_AGAIN"})
DOC = Doc(
    title="The server did not take the handshake's ACK: most likely its accept queue was full.",
    on_the_wire="A ── ACK, data ──► B,  A ── data again ──► B,  A ◄── SYN, ACK again ── B, and in "
    "the end RST, or B goes on after all.",
    states="A is ESTABLISHED and waits for an answer. B's kernel keeps the connection in "
    "SYN_RECEIVED and drops A's ACK and data, since the queue of connections that its program has "
    "not accepted is full.",
    harm="Error where B gave up and answered A's octets by RST. Warning where A waited for "
    "seconds, and was taken up late or not yet. Info where only the SYN, ACK came again and A had "
    "nothing to say.",
    look_at="why the program at B does not call accept() in time: all workers busy, a blocked "
    "event loop, a pause of its runtime; then the queue's length: the backlog given to listen(), "
    "and net.core.somaxconn, which caps it.",
    confused_with="half-open: there B does not repeat its SYN, ACK. An ACK of the handshake that "
    "was merely lost: then the data that follows completes the handshake and no SYN, ACK comes "
    "again. syn-unanswered: with a queue of half-open connections that is full too, SYNs are not "
    "even answered.",
    how_sure="likely where A's octets had been repeated three times before the SYN, ACK came "
    "again: lost one by one behind the capture point is the other story. Possible without that. "
    "B's counters (ListenOverflows) make it certain.",
    source="Linux tcp_v4_syn_recv_sock() (sk_acceptq_is_full), tcp_check_req(), "
    "net.ipv4.tcp_abort_on_overflow, tcp_synack_retries",
)


def look(story: Story, settings: Settings) -> Iterator[Sign]:
    """A SYN, ACK that comes again though the client had acknowledged it."""
    events = story.events
    acked = events.first({"HANDSHAKE_ACK"}, "client")
    if acked is None:
        return
    again = events.first(EVENTS, "server", after=acked)
    if again is None:
        return
    spoke = events.first({"DATA"}, "client", after=acked)
    asked = spoke is not None and spoke < again
    insisted = asked and events.has({"UNANSWERED"}, "client", after=acked, before=again)
    resets = events.indexes(RSTS, "server", after=again)
    taken_up = events.first({"ACK"}, "server", after=again)
    if taken_up is None and events.has({"ACK"}, "server", before=again):
        return  # the connection was alive: an old copy
    if taken_up is not None and not insisted:
        return  # the handshake's ACK was lost, or crossed it on its way
    severity: Severity = "warning"
    if resets and asked and taken_up is None:
        severity = "error"
    elif not asked:
        severity = "info"
    sure: Confidence = stories.weakened(story, "likely") if insisted else "possible"
    yield Sign(
        end="server",
        severity=severity,
        confidence=sure,
        events=(acked, again, *(resets if taken_up is None else (taken_up,))),
        detail="late" if taken_up is not None else "reset" if resets else "waiting",
    )


def tell(connection: Traffic, sign: Sign, waited: int | None) -> Telling:
    """How long the client waited at the door, and what became of its request."""
    client, server = endpoint(connection, "client"), endpoint(connection, "server")
    acked = first_of(connection, sign.events[0])
    again = events_of(connection, sign.events[1])
    message = (
        f"{client} completed the handshake at {clock(acked.at)}{in_frame(acked)}, but {server} did "
        f"not take it: it sent its SYN, ACK again {times(len(again))}, last at "
        f"{clock(again[-1].at)}{in_frame(again[-1])}"
    )
    if sign.detail == "late":
        taken = first_of(connection, sign.events[2])
        message += f", and went on after {duration(taken.at - acked.at)}"
    elif sign.detail == "reset":
        rst = first_of(connection, sign.events[2])
        message += f", and gave up: RST at {clock(rst.at)}{in_frame(rst)}"
    message += ". "
    if sign.severity == "error":
        lost = unacknowledged(connection, "client")
        message += f"{plural(lost, 'octet') if lost else 'Octets'} of the client reached nobody. "
    message += (
        "Most likely its accept queue is full: the program does not accept connections in time."
        if sign.confidence == "likely"
        else "Its accept queue may be full, or the client's segments do not reach it."
    )
    return telling(
        connection,
        sign,
        message,
        (
            f"on {server.ip}: ss -tln sport = :{server.port}: where Recv-Q reaches Send-Q, the "
            "queue is full; nstat -az TcpExtListenOverflows TcpExtListenDrops counts it",
            f"find out what keeps the program at {server} from accept(): busy workers, a blocked "
            "event loop, a pause of its runtime",
            "then a longer queue: the backlog in its configuration and net.core.somaxconn",
        ),
    )
