"""``icmp-unreachable``: a router or host said by ICMP that a segment could not be delivered."""

from __future__ import annotations

from collections.abc import Iterator

from pcapflow.findings.frames import endpoint, first_of, in_frame, telling
from pcapflow.findings.rule import Doc, Sign, Telling
from pcapflow.findings.stories import number
from pcapflow.findings.words import clock
from pcapflow.model import ENDS, End, Traffic, Unreachable, other
from pcapflow.tcp.story import Story
from pcapflow.tcp.timers import Settings

CODE = "icmp-unreachable"
LEVELS = "info or warning · path"
EVENTS = frozenset({"UNREACHABLE"})
DOC = Doc(
    title="ICMP said that a segment could not be delivered: by whom, of which, and why.",
    on_the_wire="A ── SYN ──► ...,  A ◄── ICMP destination unreachable ── R,  and it quotes the "
    "SYN. R is a router, a firewall, or B's own host. A segment of an open connection can be "
    "quoted as well.",
    states="In SYN_SENT, Linux gives up at once: connect() fails with ENETUNREACH, EHOSTUNREACH, "
    "ECONNREFUSED or EACCES. Other systems try again first. In every other state the error is "
    "only remembered, and A goes on sending.",
    harm="Warning where it is the answer to an opening that failed. Info otherwise: a soft error, "
    "by which TCP must not end a connection; routes that change cause some.",
    look_at="the reason. Administratively prohibited: a firewall rule at R. Port unreachable: a "
    "firewall's REJECT too, since a host without a listener answers a SYN by RST. Host or address "
    "unreachable: R is the last router and nobody answers for B's address there, so B is down or "
    "the address is wrong. Network unreachable or no route: R's routing table.",
    confused_with="syn-unanswered: there nobody says why; it is told as well where the SYN was "
    "repeated. connection-refused: there B itself answered, by RST. 'Fragmentation needed' and "
    "'packet too big' are path MTU discovery and 'time exceeded' is a loop or traceroute: no word "
    "on whether B can be reached, and not told.",
    how_sure="likely. That R said so is captured, and the quoted ports and number are those of a "
    "captured segment; but anybody can send ICMP, and what it says is R's view. Where an error "
    "quotes a segment that was not captured, nothing is told. A capture filter such as 'tcp' keeps "
    "ICMP out: no error captured does not mean that there was none.",
    source="RFC 792; RFC 1812 §5.2.7.1; RFC 4443 §3.1; RFC 1122 §3.2.2.1, §4.2.3.9; RFC 5461; "
    "RFC 5927 §4.1; Linux tcp_v4_err(), icmp_err_convert[]",
)

_ICMP = {
    0: "network unreachable",
    1: "host unreachable",
    2: "protocol unreachable",
    3: "port unreachable",
    5: "source route failed",
    6: "network unknown",
    7: "host unknown",
    8: "source host isolated",
    9: "network administratively prohibited",
    10: "host administratively prohibited",
    11: "network unreachable for this type of service",
    12: "host unreachable for this type of service",
    13: "communication administratively prohibited",
    14: "host precedence violation",
    15: "precedence cutoff in effect",
}
_ICMPV6 = {
    0: "no route to destination",
    1: "communication administratively prohibited",
    2: "beyond the scope of the source address",
    3: "address unreachable",
    4: "port unreachable",
    5: "source address failed a policy",
    6: "reject route to destination",
    7: "error in the source routing header",
}
"""Codes of type 3, and of ICMPv6's type 1, as IANA's registries call them."""


def look(story: Story, settings: Settings) -> Iterator[Sign]:
    """Each end of whose segments an ICMP error was captured."""
    for end in ENDS:
        told = story.events.first(EVENTS, end)
        if told is None:
            continue
        syn = story.events.first({"SYN", "SYN_DATA"}, end)
        if story.opening == "syn-only" and syn is not None and not story.events.codes(other(end)):
            yield Sign("path", "warning", "likely", (syn, told), detail=f"opening {end}")
            continue
        silent = story.events.last({"UNANSWERED"}, end)
        events = (told,) if silent is None else (told, silent)
        yield Sign("path", "info", "likely", events, detail=f"soft {end}")


def tell(connection: Traffic, sign: Sign, waited: int | None) -> Telling:
    """Who said what of which end's segments, and what TCP makes of it."""
    when, _, whose = sign.detail.partition(" ")
    end: End = "server" if whose == "server" else "client"
    me, them = endpoint(connection, end), endpoint(connection, other(end))
    index = sign.events[1] if when == "opening" else sign.events[0]
    error = first_of(connection, index)
    report = connection.unreachable[number(end)]
    if report is None:  # of very many connections only the first ones' reports are remembered
        reporter, reason = "a router", "destination unreachable"
    else:
        reporter, reason = report.reporter, said(report, ":" in them.ip)
    at = f"at {clock(error.at)}{in_frame(error)}"
    if when == "opening":
        syn = first_of(connection, sign.events[0])
        message = (
            f"{me} sent a SYN to {them} at {clock(syn.at)}{in_frame(syn)}; {reporter} answered by "
            f"ICMP {at}: {reason}."
        )
        message += " That is the server's own address." if reporter == them.ip else ""
    else:
        message = (
            f"{reporter} said by ICMP {at} of a segment of {me} to {them}: {reason}. That alone "
            "ends no connection: TCP takes it as a hint and goes on sending."
        )
    steps = _advice(reason, reporter, me.ip, them.ip)
    if when != "opening":
        steps = ("nothing, if it is rare: a route that changes causes some. Else:", *steps)
    return telling(connection, sign, message, steps)


def said(report: Unreachable, ipv6: bool) -> str:
    """Why a segment could not be delivered, as IANA's registries call it."""
    code = report.kind & 255
    return (_ICMPV6 if ipv6 else _ICMP).get(code, f"destination unreachable, code {code}")


def _advice(reason: str, reporter: str, me: str, them: str) -> tuple[str, ...]:
    if "prohibited" in reason or "policy" in reason or "port" in reason:
        first = f"on {reporter}: which firewall rule rejects this? nft list ruleset; iptables -nvL"
    elif "network" in reason or "route" in reason or reporter == them:
        first = f"on {reporter}: ip route get {them}"
    else:
        first = f"is {them} up, and its address right? on {reporter}: ip neighbour show {them}"
    return first, f"on {me}: traceroute -T {them} shows how far it comes"
