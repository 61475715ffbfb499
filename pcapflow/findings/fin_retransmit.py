"""``fin-retransmit``: a FIN was sent more than once; was that needed?"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from pcapflow.findings import stories
from pcapflow.findings.frames import endpoint, fins_of, fins_sent, telling
from pcapflow.findings.rule import Doc, Sign, Telling
from pcapflow.findings.words import clock, duration, listing, times
from pcapflow.model import ENDS, Confidence, End, Party, Severity, Traffic, other
from pcapflow.tcp.codes import FIN_REPEATS
from pcapflow.tcp.story import Story
from pcapflow.tcp.timers import Settings

CODE = "fin-retransmit"
LEVELS = "info or warning · client, server or path"
EVENTS = FIN_REPEATS
DOC = Doc(
    title="A FIN was sent again; the capture tells whether it had to be.",
    on_the_wire="A ── FIN ──►,  A ── FIN again ──► B,  and where the ACK of it lies: before the "
    "repeat, crossing it, after it, or nowhere.",
    states="A stays in FIN_WAIT_1 or LAST_ACK until the acknowledgement reaches it.",
    harm="None where the FIN was acknowledged in the end: the close took a timeout longer (info). "
    "Warning where no acknowledgement was captured and no RST ended it; fin-unanswered says more.",
    look_at="loss between the ends, when repeats were needed and are frequent. Spurious repeats "
    "need no repair.",
    confused_with="duplicate-frames: one packet captured twice is no retransmission, and is "
    "removed before any rule looks. lost-final-ack: the same repeat, where it was the last FIN.",
    how_sure="that it was sent again is certain. Spurious: certain when a D-SACK says that the "
    "first one had arrived, likely when the ACK crossed the repeat. Needed: likely, since FIN and "
    "ACK could each have been the lost one. A repeat with another ACK number may carry only that, "
    "and proves no loss.",
    source="RFC 9293 §3.8.1; RFC 6298; RFC 2883; RFC 8985 §7; "
    "Linux tcp_retransmit_skb(), tcp_send_loss_probe()",
)

_INTERVALS = 6
_MEANING = {
    "unanswered": "No acknowledgement of any of them was captured.",
    "reset": "The connection ended by RST before any of them was acknowledged.",
    "ack lost": "An acknowledgement had been captured before: it was lost on its way to the {end}.",
    "needed": "It was acknowledged only then: the first FIN was lost behind the capture point, or "
    "its acknowledgement before it.",
    "reported": "Not needed: the {peer} reported (D-SACK) that the first one had arrived.",
    "crossed": "Not needed: the acknowledgement was on its way already, and nothing was lost.",
    "carried": "The repeat has another ACK number and may carry only that: no sign of loss.",
}


def look(story: Story, settings: Settings) -> Iterator[Sign]:
    """Each end that sent its FIN more than once."""
    for end in ENDS:
        repeats = story.events.indexes(FIN_REPEATS, end)
        fin = stories.fin(story, end)
        if repeats and fin is not None:
            yield _sign(story, end, (fin, *repeats))


def tell(connection: Traffic, sign: Sign, waited: int | None) -> Telling:
    """How often, at which intervals, and whether it was needed."""
    meaning, _, whose = sign.detail.rpartition(" ")
    end: End = "server" if whose == "server" else "client"
    sent = fins_of(connection, end)
    gaps = [later.at - sooner.at for sooner, later in pairwise(sent)]
    intervals = [duration(gap) for gap in gaps[:_INTERVALS]]
    if len(gaps) > _INTERVALS:
        intervals = [*intervals[:-1], "...", duration(gaps[-1])]
    message = (
        f"{endpoint(connection, end)} sent its FIN at {clock(sent[0].at)} and again "
        f"{times(fins_sent(connection, end) - 1)}, after {listing(intervals)}. "
        + _MEANING[meaning].format(end=end, peer=other(end))
    )
    return telling(connection, sign, message, _advice(connection, end, meaning))


def _sign(story: Story, end: End, events: tuple[int, ...]) -> Sign:
    codes = {story.events[i][0] for i in events}
    party: Party = "path"
    severity: Severity = "info"
    confidence: Confidence = "likely"
    if codes.isdisjoint({"FIN_AGAIN", "FIN_AGAIN_LATE", "FIN_AGAIN_CROSSED"}):
        meaning, party = "carried", end
    elif stories.ack_of_fin(story, end) is None:
        if stories.reset_after(story, events[0]):
            meaning = "reset"
        else:
            meaning, severity = "unanswered", "warning"
    elif "FIN_AGAIN_LATE" in codes:
        meaning = "ack lost"
    elif story.events.has({"ACK_OF_FIN_DSACK"}, other(end)):
        meaning, party, confidence = "reported", end, "certain"
    elif "FIN_AGAIN" in codes:
        meaning = "needed"
    else:
        meaning, party = "crossed", end
    if party == "path":
        confidence = stories.weakened(story, confidence)
    return Sign(party, severity, confidence, events, detail=f"{meaning} {end}")


def _advice(connection: Traffic, end: End, meaning: str) -> tuple[str, ...]:
    if meaning in ("reported", "crossed", "carried"):
        return ("nothing to repair: the repeat cost one packet",)
    me, peer = endpoint(connection, end), endpoint(connection, other(end))
    return (
        f"on {me.ip}: nstat -az TcpRetransSegs TcpExtTCPTimeouts, to see whether loss is frequent",
        f"between {me.ip} and {peer.ip}: look for interface errors and drops (ip -s link)",
    )
