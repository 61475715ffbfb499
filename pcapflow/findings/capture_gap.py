"""``capture-gap``: octets were acknowledged that the capture does not hold."""

from __future__ import annotations

from collections.abc import Iterator

from pcapflow.findings.frames import endpoint, first_of, in_frame, telling
from pcapflow.findings.rule import Doc, Sign, Telling
from pcapflow.findings.words import clock
from pcapflow.model import End, Traffic, other
from pcapflow.tcp.story import Story
from pcapflow.tcp.timers import Settings

CODE = "capture-gap"
LEVELS = "info · capture"
EVENTS = frozenset({"ACK_UNSEEN"})
DOC = Doc(
    title="The capture lost packets: octets were acknowledged that it does not hold.",
    on_the_wire="A ── data ──✗ (not captured),  A ◄── ACK ── B  of octets that nobody saw A send.",
    states="as far as the other packets show them. A FIN, a RST or an answer may be among what is "
    "missing.",
    harm="None to the connection. Findings about silence, about what provoked a RST, and about "
    "what was lost are less sure.",
    look_at="the drop counts that tcpdump prints when it ends, a larger buffer (tcpdump -B), "
    "shorter snapshots (-s 96), a mirror port with less traffic than its link carries, offload on "
    "the capturing host.",
    confused_with="loss on the network: then the receiver does not acknowledge the octets before "
    "they come again. one-sided: there every packet of one end is missing.",
    how_sure="likely: the octets passed the capture point and are not in the capture, unless it "
    "has put packets out of order. A hole that only the order of packets left in what an end sent "
    "does not count.",
    source="RFC 9293 §3.10.7.4 (SEG.ACK is acceptable up to SND.NXT); pcap_stats(3PCAP)",
)


def look(story: Story, settings: Settings) -> Iterator[Sign]:
    """The first acknowledgement of octets that were never captured, where both ends were."""
    if "one-sided" in story.marks:
        return  # which says it of all of them
    index = story.events.first(EVENTS)
    if index is not None:
        yield Sign("capture", "info", "likely", (index,))


def tell(connection: Traffic, sign: Sign, waited: int | None) -> Telling:
    """Whose octets are missing, and where that is first seen."""
    seen = first_of(connection, sign.events[0])
    sender: End = other(seen.end)
    me, them = endpoint(connection, sender), endpoint(connection, seen.end)
    return telling(
        connection,
        sign,
        f"{them} acknowledged octets of {me} that were not captured, first at {clock(seen.at)}"
        f"{in_frame(seen)}: packets are missing from the capture.",
        (
            "look at what tcpdump says at its end: 'packets dropped by kernel' must be 0",
            "capture less, or with more room: tcpdump -B 65536 -s 96 and a filter for this service",
        ),
    )
