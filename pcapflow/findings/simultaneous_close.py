"""``simultaneous-close``: the two FINs crossed on the path."""

from __future__ import annotations

from collections.abc import Iterator

from pcapflow.findings import stories
from pcapflow.findings.frames import endpoint, first_of, in_frame, telling
from pcapflow.findings.rule import Doc, Sign, Telling
from pcapflow.findings.words import clock
from pcapflow.model import Event, Traffic
from pcapflow.tcp.codes import CROSSING_FINS
from pcapflow.tcp.story import Story
from pcapflow.tcp.timers import Settings

CODE = "simultaneous-close"
LEVELS = "info · path"
EVENTS = CROSSING_FINS
DOC = Doc(
    title="Both ends closed before either had read the other's FIN.",
    on_the_wire="A ── FIN ──►  ◄── FIN ── B  cross,  then  A ── ACK ──►  ◄── ACK ── B.",
    states="Both ends go from FIN_WAIT_1 through CLOSING to TIME_WAIT.",
    harm="None. Both hosts keep a TIME_WAIT, where an ordinary close leaves it to one of them.",
    look_at="nothing, as a rule. If it happens all the time, both programs end at the same "
    "signal, for example with equal idle timeouts.",
    confused_with="a first FIN that was lost or not yet read: then one of the two FINs is not "
    "acknowledged, or the second one acknowledges the first.",
    how_sure="certain: neither FIN acknowledges the other, and each was acknowledged later. Which "
    "of them was sent first cannot be known from one capture point, and is not guessed. Likely "
    "where the capture has gaps.",
    source="RFC 9293 §3.6 (simultaneous close), §3.10.7.4 (CLOSING); Linux tcp_fin()",
)


def look(story: Story, settings: Settings) -> Iterator[Sign]:
    """Two FINs that crossed, each acknowledged later."""
    if story.first_closer != "both":
        return
    fins = [stories.fin(story, "client"), stories.fin(story, "server")]
    captured = tuple(sorted(i for i in fins if i is not None))
    if len(captured) == 2:
        sure = story.marks.isdisjoint({"gap", "one-sided"})
        yield Sign("path", "info", "certain" if sure else "likely", captured)


def tell(connection: Traffic, sign: Sign, waited: int | None) -> Telling:
    """Both FINs with their times."""
    one, two = (first_of(connection, index) for index in sign.events)
    message = (
        f"{_closing(connection, one)} and {_closing(connection, two)}: the FINs crossed, neither "
        "end had read the other's when it sent its own, and both were acknowledged. No octet was "
        "lost by it."
    )
    return telling(
        connection,
        sign,
        message,
        ("nothing to repair; if it is frequent, give the two ends different idle timeouts",),
    )


def _closing(connection: Traffic, fin: Event) -> str:
    return f"{endpoint(connection, fin.end)} closed at {clock(fin.at)}{in_frame(fin)}"
