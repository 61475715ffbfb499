"""``fin-unanswered``: a FIN that nothing in the capture acknowledges."""

from __future__ import annotations

from collections.abc import Iterator

from pcapflow.findings import stories
from pcapflow.findings.frames import endpoint, fins_of, fins_sent, first_of, in_frame, telling
from pcapflow.findings.rule import Doc, Sign, Telling, Wait
from pcapflow.findings.words import clock, duration, times
from pcapflow.model import ENDS, Confidence, End, Traffic, other
from pcapflow.tcp.codes import FIRST_FINS
from pcapflow.tcp.story import Story
from pcapflow.tcp.timers import Settings

CODE = "fin-unanswered"
LEVELS = "info or warning · path"
EVENTS = FIRST_FINS
DOC = Doc(
    title="A FIN was never acknowledged: a dead peer, or a path that drops.",
    on_the_wire="A ── FIN ──►,  A ── FIN again ──►,  A ── FIN again ──► ...  and no ACK of it.",
    states="A stays in FIN_WAIT_1 (LAST_ACK, if B had closed first) until it gives up; it then "
    "goes without a RST. B may know nothing of the close and stay ESTABLISHED.",
    harm="Warning where the FIN was repeated: A's socket lingers for minutes and B's may stay "
    "for ever. Info where a single FIN went unanswered and was not repeated: A seems content, so "
    "the ACK has probably only escaped the capture.",
    look_at="whether B still runs and can be reached; a firewall or load balancer between them "
    "that has forgotten the connection; loss on the path.",
    confused_with="lost-final-ack: there an ACK was captured. fin-retransmit tells of the same "
    "repeats how often they came and at which intervals.",
    how_sure="that no ACK was captured is certain. Repeats prove that none reached A either: "
    "certain after three of them without any sign of B, else likely. A single FIN, with the "
    "capture running on for 3 s, makes it possible. Where only A's direction was captured, "
    "repeats are possible evidence and a single FIN none. Which of peer and path failed takes a "
    "second capture.",
    source="RFC 9293 §3.6, §3.8.1; RFC 6298; Linux tcp_retransmit_timer(), tcp_orphan_retries()",
)

# With another ACK number the repeat may only carry that, so it proves no missing answer.
_REPEATS = frozenset({"FIN_AGAIN", "FIN_AGAIN_LATE", "FIN_AGAIN_CROSSED"})


def look(story: Story, settings: Settings) -> Iterator[Sign]:
    """A FIN without any acknowledgement: repeated, or once and the capture runs on."""
    for end in ENDS:
        fin = stories.fin(story, end)
        if fin is None or stories.ack_of_fin(story, end) is not None:
            continue
        if stories.reset_after(story, fin):
            continue
        repeats = story.events.indexes(_REPEATS, end)
        told = f"{end} {story.states[stories.number(end)]}"
        if repeats:
            yield Sign(
                "path", "warning", _confidence(story, end), (fin, *repeats), detail=f"again {told}"
            )
        elif not story.marks & {"one-sided"} and story.ending != "replaced":
            wait = Wait(since=(fin,), steps=((settings.unanswered_after, "info"),))
            yield Sign("path", "info", "possible", (fin,), wait, detail=f"once {told}")


def tell(connection: Traffic, sign: Sign, waited: int | None) -> Telling:
    """When the FIN was sent, how often, and who may have lost it."""
    how, whose, state = sign.detail.split()
    end: End = "server" if whose == "server" else "client"
    me, them = endpoint(connection, end), endpoint(connection, other(end))
    fin = first_of(connection, sign.events[0])
    message = f"{me} sent its FIN at {clock(fin.at)}{in_frame(fin)}"
    if how == "again":
        sent = fins_of(connection, end)
        count = fins_sent(connection, end)
        last = clock(sent[-1].at)
        message += (
            f" and again at {last}"
            if count == 2
            else (f" and {times(count - 1)} more until {last}")
        )
        message += (
            f"; no acknowledgement of it was captured. Either {them} is gone, or the path drops "
            "one of the two."
        )
    else:
        assert waited is not None
        message += (
            f"; in the {duration(waited)} that the capture runs on it was neither acknowledged "
            "nor sent again. Most likely its acknowledgement was only not captured."
        )
    if sign.confidence == "possible" and how == "again":
        message += f" Only the {end}'s direction was captured, so the answer may have been there."
    waiting = state in ("FIN_WAIT_1", "CLOSING", "LAST_ACK")
    sockets = f"state {state.lower().replace('_', '-')} " if waiting else ""
    return telling(
        connection,
        sign,
        message,
        (
            f"on {me.ip}: ss -tano {sockets}dst {them}",
            f"capture on {them.ip} at the same time: if the FIN arrives there, its ACK is lost; "
            "if it does not, ask the firewalls and load balancers between them",
        ),
    )


def _confidence(story: Story, end: End) -> Confidence:
    if "one-sided" in story.marks:
        return "possible"
    silent = story.events.last({"UNANSWERED"}, end)
    if silent is None or story.events.has({"ANSWERED"}, other(end), after=silent):
        return "likely"
    return "certain"
