"""``data-lost-at-close``: octets that nobody had acknowledged when the connection ended."""

from __future__ import annotations

from collections.abc import Iterator

from pcapflow.findings import data_after_close, stories
from pcapflow.findings.frames import endpoint, first_of, in_frame, telling, unacknowledged
from pcapflow.findings.rule import Doc, Sign, Telling, Wait
from pcapflow.findings.words import MINUTE, SECOND, clock, duration, plural
from pcapflow.model import ENDS, End, Endpoint, Severity, Traffic, other
from pcapflow.tcp.codes import REPLIES
from pcapflow.tcp.outcome import foreign, resets
from pcapflow.tcp.story import Story
from pcapflow.tcp.timers import Settings
from pcapflow.values import replace

CODE = "data-lost-at-close"
LEVELS = "info to error · client or server"
EVENTS = frozenset({"client-unacked", "server-unacked"})
DOC = Doc(
    title="Octets had been sent and never acknowledged when the connection ended.",
    on_the_wire="A ── octets ──► B,  no ACK of B that covers them,  and then the end: a RST of "
    "either, a new SYN on the same ports, or A repeats them until it gives up.",
    states="Whatever the state, it is CLOSED afterwards. A's kernel throws away what it still had "
    "to send, also octets that no capture shows; A's application had been told that its write() "
    "succeeded, and learns of the loss from a later call, or never.",
    harm="Error: what A's application believes to be sent is not known to have arrived. Warning "
    "where that is not settled: A ended the connection itself within a second of sending them, so "
    "that the RST follows them on the way and no ACK can have come back yet; or A may still be "
    "repeating them when the capture ends; or the capture itself has gaps. What met an end behind "
    "its FIN is judged as data-after-close judges it: info where it was a farewell.",
    look_at="who ended the connection, and why before everything was acknowledged: the findings on "
    "the same segments say it. Protocols that must not lose anything wait for an answer of the "
    "other application; shutdown(SHUT_WR), then reading to the end, and only then close() is the "
    "least that it takes.",
    confused_with="data-after-close, half-open, reset-abort, peer-vanished: they tell of the same "
    "end by its cause. Octets that were acknowledged and never read by the application are lost "
    "as well (Linux resets at close() then), and no capture can show it. Octets acknowledged by "
    "SACK only count as lost: B's kernel had them, B's application did not get them in order.",
    how_sure="certain where the octets came behind a FIN of B and drew a RST. Likely otherwise: an "
    "ACK may have escaped the capture. Possible in the unsettled cases above, and where the "
    "capture has gaps. Nothing is said where one direction only was captured, and of a "
    "connection that the capture's end cuts short.",
    source="RFC 9293 §3.10.4, §3.10.5, §3.10.7.4; RFC 1122 §4.2.2.13; RFC 2018 §8; Linux "
    "tcp_close(), tcp_write_queue_purge()",
)

EN_ROUTE = SECOND
"""An ACK may be on its way for so long: the least that RFC 6298 §2.4 waits before it repeats."""
LONGEST_PAUSE = 2 * MINUTE
"""Between two retransmissions: TCP_RTO_MAX of Linux; RFC 6298 §2.5 allows no less than 60 s."""


def look(story: Story, settings: Settings) -> Iterator[Sign]:
    """Each end with octets unacknowledged in a connection that is over."""
    if story.ending == "orderly":
        return
    for end in ENDS:
        if stories.unacknowledged(story, end):
            for sign in _lost(story, end, settings):
                yield _unsure(sign) if "gap" in story.marks else sign


def _lost(story: Story, end: End, settings: Settings) -> Iterator[Sign]:
    taken = resets(story.events)
    silent = stories.silent_since(story, end)
    if taken:
        yield from _reset(story, end, taken[0], silent, settings)
    elif story.ending == "replaced":
        at = story.events.first({"REUSE"})
        assert at is not None
        yield _sure(end, (at,), "replaced")
    elif silent is not None:
        wait = Wait(since=(silent,), steps=_before(LONGEST_PAUSE), last_sent_of=end)
        yield from _settling(end, (silent,), wait, "trying", "silent")


