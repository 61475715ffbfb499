"""``close-wait-leak``: an end was told that its peer is done, and never closes its own side."""

from __future__ import annotations

from collections.abc import Iterator

from pcapflow.findings import stories
from pcapflow.findings.frames import endpoint, first_of, telling
from pcapflow.findings.rule import Doc, Sign, Telling, Wait
from pcapflow.findings.words import clock, duration
from pcapflow.model import ENDS, Confidence, End, Severity, Traffic, other
from pcapflow.tcp.codes import ACKS_OF_FIN
from pcapflow.tcp.outcome import window_closed
from pcapflow.tcp.story import Story
from pcapflow.tcp.timers import Settings

CODE = "close-wait-leak"
LEVELS = "info or warning · client or server"
EVENTS = ACKS_OF_FIN
DOC = Doc(
    title="One end was told that its peer is done and has not closed its own side.",
    on_the_wire="A ── FIN ──► B,  A ◄── ACK ── B,  then nothing more from B but keep-alives.",
    states="B stays in CLOSE_WAIT until its application calls close(); no timer ends it. A waits "
    "in FIN_WAIT_2, and forgets the connection there after a while if it called close().",
    harm="Each one holds a descriptor and a socket of B's process until the process ends. One is "
    "harmless; a program that does it again and again runs out of descriptors. Info from 10 s of "
    "silence (not closed yet), warning from 60 s (--close-wait-after).",
    look_at="the program at B: a return or an exception before close(), a reply whose body is "
    "never read to its end, a pool that keeps dead connections, a second descriptor of the same "
    "socket (a forked child, dup). A kernel setting cannot repair it.",
    confused_with="half-close: B goes on sending, or owes A a reply. Both are told where B sent "
    "on for a while and then fell silent.",
    how_sure="the silence is certain; that close() was never called is likely: B's FIN may have "
    "been lost before the capture point. Possible where the capture has gaps, or where data waits "
    "behind a closed window. Nothing is said where the capture began too late to know that B had "
    "not closed before.",
    source="RFC 9293 §3.6, §3.6.1; Linux tcp_fin(), tcp_close_state()",
)


def look(story: Story, settings: Settings) -> Iterator[Sign]:
    """An end in CLOSE_WAIT that owes nothing; how long it is silent decides."""
    for end in ENDS:
        if story.states[stories.number(end)] != "CLOSE_WAIT":
            continue
        case = stories.closed(story, other(end))
        if case is None:
            continue
        if stories.reply_owed(story, case.closer) or not stories.proved_open(story, case):
            continue
        if _still_trying(story, case):
            continue
        yield Sign(
            end=end,
            severity="info",
            confidence=_confidence(story, case),
            events=(case.fin, case.ack),
            wait=Wait(since=(case.ack,), steps=_steps(settings), last_data_of=end),
        )


def tell(connection: Traffic, sign: Sign, waited: int | None) -> Telling:
    """Since when, for how long, and where to look for the missing close()."""
    assert sign.wait is not None
    assert waited is not None
    end: End = "server" if sign.end == "server" else "client"
    peer = other(end)
    me, them = endpoint(connection, end), endpoint(connection, peer)
    acked = first_of(connection, sign.events[1])
    spoke = connection.last_data[stories.number(end)]
    message = f"{me} acknowledged the {peer}'s FIN at {clock(acked.at)}"
    if spoke is not None and spoke > acked.at:
        message += f", sent its last octet at {clock(spoke)} and has been silent for"
    else:
        message += " and has not closed for"
    message += f" {duration(waited)}; "
    if sign.wait.severity(waited) == "info":
        message += "if it stays so, its application never calls close()."
    else:
        message += "most likely its application never called close()."
    if any(e.code == "KEEP_ALIVE" and e.at > acked.at for e in connection.events):
        message += " Only keep-alives pass between the ends."
    if sign.confidence == "possible":
        message += " Its FIN may have been missed, or may wait behind data that cannot be sent."
    if end == "client":
        sockets, program = f"dst {them}", "the client program"
        search = "for replies not read to their end, for pools that keep what the server closed"
    else:
        sockets, program = f"src {me}", "the server program"
        search = "for handlers that go on after end-of-file, for children that inherited the socket"
    return telling(
        connection,
        sign,
        message,
        (
            f"on {me.ip}: ss -tanp state close-wait {sockets}",
            f"in {program} that this names: look for a missing close() (with, finally), {search}",
        ),
    )


def _steps(settings: Settings) -> tuple[tuple[int, Severity], ...]:
    warning: tuple[int, Severity] = (settings.close_wait_after, "warning")
    if settings.close_wait_after <= settings.close_wait_notice:
        return (warning,)
    return ((settings.close_wait_notice, "info"), warning)


def _still_trying(story: Story, case: stories.Closed) -> bool:
    """Whether the open end repeats octets without an answer: its FIN may wait behind them."""
    end = other(case.closer)
    unanswered = story.events.last({"UNANSWERED"}, end)
    if unanswered is None or unanswered < case.ack:
        return False
    repeated = story.events.has({"DATA_AGAIN"}, end, after=case.ack)
    return repeated and not story.events.has({"ANSWERED"}, after=unanswered)


def _confidence(story: Story, case: stories.Closed) -> Confidence:
    if window_closed(story.events, case.closer):
        return "possible"
    return stories.weakened(story, "likely")
