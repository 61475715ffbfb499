"""``zero-window-stall``: a receiver let its window close and never opened it again."""

from __future__ import annotations

from collections.abc import Iterator

from pcapflow.findings import stories
from pcapflow.findings.frames import endpoint, first_of, in_frame, telling
from pcapflow.findings.rule import Doc, Sign, Telling, Wait
from pcapflow.findings.words import SECOND, clock, duration
from pcapflow.model import ENDS, End, Severity, Traffic, other
from pcapflow.tcp.outcome import resets
from pcapflow.tcp.story import Story
from pcapflow.tcp.timers import Settings

CODE = "zero-window-stall"
LEVELS = "info or warning · client or server"
EVENTS = frozenset({"ZERO_WINDOW"})
DOC = Doc(
    title="A receiver let its window close and did not open it again: its program reads no more.",
    on_the_wire="A ── data ──► B,  A ◄── ACK, window 0 ── B,  A ── probe ──►,  A ◄── window 0 ── "
    "B ...  to the capture's end, or to a RST.",
    states="both stay where they are, for as long as B's kernel answers the probes. If A has "
    "called close(), its FIN waits unseen behind the octets.",
    harm="What A has to say waits, and whoever waits for that; a queue behind A fills up. Info "
    "from 5 s, warning from 60 s. Players and throttled downloads stop reading on purpose for a "
    "while.",
    look_at="the program at B: a thread that hangs, a lock, a full disk or queue, a socket that "
    "nobody reads any more though it is open. Recv-Q of ss at B shows the octets that wait.",
    confused_with="peer-vanished: there not even probes are answered. zero-window-at-close: the "
    "window opened again, and the FIN came. close-wait-leak: B does not close; here it does not "
    "read.",
    how_sure="likely: the closed window is certain, but whether A has more to send is not seen "
    "while it may not send, and the program may yet read on. Possible where the capture has gaps: "
    "the opening may be missing.",
    source="RFC 9293 §3.8.6.1; RFC 1122 §4.2.2.17; Linux tcp_probe_timer(), __tcp_select_window()",
)

NOTICE, STALL = 5 * SECOND, 60 * SECOND
_STEPS: tuple[tuple[int, Severity], ...] = ((NOTICE, "info"), (STALL, "warning"))


def look(story: Story, settings: Settings) -> Iterator[Sign]:
    """An end whose last word on its window is that it is closed, while the peer may have more."""
    for end in ENDS:
        shut = story.events.last({"ZERO_WINDOW", "WINDOW_OPENED"}, end)
        if shut is None or story.events[shut][0] != "ZERO_WINDOW" or _nothing_waits(story, end):
            continue
        taken = resets(story.events)
        if taken and taken[0] < shut:
            continue
        yield Sign(
            end=end,
            severity="info",
            confidence=stories.weakened(story, "likely"),
            events=(shut, *taken[:1]),
            wait=Wait(since=(shut,), steps=_STEPS, until=taken[0] if taken else None),
        )


def tell(connection: Traffic, sign: Sign, waited: int | None) -> Telling:
    """Since when the window is closed, and how it ended if it did."""
    assert waited is not None
    end: End = "server" if sign.end == "server" else "client"
    peer = other(end)
    me, them = endpoint(connection, end), endpoint(connection, peer)
    shut = first_of(connection, sign.events[0])
    message = (
        f"{me} let its receive window close at {clock(shut.at)}{in_frame(shut)} and did not open "
        f"it again for {duration(waited)}"
    )
    if len(sign.events) > 1:
        rst = first_of(connection, sign.events[1])
        message += f", until the {rst.end}'s RST ended the connection{in_frame(rst)}"
    message += (
        f": its application has stopped reading. What {them} still has to send waits, its FIN "
        "too if it has closed."
    )
    side = f"src {me}" if end == "server" else f"dst {them}"
    return telling(
        connection,
        sign,
        message,
        (
            f"on {me.ip}: ss -tanmp {side} names the program and shows what waits unread (Recv-Q)",
            f"in that program: find what it has been doing since {clock(shut.at)} UTC instead of "
            "reading (a stack dump, a lock, a full disk or queue)",
        ),
    )


def _nothing_waits(story: Story, end: End) -> bool:
    """Whether a closed window of ``end`` holds nothing back: one of the two is done."""
    if story.ending in ("orderly", "replaced"):
        return True
    peer = other(end)
    closed = stories.fin(story, end) is not None or stories.fin(story, peer) is not None
    return closed or not story.events.has({"DATA", "SYN_DATA"}, peer)
