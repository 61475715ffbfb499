"""``probe-reset``: opened and reset at once, without a word: a health check or a scan."""

from __future__ import annotations

from collections.abc import Iterator

from pcapflow.findings.frames import endpoint, first_of, in_frame, telling
from pcapflow.findings.rule import Doc, Sign, Telling, Wait
from pcapflow.findings.words import clock, duration
from pcapflow.model import Traffic
from pcapflow.tcp.codes import ABORTS, FINS
from pcapflow.tcp.outcome import foreign
from pcapflow.tcp.story import Story
from pcapflow.tcp.timers import SECOND, Settings

CODE = "probe-reset"
LEVELS = "info · client"
EVENTS = ABORTS | {"RST_REPLY"}
DOC = Doc(
    title="The client opened the connection and reset it at once, without a word: a probe.",
    on_the_wire="A ── SYN ──► B,  A ◄── SYN, ACK ── B,  A ── (ACK,) RST ──► B  within a second, "
    "and no payload.",
    states="both ends CLOSED at once, without TIME_WAIT; B's program may see a connection that is "
    "gone when it looks, or none at all.",
    harm="None: health checks of load balancers do this by design, and scans as well. B's log may "
    "fill with connections that say nothing.",
    look_at="who A is: the load balancer or monitor that checks B's port, or somebody who scans. "
    "A program that gives up its connect() leaves the same trace.",
    confused_with="reset-abort: there the connection had been used, or had lasted. "
    "connection-refused: there B resets.",
    how_sure="likely: that it was opened and reset without payload is certain, for what purpose "
    "is not.",
    source="RFC 9293 §3.5.2; HAProxy tcp-check, nmap -sS: both answer a SYN, ACK by RST",
)

AT_ONCE = SECOND
"""Longer than any round trip; a connection that somebody meant to use lasts longer."""


def look(story: Story, settings: Settings) -> Iterator[Sign]:
    """An answered SYN, then the client's RST before anything else."""
    events = story.events
    answered = events.first({"SYN_ACK"}, "server")
    index = events.first(EVENTS, "client")
    if answered is None or index is None or "busy" in story.marks or foreign(events, index):
        return
    if story.opening not in ("handshake", "syn-ack") or events.has(FINS, before=index):
        return
    if events.has(EVENTS | {"ACK"}, "server", before=index):
        return
    yield Sign(
        end="client",
        severity="info",
        confidence="likely",
        events=(index,),
        wait=Wait(since=(answered,), steps=((0, "info"), (AT_ONCE, None)), until=index),
        detail="after the handshake" if story.opening == "handshake" else "in the handshake",
    )


def tell(connection: Traffic, sign: Sign, waited: int | None) -> Telling:
    """Who probed whom."""
    client, server = endpoint(connection, "client"), endpoint(connection, "server")
    rst = first_of(connection, sign.events[0])
    assert waited is not None
    return telling(
        connection,
        sign,
        f"{client} opened a connection to {server} and reset it {sign.detail}, "
        f"{duration(waited)} after the SYN, ACK, at {clock(rst.at)}{in_frame(rst)}; nothing was "
        "sent: a health check, a scan, or a connect() that was given up.",
        (f"nothing, if {client.ip} is your load balancer or monitor; else find out who that is",),
    )
