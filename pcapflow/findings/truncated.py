"""``truncated``: the capture file breaks off, so how this connection ended was not recorded."""

from __future__ import annotations

from collections.abc import Iterator

from pcapflow.findings.frames import telling
from pcapflow.findings.rule import Doc, Sign, Telling
from pcapflow.findings.words import clock
from pcapflow.model import Ending, Traffic
from pcapflow.tcp.story import Story
from pcapflow.tcp.timers import Settings

CODE = "truncated"
LEVELS = "info · capture"
EVENTS = frozenset({"damaged", "truncated"})
DOC = Doc(
    title="The capture file was cut off while this connection had not ended.",
    on_the_wire="nothing: the file ends in the middle of a packet.",
    states="as they were at the last whole packet; what came later is not known.",
    harm="None to the connection. Whatever the capture says about waiting and silence is true "
    "only up to the cut.",
    look_at="why the file is incomplete: tcpdump was killed, the disk was full, or the file was "
    "copied while it was written.",
    confused_with="a connection that really stays open: without the cut the capture would show "
    "it. Connections that ended before the cut are not touched.",
    how_sure="certain: the last record of the file is not complete.",
    source="the pcap and pcapng file formats (IETF opsawg drafts)",
)

_OVER: frozenset[Ending] = frozenset({"orderly", "reset", "refused", "replaced"})


def look(story: Story, settings: Settings) -> Iterator[Sign]:
    """A connection that had not ended where the file breaks off."""
    for mark in ("damaged", "truncated"):
        if mark in story.marks and story.ending not in _OVER:
            yield Sign("capture", "info", "certain", (), detail=mark)
            return


def tell(connection: Traffic, sign: Sign, waited: int | None) -> Telling:
    """Where the file breaks off, and what that leaves open."""
    if sign.detail == "damaged":
        return telling(
            connection,
            sign,
            f"The capture file is damaged behind the packet of {clock(connection.capture_end)} and "
            "was read up to there; this connection had not ended by then: how it ended is not "
            "known.",
            ("ask for the capture again, or try to mend the file: pcapfix FILE",),
        )
    return telling(
        connection,
        sign,
        f"The capture file breaks off in the middle of a packet (last whole one: "
        f"{clock(connection.capture_end)}), and this connection had not ended by then: how it "
        "ended is not known.",
        (
            "take the capture again: stop tcpdump with Ctrl-C (SIGINT) and copy the file then",
            "if it was killed or the disk was full, findings about silence hold up to the cut only",
        ),
    )
