"""``idle-drop``: after a long silence nobody answers, or a RST does: a middlebox forgot it."""

from __future__ import annotations

from collections.abc import Iterator

from pcapflow.findings import stories
from pcapflow.findings.frames import endpoint, first_of, in_frame, telling
from pcapflow.findings.rule import Doc, Sign, Telling, Wait
from pcapflow.findings.words import SECOND, clock, duration, listing, number
from pcapflow.model import ENDS, End, Severity, Traffic, other
from pcapflow.tcp.codes import ABORTS, ACCEPTED_RSTS, FIRST_FINS, REPLIES
from pcapflow.tcp.story import Story
from pcapflow.tcp.timers import MIDDLEBOXES, Settings, Timer

CODE = "idle-drop"
LEVELS = "info or warning · path"
EVENTS = frozenset({"UNANSWERED", "FIN_AGAIN"}) | ACCEPTED_RSTS
DOC = Doc(
    title="After a long silence the connection was dead: a middlebox may have forgotten it.",
    on_the_wire="A ── data ──►,  A ◄── ACK ── B,  silence for N seconds,  A ── data ──►,  A ── the "
    "same again ──►,  again ──► ...  without a sign of B; or A ◄── RST ── instead.",
    states="Both ends are ESTABLISHED and well; what lies between them (NAT, firewall, load "
    "balancer) has dropped the entry by which it knew their segments. A finds out when it sends, B "
    "perhaps never.",
    harm="Warning: the first request after a pause hangs until A gives up, or fails at once. Info "
    "where the silence was shorter than 30 s: no usual timer is that short.",
    look_at="the timers of the boxes on the path; the message names the usual ones that are near. "
    "Either end can keep the entry alive by keep-alives more frequent than the timer, or close "
    "idle connections before it expires.",
    confused_with="peer-vanished: the same segments, without a silence before them; B's host may "
    "have gone down meanwhile as well. half-open: B was restarted meanwhile, and its own kernel "
    "resets. data-after-close: B closed in the silence, and its FIN was captured.",
    how_sure="possible: the segments look the same where B's host went down, or was restarted, in "
    "the silence. Likely where a RST ended it of which two marks (TTL, timestamps, IP id) do not "
    "fit B, or after which B goes on. Never certain: a capture on the other side of the box shows "
    "whether B still speaks. Nothing is said where one direction only was captured, or packets are "
    "missing from the capture; of a RST without odd marks only from 30 s on.",
    source="RFC 5382 §5 (NAT, REQ-5: not before 2 h 4 min), RFC 1122 §4.2.3.6; the boxes' manuals, "
    "see docs/states.md",
)

LEAST = 3 * SECOND
"""Shorter pauses are no silence: programs think for so long."""
SHORTEST_TIMER = 30 * SECOND
"""The shortest of the usual timers: below it a middlebox is a guess."""
_STEPS: tuple[tuple[int, Severity], ...] = ((LEAST, "info"), (SHORTEST_TIMER, "warning"))
_CLOSING = frozenset({"conntrack-close-wait", "conntrack-fin-wait", "conntrack-last-ack"})
"""Timers of a connection in which a FIN was seen."""
_NOT_ITS_OWN = frozenset({"RST_FOREIGN", "RST_DISOWNED", "LIVES_ON"})
TOLERANCE = 1.02
"""Clocks differ, and what arms a timer is not what the capture shows last."""
NEAR = 0.5
"""A timer of at least this share of the silence is near it."""


def look(story: Story, settings: Settings) -> Iterator[Sign]:
    """What an end sent was not answered any more, or by a RST that the peer may not have sent."""
    if story.ending == "orderly" or story.marks & {"one-sided", "gap"}:
        return  # what the capture lacks may have been sent in the silence
    for end in ENDS:
        silent = stories.silent_since(story, end)
        if silent is not None:
            gave_up = story.events.first(ABORTS, end, after=silent)
            events = (silent,) if gave_up is None else (silent, gave_up)
            wait = Wait((), _STEPS, idle_of=end)
            yield Sign("path", "warning", "possible", events, wait, f"unanswered {end}")
            continue
        rst = story.events.first(ACCEPTED_RSTS, other(end))
        if rst is None or stories.fin(story, other(end)) is not None:
            continue
        odd = story.events.has({"RST_ODD"}, other(end), after=rst)
        replied = story.events[rst][0] in REPLIES
        wait = Wait((), _STEPS if odd and replied else _STEPS[1:], idle_of=end)
        if story.events.has(_NOT_ITS_OWN, other(end), after=rst):
            wait = Wait((), _STEPS, idle_of=end)
            yield Sign("path", "warning", "likely", (rst,), wait, f"forged {end}")
        elif odd or replied:
            what = "odd" if odd else "reset"
            yield Sign("path", "warning", "possible", (rst,), wait, f"{what} {end}")


def tell(connection: Traffic, sign: Sign, waited: int | None) -> Telling:
    """For how long all was silent, what came then, and which timers are near."""
    assert waited is not None
    what, _, whose = sign.detail.partition(" ")
    end: End = "server" if whose == "server" else "client"
    me, them = endpoint(connection, end), endpoint(connection, other(end))
    event = first_of(connection, sign.events[0])
    when = f"{clock(event.at)}{in_frame(event)}"
    message = f"Nothing was sent between {me} and {them} for {duration(waited)}; "
    if what == "unanswered":
        message += f"what {me} sent then was not answered any more, though repeated: see {when}."
    else:
        message += f"then came a RST in the name of {them} at {when}, and no FIN before it."
        message += {
            "forged": " Most likely it is not its own.",
            "odd": " One of its marks (TTL, timestamps, IP id) does not fit that end.",
            "reset": "",
        }[what]
    message += " A middlebox on the path may have forgotten the connection meanwhile. "
    closing = any(e.code in FIRST_FINS and e.at < event.at - waited for e in connection.events)
    expired = _expired(waited, closing)
    message += _usual(expired, waited)
    shortest = min((timer.length for timer in expired), default=waited)
    return telling(
        connection,
        sign,
        message,
        (
            "ask who runs what lies between the two (NAT, firewall, load balancer) for its idle "
            "timeout; on a Linux box: sysctl net.netfilter.nf_conntrack_tcp_timeout_established",
            f"on {me.ip} or {them.ip}: send keep-alives more often than every "
            f"{duration(shortest)} (SO_KEEPALIVE, TCP_KEEPIDLE), or close idle connections sooner",
            f"capture on {them.ip} at the same time: if it still speaks, or never saw what was "
            "repeated, the path dropped it",
        ),
    )


def _expired(silence: int, closing: bool) -> tuple[Timer, ...]:
    """The usual timers that had expired, the longest first: those that had not long before, if any.

    What matters is a timer shorter than the silence: the next segment is as late as it is.
    """
    timers = [
        timer
        for name, timer in sorted(MIDDLEBOXES.items(), key=lambda item: -item[1].length)
        if (closing or name not in _CLOSING) and timer.length <= silence * TOLERANCE
    ]
    near = [timer for timer in timers if timer.length >= silence * NEAR]
    return tuple(near or timers)


def _usual(expired: tuple[Timer, ...], silence: int) -> str:
    if not expired:
        return "No usual timer is that short: look for one that somebody has set."
    named = [f"{t.source.partition(':')[0]} ({number(t.length // SECOND)} s)" for t in expired]
    near = expired[0].length >= silence * NEAR
    return f"Usual timers {'near that' if near else 'that had expired by then'}: {listing(named)}."
