"""``close-wait-pileup``: one host holds many sockets in CLOSE_WAIT for one service."""

from __future__ import annotations

from collections.abc import Iterator

from pcapflow.findings import close_wait_leak
from pcapflow.findings.across import FEWEST, Hold, Pile, Verdict, descriptors, growing, growth
from pcapflow.findings.rule import Doc
from pcapflow.findings.words import duration, number
from pcapflow.model import End, other
from pcapflow.tcp.story import Story
from pcapflow.tcp.timers import Settings

CODE = "close-wait-pileup"
LEVELS = "error · client or server"
LEAST = FEWEST
DOC = Doc(
    title="Sockets pile up in CLOSE_WAIT: a program does not close what its peer has closed.",
    on_the_wire="many times:  A ── FIN ──► B,  A ◄── ACK ── B,  then silence.",
    states="B's sockets stay in CLOSE_WAIT until its program calls close() or ends: no timer ends "
    "it. A's wait in FIN_WAIT_2 and, if A called close(), are forgotten there after a while.",
    harm="Error: each one holds a descriptor. A process has 1,024 of them unless told otherwise, "
    "servers often 65,536; then accept() and open() fail with 'too many open files'. The message "
    "says when, if the pile keeps growing as it does.",
    look_at="the program at B, which ss -tanp names: a missing close() (with, finally) on the "
    "path of an error or of a reply that is not read to its end; a pool that keeps what the "
    "server closed and does not check before use; a second descriptor of the same socket (a "
    "forked child, dup). No kernel setting repairs it.",
    confused_with="fin-wait-2-pileup: the other end of the same connections, whose host is the "
    "victim. A half-close or a reply that is still owed is not counted. close-wait-leak tells of "
    "each connection.",
    how_sure="likely: that so many have been silent since their peer's FIN is certain; that "
    "close() was never called is the usual reason. Those in CLOSE_WAIT for less than 10 s are "
    "counted only where ten others are older.",
    source="RFC 9293 §3.6; Linux tcp_fin(); getrlimit(2), RLIMIT_NOFILE; ulimit -n",
)


def holds(story: Story, settings: Settings) -> Iterator[Hold]:
    """The end in CLOSE_WAIT that owes nothing."""
    for sign in close_wait_leak.look(story, settings):
        if sign.wait is not None:
            end: End = "server" if sign.end == "server" else "client"
            yield Hold(end, sign.wait.since, sign.wait.last_data_of)


def judge(pile: Pile, settings: Settings) -> Verdict | None:
    """At least ten that have been left for longer than any program takes to close."""
    if sum(waited >= settings.close_wait_notice for waited in pile.waited) < FEWEST:
        return None
    peer = other(pile.end)
    if pile.end == "client":
        likely = "connections are returned to a pool or dropped without close()"
        program = "the client program that this names"
    else:
        likely = "its program goes on, or waits, after end-of-file instead of closing"
        program = "the server program"
    return Verdict(
        severity="error",
        confidence="likely",
        head=f"{number(len(pile.waited))} sockets {pile.towards} stuck in CLOSE_WAIT, "
        f"{growing(pile)}",
        message=f"The {peer} closed each connection; the {pile.end} acknowledged and never closed "
        f"its side (oldest {duration(pile.waited[0])}). Most likely: {likely}."
        f"{descriptors(pile)}",
        advice=(
            f"on {pile.host}: ss -tanp state close-wait {pile.sockets}",
            f"in {program}: find the missing close() (with, finally; replies read to their end; "
            "dead connections dropped from the pool); restarting it frees them for a while",
            f"on {pile.host}: grep 'open files' /proc/PID/limits; ls /proc/PID/fd | wc -l",
        ),
        per_minute=growth(pile),
    )