def _reset(
    story: Story, end: End, rst: int, silent: int | None, settings: Settings
) -> Iterator[Sign]:
    if foreign(story.events, rst):
        yield _sure(end, (rst,), "forged")
    elif story.events[rst][1] != end:
        met = [it for it in data_after_close.look(story, settings) if it.end == other(end)]
        for it in met:
            yield Sign(end, it.severity, it.confidence, it.events, it.wait, "met")
        if not met:
            replied = story.events[rst][0] in REPLIES
            yield _sure(end, (rst,), "refused" if replied else "reset")
    elif silent is not None and silent < rst:
        yield _sure(end, (silent, rst), "gave up")
    else:
        wait = Wait(since=(), steps=_before(EN_ROUTE), last_data_of=end, until=rst)
        yield from _settling(end, (rst,), wait, "en route", "aborted")


def _sure(end: End, events: tuple[int, ...], detail: str) -> Sign:
    return Sign(end, "error", "likely", events, detail=detail)


def _settling(
    end: End, events: tuple[int, ...], wait: Wait, before: str, after: str
) -> Iterator[Sign]:
    """What time settles: a warning before the wait's last step, an error from there on."""
    limit = wait.steps[-1][0]
    late = replace(wait, steps=((limit, "error"),))
    yield Sign(end, "warning", "possible", events, wait, before)
    yield Sign(end, "error", "likely", events, late, after)


def _unsure(sign: Sign) -> Sign:
    """Where packets are missing from the capture, an acknowledgement may be among them."""

    def lower(severity: Severity | None) -> Severity | None:
        return "warning" if severity == "error" else severity

    wait = sign.wait
    if wait is not None:
        wait = replace(wait, steps=tuple((least, lower(it)) for least, it in wait.steps))
    return replace(
        sign,
        severity=lower(sign.severity),
        confidence="possible",
        wait=wait,
        detail=f"{sign.detail}?",
    )


def _before(limit: int) -> tuple[tuple[int, Severity | None], ...]:
    return (0, "warning"), (limit, None)


def tell(connection: Traffic, sign: Sign, waited: int | None) -> Telling:
    """How many octets of whom, and what ended the connection before they were acknowledged."""
    end: End = "server" if sign.end == "server" else "client"
    me, them = endpoint(connection, end), endpoint(connection, other(end))
    lost = unacknowledged(connection, end)
    last = first_of(connection, sign.events[-1])
    how = sign.detail.removesuffix("?")
    when = f"at {clock(last.at)}{in_frame(last)}"
    message = f"{plural(lost, 'octet') if lost else 'Octets'} of {me} "
    message += "was" if lost == 1 else "were"
    message += " never acknowledged: "
    message += {
        "forged": f"a RST that neither end seems to have sent ended the connection {when}.",
        "met": f"{them} had closed, and answered by RST {when}. They reached no program.",
        "refused": f"{them} answered by RST {when} in place of an acknowledgement.",
        "reset": f"{them} ended the connection by RST {when} and did not acknowledge them.",
        "gave up": f"{me} repeated itself without an answer, and gave up by RST {when}.",
        "replaced": f"a new SYN took the ports over {when}, and nothing sends them again.",
        "aborted": f"{me} itself ended the connection by RST {when}"
        + (f", {duration(waited)} after it had sent the last of them." if waited else "."),
        "en route": f"{me} itself ended the connection by RST {when}, so soon after them that no "
        "acknowledgement can be expected; they may have arrived, and been read before the RST.",
        "silent": f"{me} repeated itself without an answer, and has stopped trying"
        + (f" for the last {duration(waited)} of the capture." if waited else "."),
        "trying": f"{me} repeats itself without an answer, and had not given up for sure when the "
        "capture ended.",
    }[how]
    if sign.detail != how:
        message += " Packets are missing from the capture: it may have been fewer, or none."
    return telling(connection, sign, message, _advice(how, me, them))


def _advice(detail: str, me: Endpoint, them: Endpoint) -> tuple[str, ...]:
    told = (
        f"in the log of the program at {me}: its write succeeded, so the loss shows in a later "
        "call (ECONNRESET, EPIPE, ETIMEDOUT) or not at all; repeat what is safe to repeat",
    )
    if detail in ("aborted", "en route"):
        return (
            f"on {me.ip}: let the program shut down its direction and read to the end before it "
            "closes; SO_LINGER with 0 throws away what was not acknowledged",
        )
    if detail in ("gave up", "silent", "trying"):
        return (f"is {them.ip} up, and reachable from {me.ip}? ss -tano dst {them}", *told)
    if detail == "replaced":
        return (f"find out why {me} forgot the connection: a restart, or a new address", *told)
    if detail == "forged":
        return (f"ask who runs what lies between {me.ip} and {them.ip}", *told)
    return (f"in the log of the program at {them}: why did it end the connection?", *told)
