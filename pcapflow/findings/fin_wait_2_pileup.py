"""``fin-wait-2-pileup``: one host waits in FIN_WAIT_2 for many peers that do not close."""

from __future__ import annotations

from collections.abc import Iterator

from pcapflow.findings import close_wait_leak, stories
from pcapflow.findings.across import FEWEST, Hold, Pile, Verdict, growing, growth
from pcapflow.findings.rule import Doc
from pcapflow.findings.words import duration, number, plural
from pcapflow.model import End, Severity
from pcapflow.tcp.story import Story
from pcapflow.tcp.timers import KERNELS, Settings

CODE = "fin-wait-2-pileup"
LEVELS = "info or warning · client or server"
LEAST = FEWEST
DOC = Doc(
    title="Sockets pile up in FIN_WAIT_2: this host closed, and its peers do not.",
    on_the_wire="many times:  A ── FIN ──► B,  A ◄── ACK ── B,  then silence.",
    states="A's sockets are in FIN_WAIT_2 and wait for B's FIN, which does not come: B's are in "
    "CLOSE_WAIT. A is the victim, B's program the one that must close. Where A's program called "
    "close(), Linux forgets the socket after 60 s (net.ipv4.tcp_fin_timeout); after shutdown() "
    "there is no limit.",
    harm="Warning where many hosts do not close: A's memory and, after shutdown(), descriptors. "
    "Info where all of it is one host's doing: close-wait-pileup tells of that.",
    look_at="the programs at the other ends. At A: who closes first and why (an idle timeout), "
    "and whether it calls close() or only shutdown(); old Apache servers whose browsers did not "
    "close were the classic case. net.ipv4.tcp_max_orphans bounds what A's kernel keeps.",
    confused_with="close-wait-pileup: the other end of the same connections, where the cause is. "
    "TIME_WAIT: there both ends have closed.",
    how_sure="likely: that the peers have been silent since A's FIN is certain. Whether A's "
    "kernel still holds the sockets is not on the wire: after close() they are gone after a "
    "minute.",
    source="RFC 9293 §3.6; Linux tcp_close(), tcp_time_wait(), net.ipv4.tcp_fin_timeout",
)


def holds(story: Story, settings: Settings) -> Iterator[Hold]:
    """The end in FIN_WAIT_2 whose peer owes nothing but its FIN."""
    for sign in close_wait_leak.look(story, settings):
        end: End = "client" if sign.end == "server" else "server"
        if sign.wait is not None and story.states[stories.number(end)] == "FIN_WAIT_2":
            yield Hold(end, sign.wait.since, sign.wait.last_data_of)


def judge(pile: Pile, settings: Settings) -> Verdict | None:
    """At least ten that wait for longer than any program takes to close."""
    if sum(waited >= settings.close_wait_notice for waited in pile.waited) < FEWEST:
        return None
    many = pile.end == "server" and pile.peers > 1
    severity: Severity = "warning" if many else "info"
    peers = f"{plural(pile.peers, 'client host')}" if pile.end == "server" else str(pile.service)
    do = "do" if many else "does"
    timeout = KERNELS["linux-fin-wait-2"]
    gone = sum(waited >= timeout.length for waited in pile.waited)
    rest = (
        f" {number(gone)} of them for over {duration(timeout.length)}: if {pile.host} called "
        "close(), its kernel has forgotten these."
        if gone
        else ""
    )
    return Verdict(
        severity=severity,
        confidence="likely",
        head=f"{number(len(pile.waited))} sockets {pile.towards} wait in FIN_WAIT_2, "
        f"{growing(pile)}",
        message=f"The {pile.end} closed each connection and is the victim: {peers} acknowledged "
        f"that and {do} not close (oldest {duration(pile.waited[0])}); there they are in "
        f"CLOSE_WAIT.{rest}",
        advice=(
            "the cause is at the other ends: find out which program there does not close (ss -tanp "
            "state close-wait), see pcapflow explain close-wait-pileup",
            f"on {pile.host}: ss -tane state fin-wait-2 {pile.sockets}; sockets without a timer "
            "were only shut down: let the program call close()",
        ),
        per_minute=growth(pile),
    )
