"""``connection-refused``: a SYN was answered by RST."""

from __future__ import annotations

from collections.abc import Iterator

from pcapflow.findings.frames import endpoint, first_of, in_frame, telling
from pcapflow.findings.rule import Doc, Sign, Telling
from pcapflow.findings.words import clock, duration, times
from pcapflow.model import ENDS, End, Traffic, other
from pcapflow.tcp.codes import SYNS
from pcapflow.tcp.story import Story
from pcapflow.tcp.timers import Settings

CODE = "connection-refused"
LEVELS = "warning · client or server"
EVENTS = frozenset({"RST_REFUSED"})
DOC = Doc(
    title="The connection was refused: a SYN was answered by RST.",
    on_the_wire="A ── SYN ──► B,  A ◄── RST, ACK ── B",
    states="A goes from SYN_SENT to CLOSED and its connect() fails with ECONNREFUSED. B has no "
    "socket for it.",
    harm="A could not connect; most programs say so in their log. A scan looks the same.",
    look_at="whether the service runs at B and listens on that address and port (127.0.0.1 alone "
    "is a frequent mistake), the port that A was given, a firewall that rejects with RST.",
    confused_with="reset-closed-socket: that RST ends a connection which existed. A SYN without "
    "any answer was dropped, not refused.",
    how_sure="certain that it was refused. Whether B's kernel or a firewall in its name sent the "
    "RST cannot be told from this segment alone.",
    source="RFC 9293 §3.5.2, §3.10.7.1; Linux tcp_v4_send_reset(), iptables REJECT "
    "--reject-with tcp-reset",
)


def look(story: Story, settings: Settings) -> Iterator[Sign]:
    """A RST that answers a captured SYN."""
    for end in ENDS:
        refusals = story.events.indexes({"RST_REFUSED"}, end)
        syns = story.events.indexes(SYNS | {"SYN_AGAIN"}, other(end))
        if refusals and syns and syns[0] < refusals[0]:
            yield Sign(end, "warning", "certain", (*syns, *refusals))


def tell(connection: Traffic, sign: Sign, waited: int | None) -> Telling:
    """Who was refused by whom, and how fast."""
    end: End = "server" if sign.end == "server" else "client"
    me, them = endpoint(connection, end), endpoint(connection, other(end))
    syn = first_of(connection, sign.events[0])
    refusals = [e for e in connection.events if e.code == "RST_REFUSED"]
    often = f", {times(len(refusals))} in all" if len(refusals) > 1 else ""
    return telling(
        connection,
        sign,
        f"{them} asked for {me} at {clock(syn.at)}{in_frame(syn)} and was refused by RST "
        f"{duration(refusals[0].at - syn.at)} later{in_frame(refusals[0])}{often}: nothing "
        "listens there, or a firewall rejects it.",
        (
            f"on {me.ip}: ss -tlnp sport = :{me.port}",
            "if nothing listens: start the service, or correct the port that the client uses",
            "if something does: look at the address it is bound to, and for a firewall rule that "
            "rejects with tcp-reset (nft list ruleset, iptables -S)",
        ),
    )
