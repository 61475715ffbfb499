"""``time-wait-reuse``: a new connection took over the ports of one in TIME_WAIT."""

from __future__ import annotations

from collections.abc import Iterator

from pcapflow.findings import stories
from pcapflow.findings.frames import endpoint, first_of, in_frame, telling
from pcapflow.findings.rule import Doc, Sign, Telling, Wait
from pcapflow.findings.words import clock, duration
from pcapflow.model import End, Traffic, other
from pcapflow.tcp.story import Story
from pcapflow.tcp.timers import Settings

CODE = "time-wait-reuse"
LEVELS = "info · client or server"
EVENTS = frozenset({"REUSE"})
DOC = Doc(
    title="A new connection took the ports over while the old one was in TIME_WAIT: allowed.",
    on_the_wire="A and B close;  then, before 2MSL are over,  A ── SYN ──► B  from the same port "
    "with new numbers,  A ◄── SYN, ACK ── B.",
    states="the end that had closed first leaves TIME_WAIT for the new connection: SYN_RECEIVED "
    "at the end that got the SYN, SYN_SENT where it sent the SYN itself.",
    harm="None. The new SYN's timestamp or sequence number is higher than all of the old "
    "connection's, so no old segment can be mistaken for a new one.",
    look_at="nothing, unless it is frequent: then the client opens connections faster than its "
    "ports allow. Keep connections open, or use more source or target addresses.",
    confused_with="time-wait-refused: there the numbers were too low. port-reuse: there the old "
    "connection had not ended. Other tools show 'port numbers reused' for all of them.",
    how_sure="likely: that the ports were taken over is certain; that TIME_WAIT was not over by "
    "then follows from its length (--profile, --time-wait).",
    source="RFC 9293 §3.6.1 (MAY-2); RFC 6191; Linux tcp_timewait_state_process(), "
    "net.ipv4.tcp_tw_reuse",
)


def look(story: Story, settings: Settings) -> Iterator[Sign]:
    """A new SYN that met an end in TIME_WAIT; of both ends the one that got it."""
    index = story.events.first(EVENTS)
    if index is None:
        return
    asked = other(story.events[index][1])
    for end in (asked, other(asked)):
        since = stories.time_wait_since(story, end, index)
        if since is None:
            continue
        yield Sign(
            end=end,
            severity="info",
            confidence=stories.weakened(story, "likely"),
            events=(index,),
            wait=Wait(since=since, steps=((0, "info"), (settings.two_msl, None)), until=index),
            detail="its own" if end != asked else "",
        )
        return


def tell(connection: Traffic, sign: Sign, waited: int | None) -> Telling:
    """How long after the close, and whose TIME_WAIT it was."""
    assert waited is not None
    end: End = "server" if sign.end == "server" else "client"
    syn = first_of(connection, sign.events[0])
    sender: End = syn.end
    me, them = endpoint(connection, end), endpoint(connection, sender)
    message = f"{duration(waited)} after this connection had closed, {them} opened a new one from "
    message += f"the same port at {clock(syn.at)}{in_frame(syn)}, "
    message += (
        "out of its own TIME_WAIT (net.ipv4.tcp_tw_reuse, or a port chosen by the program)."
        if sign.detail
        else f"while {me} held the old one in TIME_WAIT; it let go of that, as it may."
    )
    return telling(
        connection,
        sign,
        message,
        (
            "nothing, if it is rare; if it is frequent, let the client keep its connections open "
            f"and see how many wait: on {me.ip}: ss -tan state time-wait | wc -l",
        ),
    )
