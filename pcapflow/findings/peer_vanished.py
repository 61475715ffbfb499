"""``peer-vanished``: an end repeats itself or probes, and nobody answers any more."""

from __future__ import annotations

from collections.abc import Iterator

from pcapflow.findings import stories
from pcapflow.findings.frames import endpoint, first_of, in_frame, telling, unacknowledged
from pcapflow.findings.rule import Doc, Sign, Telling
from pcapflow.findings.words import MINUTE, clock, duration, plural
from pcapflow.model import ENDS, Confidence, End, Traffic, other
from pcapflow.tcp.codes import ABORTS
from pcapflow.tcp.story import Story
from pcapflow.tcp.timers import Settings

CODE = "peer-vanished"
LEVELS = "warning or error · path"
EVENTS = frozenset({"UNANSWERED"})
DOC = Doc(
    title="One end's retransmissions or keep-alives went unanswered to the end.",
    on_the_wire="A ── data ──►,  A ── the same again ──►,  again ──►,  again ──► ...  (or "
    "keep-alives) and nothing of B. A keep-alive timeout ends in A ── RST ──►; a retransmission "
    "timeout ends without a segment.",
    states="A gives up after minutes (Linux: tcp_retries2, about 15 min; keep-alives: 9 probes 75 "
    "s apart) and its application gets ETIMEDOUT. B, if it still runs, may stay ESTABLISHED for "
    "ever.",
    harm="The connection is dead. Error where A aborted with octets unacknowledged, else warning.",
    look_at="whether B's host is up and can be reached from A. If both are well, what lies "
    "between them: a firewall, NAT or load balancer that forgot the connection (was it idle "
    "before?), a route that changed, an interface that went down.",
    confused_with="fin-unanswered: a FIN that nobody acknowledges; both may be told. "
    "idle-drop: where all was silent before, a middlebox may have forgotten the connection. "
    "zero-window-stall: the peer answers each probe, but takes nothing. A capture of one "
    "direction only: nothing is said there.",
    how_sure="certain that no answer reached A where it gave up by RST; likely where the capture "
    "ends while it may still be trying, after three repeats or probes in a row without any sign "
    "of B. Possible where the capture has gaps. Whether peer or path failed takes a capture at B.",
    source="RFC 9293 §3.8.1, §3.8.3, §3.8.4; RFC 6298; Linux tcp_write_timeout(), "
    "tcp_keepalive_timer()",
)

_LONGEST_PAUSE = 2 * MINUTE
"""Between two retransmissions: TCP_RTO_MAX of Linux; RFC 6298 §2.5 allows no less than 60 s."""


def look(story: Story, settings: Settings) -> Iterator[Sign]:
    """The last repeats or probes of an end drew no answer."""
    if story.ending == "orderly" or "one-sided" in story.marks:
        return
    for end in ENDS:
        asked = story.events.last({"UNANSWERED"}, end)
        if asked is None:
            continue
        if story.events.has({"ANSWERED"}, other(end), after=asked):
            continue
        gave_up = story.events.first(ABORTS, end, after=asked)
        lost = gave_up is not None and story.events[gave_up][0] == "RST_ABORT_LOSS"
        confidence: Confidence = "likely" if gave_up is None else "certain"
        yield Sign(
            "path",
            "error" if lost else "warning",
            stories.weakened(story, confidence),
            (asked,) if gave_up is None else (asked, gave_up),
            detail=end,
        )


def tell(connection: Traffic, sign: Sign, waited: int | None) -> Telling:
    """Since when nobody answers, what was lost, and whether the end has given up."""
    end: End = "server" if sign.detail == "server" else "client"
    peer = other(end)
    me, them = endpoint(connection, end), endpoint(connection, peer)
    heard = connection.last_sent[stories.number(peer)]
    tried = connection.last_sent[stories.number(end)]
    asked = first_of(connection, sign.events[0])
    lost = unacknowledged(connection, end)
    what = "retransmissions" if lost else "repeats or keep-alives"
    message = f"Nobody answered the {what} of {me}: the third in a row was at {clock(asked.at)}"
    message += in_frame(asked)
    if heard is not None:
        message += f", the last sign of {them} at {clock(heard)}"
    if len(sign.events) > 1:
        rst = first_of(connection, sign.events[1])
        message += f"; it gave up by RST at {clock(rst.at)}{in_frame(rst)}."
    elif tried is not None and connection.capture_end - tried > _LONGEST_PAUSE:
        message += (
            f"; it has not tried again in the {duration(connection.capture_end - tried)} that the "
            "capture runs on, so it gave up."
        )
    else:
        message += "; it may still have been trying when the capture ended."
    if lost:
        message += f" Never acknowledged: {plural(lost, 'octet')} of the {end}."
    return telling(
        connection,
        sign,
        message,
        (
            f"is {them.ip} up, and reachable from {me.ip}? If so, there: ss -tano src {them} "
            f"dst {me} shows whether it still knows the connection",
            "if it does, something between the two drops it: look for firewalls, NAT and load "
            "balancers that forget idle connections, and make keep-alives more frequent than that",
            f"capture on {them.ip} at the same time: what is missing there died on the way",
        ),
    )
