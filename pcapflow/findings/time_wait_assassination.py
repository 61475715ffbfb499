"""``time-wait-assassination``: a RST met an end in TIME_WAIT and ended it before its time."""

from __future__ import annotations

from collections.abc import Iterator

from pcapflow.findings import stories
from pcapflow.findings.frames import endpoint, first_of, in_frame, telling
from pcapflow.findings.rule import Doc, Sign, Telling, Wait
from pcapflow.findings.words import clock, duration
from pcapflow.model import End, Traffic, other
from pcapflow.tcp.codes import ACCEPTED_RSTS
from pcapflow.tcp.story import Story
from pcapflow.tcp.timers import Settings

CODE = "time-wait-assassination"
LEVELS = "info · client or server"
EVENTS = ACCEPTED_RSTS
DOC = Doc(
    title="A RST met an end in TIME_WAIT and, on most kernels, ended that before its time.",
    on_the_wire="A and B close, A first;  then  B ── RST ──► A  before 2MSL are over, often in "
    "reply to an ACK of A's that an old segment drew.",
    states="A leaves TIME_WAIT for CLOSED at once, unless its kernel ignores the RST "
    "(net.ipv4.tcp_rfc1337).",
    harm="Next to none: the close was complete, and no octet is lost. What TIME_WAIT protects "
    "from, an old segment taken for one of a new connection on the same ports, becomes possible.",
    look_at="what drew the RST: a duplicated or very late segment on the path; a program or a box "
    "that resets connections after they have closed.",
    confused_with="time-wait-refused: there the RST belongs to a new connection that is being "
    "opened. reset-abort: there the connection was alive.",
    how_sure="likely: the RST fits and came in time; whether A's kernel heeded it cannot be seen. "
    "Possible where the capture has gaps.",
    source="RFC 1337; RFC 9293 §3.10.7.4; Linux tcp_timewait_state_process(), net.ipv4.tcp_rfc1337",
)


def look(story: Story, settings: Settings) -> Iterator[Sign]:
    """A RST of the peer that takes an end out of TIME_WAIT."""
    for step in story.steps:
        code, sender = story.events[step.event]
        if (step.before, step.after) != ("TIME_WAIT", "CLOSED") or sender == step.end:
            continue
        since = stories.time_wait_since(story, step.end, step.event)
        if code not in EVENTS or since is None:
            continue
        if story.events.has({"CHALLENGE_ACK"}, step.end, before=step.event):
            continue  # time-wait-refused
        yield Sign(
            end=step.end,
            severity="info",
            confidence=stories.weakened(story, "likely"),
            events=(step.event,),
            wait=Wait(since=since, steps=((0, "info"), (settings.two_msl, None)), until=step.event),
        )


def tell(connection: Traffic, sign: Sign, waited: int | None) -> Telling:
    """When the RST came, and at whom."""
    assert waited is not None
    end: End = "server" if sign.end == "server" else "client"
    me, them = endpoint(connection, end), endpoint(connection, other(end))
    rst = first_of(connection, sign.events[0])
    return telling(
        connection,
        sign,
        f"A RST of {them} at {clock(rst.at)}{in_frame(rst)} met {me} in TIME_WAIT, "
        f"{duration(waited)} after the close was complete: it ends that state before its time, "
        "unless the kernel ignores it. No octet was lost.",
        (
            "nothing, if it is rare",
            f"if not: sysctl -w net.ipv4.tcp_rfc1337=1 on {me.ip} lets TIME_WAIT ignore a RST, and "
            "look for what duplicates or delays segments on the path",
        ),
    )
