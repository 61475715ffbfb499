"""``zero-window-at-close``: a FIN had to wait behind octets that a closed window held back."""

from __future__ import annotations

from collections.abc import Iterator

from pcapflow.findings import stories
from pcapflow.findings.frames import endpoint, first_of, in_frame, telling
from pcapflow.findings.rule import Doc, Sign, Telling, Wait
from pcapflow.findings.words import SECOND, clock, duration, times
from pcapflow.model import ENDS, End, Event, Traffic, other
from pcapflow.tcp.codes import FIRST_FINS
from pcapflow.tcp.story import Story
from pcapflow.tcp.timers import Settings

CODE = "zero-window-at-close"
LEVELS = "info · client or server"
EVENTS = frozenset({"WINDOW_OPENED"})
DOC = Doc(
    title="A FIN had to wait: its receiver had let its window close, and read on only then.",
    on_the_wire="A ── data ──► B,  A ◄── ACK, window 0 ── B,  A ── probes ──►,  A ◄── window "
    "opens ── B,  A ── the rest of the data, FIN ──► B  within a second.",
    states="A may have called close() long before: then it was in FIN_WAIT_1 (LAST_ACK) all that "
    "time, with no FIN on the wire. B took A for open.",
    harm="None but time, once the window opened: every octet could be sent. Where A's program "
    "sets SO_LINGER or its orphan gives up sooner (Linux: tcp_orphan_retries), the rest is lost.",
    look_at="the program at B, which reads more slowly than A writes: a full disk, a slow "
    "consumer, one thread that does too much; or its receive buffer, if it is very small.",
    confused_with="zero-window-stall: the window does not open again. slow-close: there A has not "
    "closed, and no octet waits. A slow reader in the midst of a transfer is none of either.",
    how_sure="likely: the window was closed until shortly before the FIN, so that FIN or the "
    "octets before it waited. When close() was called is not seen from outside. Possible where "
    "the capture has gaps.",
    source="RFC 9293 §3.8.6.1, §3.10.4; RFC 1122 §4.2.2.17; Linux tcp_snd_wnd_test(), "
    "tcp_probe_timer()",
)

SOON = SECOND
"""What had waited follows the opening of the window within this."""


def look(story: Story, settings: Settings) -> Iterator[Sign]:
    """A FIN soon after its receiver's window opened again."""
    for end in ENDS:
        receiver = other(end)
        fin = stories.fin(story, end)
        opened = story.events.last({"ZERO_WINDOW", "WINDOW_OPENED"}, receiver, before=fin)
        if fin is None or opened is None or story.events[opened][0] != "WINDOW_OPENED":
            continue
        shut = story.events.last({"ZERO_WINDOW"}, receiver, before=opened)
        if shut is None or not story.events.has({"DATA", "SYN_DATA"}, end, before=shut):
            continue
        if story.events.has(FIRST_FINS, receiver, after=opened, before=fin):
            continue  # the FIN may answer that one
        yield Sign(
            end=receiver,
            severity="info",
            confidence=stories.weakened(story, "likely"),
            events=(shut, opened, fin),
            wait=Wait(since=(opened,), steps=((0, "info"), (SOON, None)), until=fin),
        )


def tell(connection: Traffic, sign: Sign, waited: int | None) -> Telling:
    """How often and how long the window was closed, and how soon the FIN followed."""
    assert waited is not None
    end: End = "server" if sign.end == "server" else "client"
    closer = other(end)
    me, them = endpoint(connection, end), endpoint(connection, closer)
    fin = first_of(connection, sign.events[2])
    stays = _closed(connection, end, fin)
    closed_at, longest = max(stays, key=lambda stay: stay[1])
    at_most = "for" if len(stays) == 1 else "for at most"
    message = (
        f"{me} let its receive window close {times(len(stays))}, {at_most} {duration(longest)} "
        f"(from {clock(closed_at)}); {them}'s FIN{in_frame(fin)} followed {duration(waited)} after "
        "it last opened. So the FIN, or the octets before it, had to wait until the application "
        "read on."
    )
    side = f"src {me}" if end == "server" else f"dst {them}"
    return telling(
        connection,
        sign,
        message,
        (
            f"in the program on {me.ip}: look for why it stopped reading at {clock(closed_at)} UTC",
            f"while it lasts, on {me.ip}: ss -tanmp {side} shows what waits unread (Recv-Q)",
        ),
    )


def _closed(connection: Traffic, end: End, until: Event) -> list[tuple[int, int]]:
    """When the window closed, and for how long (ns); once at least for a sign."""
    stays: list[tuple[int, int]] = []
    since: int | None = None
    for event in connection.events:
        if event == until:
            break
        if event.end == end and event.code == "ZERO_WINDOW" and since is None:
            since = event.at
        elif event.end == end and event.code == "WINDOW_OPENED" and since is not None:
            stays.append((since, event.at - since))
            since = None
    return stays
