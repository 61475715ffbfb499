"""``slow-close``: an end was told that its peer is done, and closed its own side much later."""

from __future__ import annotations

from collections.abc import Iterator

from pcapflow.findings import stories
from pcapflow.findings.frames import endpoint, first_of, in_frame, telling
from pcapflow.findings.rule import Doc, Sign, Telling, Wait
from pcapflow.findings.words import clock, duration
from pcapflow.model import ENDS, End, Severity, Traffic, other
from pcapflow.tcp.codes import FIRST_FINS
from pcapflow.tcp.story import Story
from pcapflow.tcp.timers import Settings

CODE = "slow-close"
LEVELS = "warning · client or server"
EVENTS = FIRST_FINS
DOC = Doc(
    title="One end was told that its peer is done and closed its own side only much later.",
    on_the_wire="A ── FIN ──► B,  A ◄── ACK ── B,  a long silence,  A ◄── FIN ── B.",
    states="B was in CLOSE_WAIT all that time and A in FIN_WAIT_2, which A's kernel may have given "
    "up before: then B's FIN meets a RST.",
    harm="A descriptor and a socket of B's process for as long; it did end. Many at once fill "
    "netstat with CLOSE_WAIT, and a pool that keeps them may send its next request on one of "
    "them. Warning from 60 s (--close-wait-after).",
    look_at="what B's program waited for. A client's pool notices a closed connection only when it "
    "uses or evicts it: let it check before use, or evict idle ones sooner than the server closes "
    "them. A server's handler goes on working after end-of-file, or waits for another resource.",
    confused_with="close-wait-leak: there B's FIN does not come at all. half-close: B went on "
    "sending, so only the time after its last octet counts, or owed a reply. zero-window-at-close: "
    "B had closed, but its FIN had to wait.",
    how_sure="likely: both FINs and the time between them were captured, though FINs lost before "
    "the capture point would make B look slower than it was. Possible where the capture has gaps. "
    "Nothing is said where B's window was closed or its octets went unanswered meanwhile.",
    source="RFC 9293 §3.6, §3.6.1; Linux tcp_fin(), tcp_close_state()",
)


def look(story: Story, settings: Settings) -> Iterator[Sign]:
    """An end whose FIN follows its acknowledgement of the peer's; how long after decides."""
    for end in ENDS:
        fin = stories.fin(story, end)
        if fin is None:
            continue
        case = stories.closed(story, other(end))
        if case is None or fin < case.ack:
            continue
        if stories.reply_owed(story, case.closer) or story.events.has({"FIN_HINT"}, end):
            continue
        if _kept_from_it(story, case, fin):
            continue
        steps: tuple[tuple[int, Severity], ...] = ((settings.close_wait_after, "warning"),)
        if end == "client":
            # A server that has closed expects nothing more: what a client still says is farewell.
            said = story.events.first({"DATA"}, end, after=case.ack)
            wait = Wait((case.ack,), steps, until=fin if said is None else min(said, fin))
        else:
            wait = Wait((case.ack,), steps, last_data_of=end, until=fin)
        yield Sign(
            end=end,
            severity="warning",
            confidence=stories.weakened(story, "likely"),
            events=(case.fin, case.ack, fin),
            wait=wait,
        )


def tell(connection: Traffic, sign: Sign, waited: int | None) -> Telling:
    """When it was told, when it closed, and what to look for in between."""
    assert waited is not None
    end: End = "server" if sign.end == "server" else "client"
    peer = other(end)
    me, them = endpoint(connection, end), endpoint(connection, peer)
    acked, fin = first_of(connection, sign.events[1]), first_of(connection, sign.events[2])
    message = f"{me} acknowledged the {peer}'s FIN at {clock(acked.at)}"
    spoke = connection.last_data[stories.number(end)]
    if end == "server" and spoke is not None and spoke > acked.at:
        message += f", sent its last octet at {clock(spoke)}"
    message += (
        f" and closed its own side at {clock(fin.at)}{in_frame(fin)}, after {duration(waited)} of "
        "silence in CLOSE_WAIT."
    )
    if end == "client":
        advice = (
            f"in the client program on {me.ip}: let its pool drop what {them} has closed (check "
            f"before use, or evict idle connections in less than {them} keeps them)",
            f"while it lasts, on {me.ip}: ss -tanp state close-wait dst {them}",
        )
    else:
        advice = (
            f"in the log of {me.ip} from {clock(acked.at)} to {clock(fin.at)} UTC: look for what "
            f"the handler of {them} still did or waited for after end-of-file",
            f"while it lasts, on {me.ip}: ss -tanp state close-wait src {me}",
        )
    return telling(connection, sign, message, advice)


def _kept_from_it(story: Story, case: stories.Closed, fin: int) -> bool:
    """Whether the end may have closed long before: its FIN waits behind octets not taken."""
    end = other(case.closer)
    return stories.window_shut(story, case.closer, case.ack, fin) or story.events.has(
        {"UNANSWERED"}, end, after=case.ack, before=fin
    )
