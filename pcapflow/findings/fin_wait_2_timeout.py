"""``fin-wait-2-timeout``: an end gave up waiting in FIN_WAIT_2 for a peer that does not close."""

from __future__ import annotations

from collections.abc import Iterator

from pcapflow.findings import stories
from pcapflow.findings.frames import endpoint, first_of, in_frame, telling
from pcapflow.findings.rule import Doc, Sign, Telling, Wait
from pcapflow.findings.words import SECOND, clock, duration
from pcapflow.model import ENDS, Confidence, End, Traffic, other
from pcapflow.tcp.codes import ACKS_OF_FIN, FIRST_FINS, REPLIES
from pcapflow.tcp.outcome import foreign
from pcapflow.tcp.story import Story
from pcapflow.tcp.timers import KERNELS, Settings

CODE = "fin-wait-2-timeout"
LEVELS = "info · client or server"
EVENTS = ACKS_OF_FIN
DOC = Doc(
    title="One end gave up its FIN_WAIT_2: its peer closed too late, or not at all.",
    on_the_wire="A ── FIN ──► B,  A ◄── ACK ── B,  a long silence,  A ◄── FIN (or keep-alive) ── "
    "B,  A ── RST ──► B.  Giving up sends nothing: where B never speaks again there is only "
    "silence.",
    states="A called close(), so its socket in FIN_WAIT_2 was an orphan: no process holds it, and "
    "its kernel drops it after a while (Linux: 60 s, net.ipv4.tcp_fin_timeout). B stays in "
    "CLOSE_WAIT until it closes; then its FIN meets nobody, and it goes to CLOSED without harm.",
    harm="None for A, which had closed: it is the victim. A netstat full of FIN_WAIT_2 (the "
    "classic web server case) and a peer full of CLOSE_WAIT are one fault, and it is B's.",
    look_at="the program at B, which does not close: close-wait-leak or slow-close names it. "
    "A shorter tcp_fin_timeout at A frees A's memory sooner and repairs nothing. After "
    "shutdown() instead of close() there is no timer: A waits until its process ends.",
    confused_with="data-after-close: data draws a RST from an orphan in FIN_WAIT_2 at once, given "
    "up or not. A host that restarted answers the same way. half-close: A used shutdown() and "
    "waits for a reply on purpose.",
    how_sure="likely where a FIN or keep-alive drew the RST, as a FIN_WAIT_2 that was still there "
    "would have answered by ACK. Possible where data drew it after 60 s, and after 60 s of "
    "silence alone: whether A called close() or shutdown() is not seen, and nothing is said where "
    "A shows a sign of life or waits for a reply. Possible, too, where the capture has gaps.",
    source="RFC 9293 §3.10.7.1, §3.6; RFC 1122 §4.2.2.13; Linux tcp_fin(), tcp_close(), "
    "tcp_timewait_state_process()",
)

SHORTEST = SECOND
"""No kernel gives up sooner: tcp_fin_timeout counts whole seconds."""
_USUAL = KERNELS["linux-fin-wait-2"].length
_ALIVE = frozenset({"KEEP_ALIVE", "ZERO_WINDOW", "WINDOW_OPENED", "DATA_AGAIN", "ANSWERED"})
_LATE = FIRST_FINS | {"KEEP_ALIVE", "DATA"}


def look(story: Story, settings: Settings) -> Iterator[Sign]:
    """A RST in answer to what the peer sends long after it acknowledged the FIN; or silence."""
    for end in ENDS:
        waiting = story.states[stories.number(end)] == "FIN_WAIT_2"
        if not waiting and not story.events.has(REPLIES, end):
            continue
        case = stories.closed(story, end)
        if case is None:
            continue
        sign = _answered(story, case)
        if sign is None and waiting:
            sign = _silent(story, case)
        if sign is not None:
            yield sign


def tell(connection: Traffic, sign: Sign, waited: int | None) -> Telling:
    """How long it waited for whom, and that the fault is the other end's."""
    assert waited is not None
    end: End = "server" if sign.end == "server" else "client"
    peer = other(end)
    me, them = endpoint(connection, end), endpoint(connection, peer)
    fin, acked = (first_of(connection, index) for index in sign.events[:2])
    message = (
        f"{me} closed at {clock(fin.at)}{in_frame(fin)}, {them} acknowledged that at "
        f"{clock(acked.at)}"
    )
    usual = f"Linux: {duration(_USUAL)}, net.ipv4.tcp_fin_timeout"
    if sign.detail == "silence":
        message += (
            f" and has not closed for {duration(waited)}: {me} may have given up its FIN_WAIT_2 "
            f"by now ({usual}), without a segment."
        )
    else:
        late, rst = (first_of(connection, index) for index in sign.events[2:])
        what = "data" if sign.detail == "data" else f"its {sign.detail}"
        message += (
            f", and {what} came only {duration(waited)} later{in_frame(late)} and was answered by "
            f"RST at {clock(rst.at)}{in_frame(rst)}: {me} had given up its FIN_WAIT_2 ({usual})."
        )
        if sign.detail == "data":
            message += " A FIN_WAIT_2 that still waits answers data in the same way, though."
    side = f"src {them}" if peer == "server" else f"dst {me}"
    return telling(
        connection,
        sign,
        message,
        (
            f"on {them.ip}: ss -tanp state close-wait {side}; the program that this names closes "
            f"too late, and {me.ip} is only its victim",
            f"on {me.ip}: sysctl net.ipv4.tcp_fin_timeout says how long it waits; a shorter time "
            "frees memory there and repairs nothing",
        ),
    )


def _answered(story: Story, case: stories.Closed) -> Sign | None:
    peer = other(case.closer)
    rst = story.events.first(REPLIES, case.closer, after=case.ack)
    late = story.events.last(_LATE, peer, before=rst)
    if rst is None or late is None or late < case.ack or foreign(story.events, rst):
        return None
    code = story.events[late][0]
    data = story.events.has({"DATA"}, peer, after=case.ack, before=rst)
    detail = "data" if data else "keep-alive" if code == "KEEP_ALIVE" else "FIN"
    if data:
        first = story.events.first({"DATA"}, peer, after=case.ack)
        late = late if first is None else first
    confidence: Confidence = "possible" if data else "likely"
    return Sign(
        case.closer,
        "info",
        stories.weakened(story, confidence),
        (case.fin, case.ack, late, rst),
        Wait((case.ack,), ((_USUAL if data else SHORTEST, "info"),), until=late),
        detail,
    )


def _silent(story: Story, case: stories.Closed) -> Sign | None:
    peer = other(case.closer)
    spoken = story.events.has({"DATA", "KEEP_ALIVE"}, peer, after=case.ack)
    alive = story.events.has(_ALIVE, case.closer, after=case.ack)
    if spoken or alive or not stories.proved_open(story, case):
        return None
    if stories.reply_owed(story, case.closer):
        return None
    return Sign(
        case.closer,
        "info",
        "possible",
        (case.fin, case.ack),
        Wait((case.ack,), ((_USUAL, "info"),)),
        "silence",
    )
