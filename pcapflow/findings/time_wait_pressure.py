"""``time-wait-pressure``: a client closes first so often that its ports run out."""

from __future__ import annotations

from collections.abc import Iterator

from pcapflow.findings import stories
from pcapflow.findings.across import Hold, Pile, Verdict
from pcapflow.findings.rule import Doc
from pcapflow.findings.words import MINUTE, SECOND, duration, number
from pcapflow.model import Confidence, Severity
from pcapflow.tcp.story import Story
from pcapflow.tcp.timers import PORTS, Settings

CODE = "time-wait-pressure"
LEVELS = "warning or error · client"
LEAST = 200
"""A second's worth at half the rate that exhausts the ports."""
DOC = Doc(
    title="A client closes so many connections that TIME_WAIT uses up its ports.",
    on_the_wire="from one address to one service, hundreds of times a second:  A ── FIN ──► B "
    "first,  then B's.",
    states="A, which closes first, keeps each four-tuple in TIME_WAIT for 2MSL (Linux: 60 s). The "
    "port of each is taken for this destination until then.",
    harm="Error where, at this rate, all ports are taken: connect() then fails with EADDRNOTAVAIL "
    "('cannot assign requested address'). Linux has 28,232 ports (32768 to 60999): 470 "
    "connections a second for each source address, destination address and port. Warning from "
    "half of that. TIME_WAIT at a server takes no ports and does no harm.",
    look_at="connections that are opened and closed for each request: keep them open (keep-alive, "
    "a pool). Let the server close first where that is right. net.ipv4.ip_local_port_range widens "
    "the range; more source or destination addresses multiply it; net.ipv4.tcp_tw_reuse=1 lets a "
    "client use a port again after a second, with timestamps. tcp_tw_recycle is gone from Linux "
    "for good reasons.",
    confused_with="close-wait-pileup: those sockets stay for ever, TIME_WAIT ends by itself. "
    "Other destinations do not count together: each has its own ports.",
    how_sure="likely where at least 10 s of it are in the capture, possible where less is. "
    "Measured over the last 2MSL of the capture. Whether the client's range of ports is Linux's "
    "is an assumption; NAT on the path may have fewer.",
    source="RFC 9293 §3.6.1; Linux TCP_TIMEWAIT_LEN, net.ipv4.ip_local_port_range, "
    "__inet_check_established()",
)

_LONG_ENOUGH = 10 * SECOND
_LEAST = SECOND


def holds(story: Story, settings: Settings) -> Iterator[Hold]:
    """A client in TIME_WAIT."""
    since = stories.time_wait_since(story, "client", len(story.events))
    if since is not None:
        yield Hold("client", since)


def judge(pile: Pile, settings: Settings) -> Verdict | None:
    """How near to the number of ports this comes at the rate of the last 2MSL."""
    if pile.end != "client":
        return None
    held = [waited for waited in pile.waited if waited < settings.two_msl]
    span = min(pile.waited[0], settings.two_msl)
    if len(held) < LEAST or span < _LEAST:
        return None
    rate = len(held) / span
    taken = rate * settings.two_msl
    if taken < PORTS.most / 2:
        return None
    sure: Confidence = "likely" if span >= _LONG_ENOUGH else "possible"
    severity: Severity = "error" if taken >= PORTS.most and sure == "likely" else "warning"
    message = (
        f"The client closes first, so each port stays taken for {duration(settings.two_msl)}: at "
        f"this rate {number(round(taken))} of {number(PORTS.most)} ports towards that address and "
        "port."
    )
    if len(held) >= PORTS.most:
        message += " They are used up: connect() fails with EADDRNOTAVAIL."
    elif taken >= PORTS.most:
        left = round((PORTS.most - len(held)) / rate)
        message += f" They run out in {duration(left)}: then connect() fails with EADDRNOTAVAIL."
    return Verdict(
        severity=severity,
        confidence=sure,
        head=f"{number(len(held))} sockets {pile.towards} in TIME_WAIT, "
        f"{number(round(rate * SECOND))} more a second",
        message=message,
        advice=(
            f"let the client at {pile.host} keep connections open and use them again (keep-alive, "
            "a pool), instead of one for each request",
            f"on {pile.host}: sysctl net.ipv4.ip_local_port_range net.ipv4.tcp_tw_reuse; ss -tan "
            f"state time-wait dst {pile.service} | wc -l",
            "until then: tcp_tw_reuse=1 (with timestamps), a wider range of ports, more addresses",
        ),
        per_minute=rate * MINUTE,
    )
