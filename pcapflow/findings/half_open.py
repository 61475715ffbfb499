"""``half-open``: a client goes on with a connection that its server does not have."""

from __future__ import annotations

from collections.abc import Iterator

from pcapflow.findings import stories
from pcapflow.findings.frames import endpoint, first_of, in_frame, telling, unacknowledged
from pcapflow.findings.rule import Doc, Sign, Telling
from pcapflow.findings.words import clock, duration, plural
from pcapflow.model import Confidence, Severity, Traffic
from pcapflow.tcp.codes import ACCEPTED_RSTS, FINS, RSTS
from pcapflow.tcp.outcome import foreign, lives_on
from pcapflow.tcp.story import Story
from pcapflow.tcp.timers import Settings

CODE = "half-open"
LEVELS = "info, warning or error · server"
EVENTS = frozenset({"RST_REPLY"})
DOC = Doc(
    title="The client believed in a connection that its server did not have.",
    on_the_wire="A ── data (or keep-alive, or the handshake's ACK) ──► B,  A ◄── RST ── B  with "
    "the number that A acknowledged, and no FIN of B before.",
    states="A is ESTABLISHED until the RST, and CLOSED then. B was CLOSED already, or never got "
    "beyond the handshake.",
    harm="Error where A's octets were answered by the RST: they reached no program, and A's sees "
    "'connection reset by peer'. Warning where B reset the connection before it had said "
    "anything. Info where nothing but a keep-alive or an ACK met the RST: that is how A is meant "
    "to find out.",
    look_at="whether B's host or program was restarted or failed over, at the time when B last "
    "spoke; an address that moved to another host; a load balancer or NAT between the two that "
    "forgot the connection or has no server behind it; a listener that was closed while "
    "connections waited in its queue.",
    confused_with="reset-closed-socket: there B closed, by FIN, before the segment came. "
    "reset-abort: there no segment of A provoked the RST. accept-queue-full: B had repeated its "
    "SYN, ACK and then gave up.",
    how_sure="likely: a RST that bears A's own number and no acknowledgement comes from a kernel "
    "that knows no such connection, but whose it is cannot be seen: a box on the path may answer "
    "in B's name. Possible where one mark of the RST does not fit B, where the capture has gaps, "
    "or where it began too late to know that B had not closed.",
    source="RFC 9293 §3.5.1 (half-open connections), §3.10.7.1; Linux tcp_v4_send_reset()",
)

_HEARD = frozenset({"HANDSHAKE_ACK", "ACK"})
_SPOKEN = frozenset({"ACK", "DATA"})


def look(story: Story, settings: Settings) -> Iterator[Sign]:
    """The first RST of the server in reply to a client that had no reason to expect one."""
    index = next((i for i in story.events.indexes(EVENTS, "server") if _unknown(story, i)), None)
    if index is None:
        return
    spoken = story.events.has(_SPOKEN, "server", before=index)
    asked = stories.last_speaker(story) == "client"
    severity: Severity = "error" if asked else "info" if spoken else "warning"
    lost = _lost_reset(story, index)
    again = story.events.indexes(RSTS, "server", after=index)
    yield Sign(
        end="server",
        severity=severity,
        confidence=_confidence(story, index, spoken),
        events=(*(() if lost is None else (lost,)), index, *again),
        detail=f"{'later' if spoken else 'never'} {'reset' if lost is not None else ''}",
    )


def tell(connection: Traffic, sign: Sign, waited: int | None) -> Telling:
    """What met whom, what was lost, and since when the server may have been gone."""
    client, server = endpoint(connection, "client"), endpoint(connection, "server")
    since, _, had_reset = sign.detail.partition(" ")
    rst = first_of(connection, sign.events[1] if had_reset else sign.events[0])
    what = "data" if sign.severity == "error" else "a segment"
    message = (
        f"{client} sent {what} on a connection that {server} does not have: the answer was RST at "
        f"{clock(rst.at)}{in_frame(rst)}, and the server had not closed."
    )
    if had_reset:
        first = first_of(connection, sign.events[0])
        message += (
            f" It had ended the connection by RST at {clock(first.at)}{in_frame(first)}, which "
            "never reached the client."
        )
    elif since == "never":
        message += (
            " It had said nothing since its SYN, ACK: it may have lost the connection, or never "
            "had taken it up."
        )
    else:
        spoke = connection.last_data[1]
        if spoke is not None and spoke < rst.at:
            message += f" It last sent something {duration(rst.at - spoke)} before."
    if sign.severity == "error":
        lost = unacknowledged(connection, "client")
        message += f" {plural(lost, 'octet') if lost else 'Octets'} of the client reached nobody."
    if sign.confidence == "possible":
        message += " A box on the path may have answered in the server's name."
    return telling(
        connection,
        sign,
        message,
        (
            f"on {server.ip}: was the host or program restarted, or the address moved? uptime; "
            f"ss -tlnp sport = :{server.port}; its log before {clock(rst.at)} UTC",
            "ask what lies between the two (load balancer, NAT, firewall) whether it forgot the "
            "connection, or has no server behind it",
            f"let the client at {client.ip} repeat what is safe to repeat, and send keep-alives "
            "(SO_KEEPALIVE, TCP_KEEPIDLE) to notice sooner",
        ),
    )


def _unknown(story: Story, rst: int) -> bool:
    """Whether a RST of the server says that it has no such connection, and had not closed one."""
    events = story.events
    closing = events.has(FINS | {"FIN_HINT"}, before=rst)
    if closing or foreign(events, rst) or not events.has(_HEARD, "client", before=rst):
        return False
    handshake = events.first({"HANDSHAKE_ACK"}, "client")
    if handshake is not None and events.has({"SYN_ACK_AGAIN"}, "server", after=handshake):
        return False  # accept-queue-full
    earlier = [i for i in events.indexes(ACCEPTED_RSTS) if i < rst]
    return all(events[i][1] == "server" and lives_on(events, "client", i) for i in earlier)


def _lost_reset(story: Story, rst: int) -> int | None:
    """The server's RST before that one, which the client cannot have received."""
    return story.events.last(ACCEPTED_RSTS, "server", before=rst)


def _confidence(story: Story, rst: int, spoken: bool) -> Confidence:
    if story.events.has({"RST_ODD"}, "server", after=rst):
        return "possible"
    if "mid-stream" in story.marks and not spoken:
        return "possible"
    return stories.weakened(story, "likely")
