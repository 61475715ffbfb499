"""``lost-final-ack``: the ACK of the last FIN was captured, and yet that FIN came again."""

from __future__ import annotations

from collections.abc import Iterator

from pcapflow.findings import stories
from pcapflow.findings.frames import endpoint, events_of, first_of, in_frame, telling
from pcapflow.findings.rule import Doc, Sign, Telling
from pcapflow.findings.words import clock, duration
from pcapflow.model import ENDS, End, Traffic, other
from pcapflow.tcp.story import Story
from pcapflow.tcp.timers import Settings

CODE = "lost-final-ack"
LEVELS = "info · path"
EVENTS = frozenset({"FIN_AGAIN_LATE"})
DOC = Doc(
    title="The last ACK of the close was lost, so the passive closer sent its FIN again.",
    on_the_wire="A ── FIN ──► B,  A ◄── ACK ── B,  A ◄── FIN ── B,  A ── ACK ──✗,  "
    "A ◄── FIN again ── B",
    states="B stays in LAST_ACK until an ACK reaches it; A, in TIME_WAIT, answers every repeat "
    "and starts its 2MSL anew.",
    harm="Usually none: TIME_WAIT exists for this. B keeps its socket one timeout longer. If A's "
    "host no longer knows the connection, B gives up by itself.",
    look_at="loss on the way from A to B; a firewall that drops packets of connections which it "
    "takes for closed.",
    confused_with="fin-retransmit that was not needed: FIN and ACK crossed, or a tail loss probe "
    "sent the FIN early. fin-unanswered: no ACK was captured at all.",
    how_sure="likely, as the repeat came more than a round trip after an ACK that covers the FIN: "
    "an ACK that is only very late looks the same. A second capture at B makes it certain.",
    source="RFC 9293 §3.6, §3.10.7.4; Linux tcp_timewait_state_process()",
)

_ACKS_AGAIN = frozenset({"ACK_OF_FIN_AGAIN", "ACK_OF_FIN_DSACK"})


def look(story: Story, settings: Settings) -> Iterator[Sign]:
    """The later closer repeats its FIN a round trip after an ACK of it."""
    for end in ENDS:
        if story.first_closer not in (other(end), "both"):
            continue
        acked = stories.ack_of_fin(story, end)
        late = story.events.indexes({"FIN_AGAIN_LATE"}, end)
        if acked is None or not late:
            continue
        repaired = story.events.indexes(_ACKS_AGAIN, other(end), after=late[-1])
        yield Sign(
            "path",
            "info",
            stories.weakened(story, "likely"),
            (acked, *late, *repaired[:1]),
            detail=f"repaired {end}" if repaired else f"open {end}",
        )


def tell(connection: Traffic, sign: Sign, waited: int | None) -> Telling:
    """Which ACK was lost, and whether the repeat was answered."""
    how, _, whose = sign.detail.partition(" ")
    end: End = "server" if whose == "server" else "client"
    peer = other(end)
    me, them = endpoint(connection, end), endpoint(connection, peer)
    acked = first_of(connection, sign.events[0])
    again = first_of(connection, sign.events[1])
    message = (
        f"{them} acknowledged the {end}'s last FIN at {clock(acked.at)}{in_frame(acked)}, yet "
        f"{me} sent that FIN again {duration(again.at - acked.at)} later{in_frame(again)}: the "
        f"acknowledgement was lost between the capture point and the {end}."
    )
    if how == "repaired":
        answer = events_of(connection, sign.events[-1])[-1]
        message += f" It was acknowledged again at {clock(answer.at)}; no octet was lost."
    else:
        message += f" No further acknowledgement was captured, so the {end} may wait in LAST_ACK."
    return telling(
        connection,
        sign,
        message,
        (
            f"nothing, if it is rare; if not, look for loss from {them.ip} to {me.ip} and for "
            "firewalls that drop packets of connections they take for closed",
            f"capture on {me.ip} as well: that proves where the acknowledgement died",
        ),
    )
