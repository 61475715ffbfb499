"""``reset-abort``: a live socket ended the connection by RST instead of closing it."""

from __future__ import annotations

from collections.abc import Iterator

from pcapflow.findings import stories
from pcapflow.findings.frames import endpoint, first_of, in_frame, telling, unacknowledged
from pcapflow.findings.rule import Doc, Sign, Telling
from pcapflow.findings.words import clock, listing, plural
from pcapflow.model import ENDS, End, Traffic, other
from pcapflow.tcp.codes import ABORTS, REPLIES, RSTS
from pcapflow.tcp.outcome import foreign, resets
from pcapflow.tcp.story import Story
from pcapflow.tcp.timers import Settings

CODE = "reset-abort"
LEVELS = "info or error · client or server"
EVENTS = ABORTS
DOC = Doc(
    title="One end aborted a live connection by RST instead of closing it.",
    on_the_wire="A ── RST, ACK ──► B  with A's next sequence number, and no segment of B provoked "
    "it.",
    states="Both ends are CLOSED at once, without TIME_WAIT. B's application sees 'connection "
    "reset by peer' when it reads and EPIPE when it writes; in CLOSE_WAIT it reads end-of-file.",
    harm="Info where nothing was outstanding: proxies and browsers abort idle connections by "
    "design. Error where octets had not been acknowledged or a request had no answer: they are "
    "lost.",
    look_at="the program at A: SO_LINGER with timeout 0, close() before all received octets were "
    "read, a crash, a keep-alive or retransmission timeout. A kernel that ends a program normally "
    "sends FIN, even for kill -9, unless unread octets wait.",
    confused_with="reset-closed-socket: there a segment of B provoked the RST. "
    "connection-refused: the RST answers a SYN.",
    how_sure="likely: number and timing are A's own, though somebody on the path can forge both. "
    "Possible where the capture has gaps, since the segment that provoked the RST may be missing. "
    "Which of the causes it was cannot be seen from outside.",
    source="RFC 9293 §3.10.4, §3.10.5; RFC 1122 §4.2.2.13; Linux tcp_close(), "
    "tcp_send_active_reset()",
)


def look(story: Story, settings: Settings) -> Iterator[Sign]:
    """Each end that sent an unprovoked RST which fits; of several, the one that lost octets."""
    if story.ending in ("orderly", "unanswered") or story.events.codes() <= RSTS:
        return  # nothing was aborted any more, not yet, or as far as this capture shows
    taken = frozenset(i for i in resets(story.events) if not foreign(story.events, i))
    for end in ENDS:
        # An end that answers as a closed one has nothing left to abort: that is a copy.
        gone = min(
            taken.intersection(story.events.indexes(REPLIES, end)), default=len(story.events)
        )
        aborts = [i for i in story.events.indexes(ABORTS, end) if i in taken and i < gone]
        costly = [i for i in aborts if story.events[i][0] == "RST_ABORT_LOSS"]
        lost = "gap" not in story.marks and any(stories.unacknowledged(story, e) for e in ENDS)
        if not costly and lost:
            costly = aborts  # octets before a FIN, which is unacknowledged as well
        if aborts:
            index = costly[0] if costly else aborts[0]
            yield Sign(
                end=end,
                severity="error" if costly else "info",
                confidence=stories.weakened(story, "likely"),
                events=(index,),
                detail=_detail(story, index, end),
            )


def tell(connection: Traffic, sign: Sign, waited: int | None) -> Telling:
    """Who aborted, in which phase of the close, and what it cost."""
    end: End = "server" if sign.end == "server" else "client"
    peer = other(end)
    me, them = endpoint(connection, end), endpoint(connection, peer)
    rst = first_of(connection, sign.events[0])
    when = {
        "open": "while neither end had closed",
        "closed by peer": f"after the {peer}'s FIN, instead of closing its own side",
        "closed by itself": "after its own FIN",
        "closed by both": "after both FINs",
        "unanswered": f"after {them} had left its segments unanswered",
    }[sign.detail]
    message = f"{me} aborted the connection by RST at {clock(rst.at)}{in_frame(rst)} {when}; "
    message += (
        _loss(connection) if sign.severity == "error" else "every octet sent had been acknowledged."
    )
    if sign.detail == "unanswered":
        search = f"it gave up: find out why {them} fell silent (host down, path, firewall)"
    else:
        search = (
            f"in the {end}'s program and its log at {clock(rst.at)} UTC: look for SO_LINGER 0, "
            "for close() with octets left unread, for a crash or a timeout"
        )
    return telling(
        connection,
        sign,
        message,
        (
            f"on {me.ip}: nstat -az TcpExtTCPAbortOnClose TcpExtTCPAbortOnData "
            "TcpExtTCPAbortOnTimeout",
            search,
        ),
    )


def _detail(story: Story, index: int, end: End) -> str:
    silent = story.events.last({"UNANSWERED"}, end, before=index)
    if silent is not None and not story.events.has({"ANSWERED"}, after=silent, before=index):
        return "unanswered"
    mine, theirs = (
        fin is not None and fin < index
        for fin in (stories.fin(story, end), stories.fin(story, other(end)))
    )
    if mine and stories.silent_since(story, end) is not None:
        return "unanswered"
    if mine:
        return "closed by both" if theirs else "closed by itself"
    return "closed by peer" if theirs else "open"


def _loss(connection: Traffic) -> str:
    lost = [
        f"{plural(octets, 'octet')} of the {end}"
        for end in ENDS
        if (octets := unacknowledged(connection, end))
    ]
    if lost:
        return f"{listing(lost)} had not been acknowledged and may be lost."
    return "a request had not been answered."
