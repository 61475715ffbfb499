"""``mid-stream``: the capture shows nothing of how the connection was opened."""

from __future__ import annotations

from collections.abc import Iterator

from pcapflow.findings.frames import telling
from pcapflow.findings.rule import Doc, Sign, Telling
from pcapflow.findings.words import clock
from pcapflow.model import Traffic
from pcapflow.tcp.story import Story
from pcapflow.tcp.timers import Settings

CODE = "mid-stream"
LEVELS = "info · capture"
EVENTS = frozenset({"mid-stream"})
DOC = Doc(
    title="The connection was open before its first captured packet: the handshake is not there.",
    on_the_wire="no SYN and no SYN, ACK; the first packet belongs to a connection that goes on.",
    states="each end's state is unknown until it sends something. Whether one of them had closed "
    "its side before cannot be known from a FIN of the other alone.",
    harm="None to the connection. Which end is the client is guessed from the ports, window sizes "
    "are not known (their scale stands in the SYN), and nothing is said of what may have happened "
    "before.",
    look_at="begin the capture before the program starts, or restart one side; a pool's old "
    "connections are renewed after a while by themselves.",
    confused_with="one-sided: there one direction is missing all along. A capture filter for FIN "
    "and RST alone leaves out every handshake, and each connection looks like this.",
    how_sure="certain. The codes named in the message rest on what the capture does show, and are "
    "likely or possible only.",
    source="RFC 9293 §3.8.6, RFC 7323 §2.2 (window scale only in SYNs)",
)


def look(story: Story, settings: Settings) -> Iterator[Sign]:
    """Whether the opening is missing."""
    if "mid-stream" in story.marks:
        yield Sign("capture", "info", "certain", ())


def tell(connection: Traffic, sign: Sign, waited: int | None) -> Telling:
    """Since when it is watched, and what that leaves open."""
    message = (
        f"The connection was open already when its first packet was captured, at "
        f"{clock(connection.first)}: what came before is not known"
    )
    if connection.roles == "guessed":
        message += f", and that {connection.client} is the client is a guess from the ports"
    return telling(
        connection,
        sign,
        f"{message}.",
        (
            "to see how such connections open and close, begin the capture before they are made, "
            "or restart one side while it runs",
        ),
    )
