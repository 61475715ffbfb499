"""``half-close``: one direction is closed and the other still in use, as TCP allows."""

from __future__ import annotations

from collections.abc import Iterator

from pcapflow.findings import stories
from pcapflow.findings.frames import endpoint, first_of, in_frame, telling
from pcapflow.findings.rule import Doc, Sign, Telling
from pcapflow.findings.words import clock, duration
from pcapflow.model import ENDS, Confidence, End, Traffic, other
from pcapflow.tcp.codes import ACKS_OF_FIN
from pcapflow.tcp.story import Story
from pcapflow.tcp.timers import Settings

CODE = "half-close"
LEVELS = "info · client or server"
EVENTS = ACKS_OF_FIN
DOC = Doc(
    title="One end closed its direction while the other went on sending or owes a reply: legal.",
    on_the_wire="A ── FIN ──► B,  A ◄── ACK ── B,  A ◄── data ── B ...  The reply may also be "
    "still to come: A's request was the last thing said.",
    states="A waits in FIN_WAIT_2 and reads on; B is in CLOSE_WAIT and may send for hours.",
    harm="None by itself; the close is charged to A, which ended its direction first. Firewalls "
    "expire half-closed connections early (Linux conntrack: 120 s in FIN_WAIT, 60 s in "
    "CLOSE_WAIT), so a slow reply may never arrive.",
    look_at="whether it is meant: shutdown(SHUT_WR) behind a request is how many tools mark the "
    "end of their input. Where it is not, find who calls shutdown() or close() too early; where a "
    "reply is owed, ask B's log why it takes so long.",
    confused_with="close-wait-leak: B has nothing to send and does not close. "
    "reset-closed-socket: A had closed both directions, so B's data is answered by RST.",
    how_sure="certain when new octets of B are captured after its ACK of A's FIN; likely when a "
    "reply is only owed, since the capture knows who spoke last, not what was said; possible "
    "where client and server had to be guessed.",
    source="RFC 9293 §3.6, §3.6.1; Linux tcp_shutdown()",
)


def look(story: Story, settings: Settings) -> Iterator[Sign]:
    """New octets behind an acknowledged FIN of the peer, or a reply still owed."""
    for end in ENDS:
        case = stories.closed(story, end)
        if case is None:
            continue
        peer = other(end)
        data = story.events.indexes({"DATA"}, peer, after=case.ack)
        if data and not _met_closed_socket(story, end, data[0]):
            yield Sign(end, "info", "certain", (case.fin, case.ack, *data), detail="data")
        elif _owes(story, case):
            confidence: Confidence = "possible" if "mid-stream" in story.marks else "likely"
            yield Sign(
                end,
                "info",
                stories.weakened(story, confidence),
                (case.fin, case.ack),
                detail="owed",
            )


def tell(connection: Traffic, sign: Sign, waited: int | None) -> Telling:
    """Until when the open direction was used, or how long the reply is due."""
    closer: End = "server" if sign.end == "server" else "client"
    peer = other(closer)
    me, them = endpoint(connection, closer), endpoint(connection, peer)
    fin = first_of(connection, sign.events[0])
    message = f"{me} closed its direction at {clock(fin.at)}{in_frame(fin)}"
    if sign.detail == "owed":
        message += (
            f" behind its request; {them} acknowledged that and has not answered for "
            f"{duration(connection.capture_end - fin.at)}. It still owes the reply, so the open "
            "half is no leak."
        )
        advice = (
            f"on {them.ip}: ss -tanp state close-wait src {them}",
            f"in the server's log: look for the request that ended at {clock(fin.at)} UTC",
        )
    else:
        spoke = connection.last_data[stories.number(peer)]
        until = first_of(connection, sign.events[-1]).at if spoke is None else spoke
        message += (
            f" and {them} went on sending until {clock(until)}, {duration(until - fin.at)} "
            "longer: a half-close, which TCP allows."
        )
        advice = (
            f"nothing, if the {closer} means it: shutdown(SHUT_WR), then read to the end",
            "else find out who calls shutdown() or close() before the last octet was read; "
            "firewalls between the ends may drop such a connection after one or two minutes",
        )
    return telling(connection, sign, message, advice)


def _owes(story: Story, case: stories.Closed) -> bool:
    return (
        story.states[stories.number(other(case.closer))] == "CLOSE_WAIT"
        and stories.reply_owed(story, case.closer)
        and stories.proved_open(story, case)
    )


def _met_closed_socket(story: Story, closer: End, data: int) -> bool:
    """The closer had closed both directions: its RST answers the data."""
    return story.events.has({"RST_REPLY"}, closer, after=data)
