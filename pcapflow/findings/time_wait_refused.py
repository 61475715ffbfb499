"""``time-wait-refused``: a new SYN met TIME_WAIT and was answered with the old numbers."""

from __future__ import annotations

from collections.abc import Iterator

from pcapflow.findings import stories
from pcapflow.findings.frames import endpoint, first_of, in_frame, telling
from pcapflow.findings.rule import Doc, Sign, Telling
from pcapflow.findings.words import clock, duration
from pcapflow.model import End, Traffic, other
from pcapflow.tcp.codes import RSTS
from pcapflow.tcp.story import Story
from pcapflow.tcp.timers import Settings

CODE = "time-wait-refused"
LEVELS = "info or warning · client or server"
EVENTS = frozenset({"CHALLENGE_ACK"})
DOC = Doc(
    title="A new connection was refused at first: its ports were still in TIME_WAIT at the peer.",
    on_the_wire="A and B close;  then  A ── SYN ──► B  from the same port,  A ◄── ACK ── B  with "
    "the old numbers,  A ── RST ──► B,  and A's SYN again (Linux: at once; others: after a "
    "second).",
    states="B, which had closed first, is in TIME_WAIT and cannot tell the SYN from an old one: "
    "neither its timestamp nor its sequence number is higher. The RST ends TIME_WAIT, unless B's "
    "kernel is told to ignore it (tcp_rfc1337).",
    harm="Info where the SYN that was sent again opened the connection: the client waited for up "
    "to some seconds. Warning where none did: its connect() fails.",
    look_at="a client, NAT or load balancer that uses a small range of source ports, or several "
    "hosts behind one address whose timestamps and sequence numbers do not go together; a server "
    "that closes first, and so keeps TIME_WAIT on its side.",
    confused_with="time-wait-reuse: there the new numbers were higher, and the connection opened "
    "at once. port-reuse: there the old connection had not ended.",
    how_sure="likely: the old numbers in answer to a SYN are certain; that it was TIME_WAIT "
    "follows from the close before it.",
    source="RFC 9293 §3.10.7.4 (SYN bit in TIME-WAIT), RFC 5961 §4.2, RFC 1337; Linux "
    "tcp_timewait_state_process()",
)


def look(story: Story, settings: Settings) -> Iterator[Sign]:
    """An end in TIME_WAIT answers a SYN as the old connection would."""
    events = story.events
    for index in events.indexes(EVENTS):
        end: End = events[index][1]
        if stories.state_before(story, end, index) != "TIME_WAIT":
            continue
        opened = events.first({"REUSE"}, after=index)
        resets = events.indexes(RSTS, other(end), after=index)
        yield Sign(
            end=end,
            severity="warning" if opened is None else "info",
            confidence=stories.weakened(story, "likely"),
            events=(index, *resets, *(() if opened is None else (opened,))),
            detail="" if opened is None else "opened",
        )
        return


def tell(connection: Traffic, sign: Sign, waited: int | None) -> Telling:
    """Who refused whom, and what became of the connection that was asked for."""
    end: End = "server" if sign.end == "server" else "client"
    peer = other(end)
    me, them = endpoint(connection, end), endpoint(connection, peer)
    answer = first_of(connection, sign.events[0])
    message = (
        f"{them} asked for a new connection from the same port while {me} still held this one in "
        f"TIME_WAIT, and was answered with the old numbers at {clock(answer.at)}{in_frame(answer)}"
    )
    if sign.detail:
        syn = first_of(connection, sign.events[-1])
        message += f"; its SYN opened the connection {duration(syn.at - answer.at)} later."
    else:
        message += "; no SYN was taken after that, so its connect() fails or goes on waiting."
    return telling(
        connection,
        sign,
        message,
        (
            f"let {them.ip} use more source ports (net.ipv4.ip_local_port_range; of a NAT or "
            "proxy: more addresses), and leave TCP timestamps on at both ends",
            f"let the client close first, so that TIME_WAIT is not kept at {me.ip}, or keep "
            "connections open for longer",
        ),
    )
