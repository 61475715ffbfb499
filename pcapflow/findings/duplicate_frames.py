"""``duplicate-frames``: the capture holds the same packets more than once."""

from __future__ import annotations

from collections.abc import Iterator

from pcapflow.findings.frames import telling
from pcapflow.findings.rule import Doc, Sign, Telling
from pcapflow.findings.words import plural
from pcapflow.model import Traffic
from pcapflow.tcp.story import Story
from pcapflow.tcp.timers import Settings

CODE = "duplicate-frames"
LEVELS = "info · capture"
EVENTS = frozenset({"duplicates"})
DOC = Doc(
    title="Packets of this connection were captured more than once, and are counted once.",
    on_the_wire="nothing: each packet went over the wire once. The capture point saw it on two "
    "interfaces, on both sides of a router or bridge, or twice from a mirror port.",
    states="not touched: duplicates are removed before anything is judged.",
    harm="None here. Other programs take such packets for retransmissions, and show FINs and ACKs "
    "that came again where none did.",
    look_at="how the capture is made: one interface instead of 'any', one direction of a mirror "
    "port, one side of the router.",
    confused_with="fin-retransmit: a repeat has a new IP id or another timestamp value, and comes "
    "after a timeout.",
    how_sure="likely: a network that duplicates packets by itself looks the same; then the "
    "receiver's answers are doubled too.",
    source="Linux packet(7), PACKET_HOST and PACKET_OUTGOING; RFC 6864 §4 (IP id)",
)


def look(story: Story, settings: Settings) -> Iterator[Sign]:
    """Whether packets were left out as duplicates."""
    if "duplicates" in story.marks:
        yield Sign("capture", "info", "likely", ())


def tell(connection: Traffic, sign: Sign, waited: int | None) -> Telling:
    """How many, and how to capture without them."""
    count = connection.duplicates
    return telling(
        connection,
        sign,
        f"{plural(count, 'packet')} of this connection {'was' if count == 1 else 'were'} captured "
        f"twice and left out: other programs would show {'it' if count == 1 else 'them'} as "
        f"{'a retransmission' if count == 1 else 'retransmissions'}.",
        (
            "capture on one interface (tcpdump -i eth0, not -i any), or mirror one direction only",
            "for other programs: editcap -w 1 CAPTURE CLEAN removes byte-equal repeats",
        ),
    )
