"""``syn-unanswered``: a SYN that nothing in the capture answers."""

from __future__ import annotations

from collections.abc import Iterator

from pcapflow.findings.frames import endpoint, events_of, first_of, in_frame, telling
from pcapflow.findings.rule import Doc, Sign, Telling, Wait
from pcapflow.findings.words import clock, duration, times
from pcapflow.model import Traffic
from pcapflow.tcp.codes import RSTS
from pcapflow.tcp.story import Story
from pcapflow.tcp.timers import Settings

CODE = "syn-unanswered"
LEVELS = "info or warning · path"
EVENTS = frozenset({"SYN", "SYN_DATA"})
DOC = Doc(
    title="A SYN was never answered: dropped by a firewall, lost, or sent to a dead host.",
    on_the_wire="A ── SYN ──► B,  A ── SYN again ──► B (on Linux 1 s, 3 s, 7 s ... later),  and "
    "neither SYN, ACK nor RST of B.",
    states="A waits in SYN_SENT until its connect() fails with ETIMEDOUT, on Linux after about "
    "two minutes if the program has no shorter timeout. B may know nothing of it.",
    harm="Warning where the SYN was repeated: a program waits, as long as its connect timeout, "
    "and then fails. Info where a single SYN was not repeated: scans do that, programs do not.",
    look_at="a firewall or security group that drops (look at both directions: it may be the "
    "answer that is dropped), the route back from B, whether B is up, the address in A's "
    "configuration; on B a full listen queue, which makes Linux ignore SYNs.",
    confused_with="connection-refused: there B answered, by RST. icmp-unreachable: there a router, "
    "a firewall or B's host says why; where the SYN was repeated all the same, both are told. A "
    "capture filter that lets SYNs pass and not their answers makes every SYN look unanswered.",
    how_sure="likely where the SYN was repeated: no answer had reached A by then, and one to the "
    "last SYN could only have escaped the capture. Possible where a single SYN stands alone and "
    "the capture runs on for 3 s. Which of the two was lost, SYN or answer, takes a capture at B.",
    source="RFC 9293 §3.8.3, §3.10.7.3; Linux tcp_syn_retries, tcp_v4_conn_request()",
)

_OVER = RSTS | {"REUSE"}


def look(story: Story, settings: Settings) -> Iterator[Sign]:
    """A SYN and nothing of the other end: repeated, or once and the capture runs on."""
    if story.opening != "syn-only" or story.events.codes("server"):
        return
    syn = story.events.first(EVENTS, "client")
    if syn is None:
        return
    repeats = story.events.indexes({"SYN_AGAIN"}, "client")
    if repeats:
        yield Sign("path", "warning", "likely", (syn, *repeats), detail="again")
        return
    if story.events.has({"UNREACHABLE"}, "client"):
        return  # it was answered, though not by the server
    # The client itself may have given up, or begun anew, before that.
    until = story.events.first(_OVER, "client")
    wait = Wait(since=(syn,), steps=((settings.unanswered_after, "info"),), until=until)
    yield Sign("path", "info", "possible", (syn,), wait, detail="once")


def tell(connection: Traffic, sign: Sign, waited: int | None) -> Telling:
    """Who asked whom, how often and for how long."""
    client, server = endpoint(connection, "client"), endpoint(connection, "server")
    syn = first_of(connection, sign.events[0])
    message = f"{client} sent a SYN to {server} at {clock(syn.at)}{in_frame(syn)}"
    if sign.detail == "again":
        runs = [events_of(connection, index) for index in sign.events[1:]]
        count, last = sum(map(len, runs)), runs[-1][-1]
        message += (
            f" and repeated it {times(count)} within {duration(last.at - syn.at)}; no answer was "
            f"captured. Either {server.ip} is down, or a firewall or route drops one of the two."
        )
    else:
        assert waited is not None
        message += (
            f"; in the {duration(waited)} that it was watched it was neither answered nor sent "
            "again, as scans do. Else its answer was only not captured."
        )
    return telling(
        connection,
        sign,
        message,
        (
            f"capture on {server.ip}: if the SYN arrives there, its answer is lost on the way back "
            "or not sent (nstat -az TcpExtListenDrops); if not, ask the firewalls between them",
            f"on {server.ip}: ss -tln sport = :{server.port}",
        ),
    )
