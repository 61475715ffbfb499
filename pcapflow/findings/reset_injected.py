"""``reset-injected``: a RST that does not come from the end whose address it bears."""

from __future__ import annotations

from collections.abc import Iterator

from pcapflow.findings import stories
from pcapflow.findings.frames import endpoint, first_of, in_frame, telling
from pcapflow.findings.rule import Doc, Sign, Telling
from pcapflow.findings.words import clock
from pcapflow.model import ENDS, Confidence, End, Traffic, other
from pcapflow.tcp.codes import RSTS
from pcapflow.tcp.outcome import resets
from pcapflow.tcp.story import Story
from pcapflow.tcp.timers import Settings

CODE = "reset-injected"
LEVELS = "info or error · path"
EVENTS = frozenset({"RST_ODD", "RST_FOREIGN", "RST_DISOWNED"})
DOC = Doc(
    title="A reset was sent in an end's name by somebody else on the path.",
    on_the_wire="A ── data ──► B,  then  'A' ── RST ──► B  with another TTL, without the "
    "timestamps that A's segments bear, or with an IP id out of A's line; A may go on sending.",
    states="B is CLOSED. A knows nothing of it: its next segment meets a closed socket and draws "
    "a RST, unless A was sent one in B's name as well.",
    harm="The connection is cut though both programs want it. Info where one mark alone is odd, or "
    "where the reset was not taken.",
    look_at="what lies between the two: firewalls and intrusion prevention that reject, NAT and "
    "load balancers that forgot the connection, traffic shapers; an attacker who can see or guess "
    "the numbers.",
    confused_with="reset-abort, where the end itself gave up: then all marks fit. A proxy that "
    "answers in the server's name looks the same, and is the same.",
    how_sure="certain only where the alleged sender goes on with new octets more than a round trip "
    "later; likely with two odd marks; possible with one. An IP id of 0 proves nothing: kernels "
    "send their replies with it.",
    source="RFC 5961 §1; RFC 7323 §3.2; Linux tcp_send_active_reset(), tcp_v4_send_reset()",
)


def look(story: Story, settings: Settings) -> Iterator[Sign]:
    """The first RST of each end with odd marks, or that its sender disowned by going on."""
    taken = frozenset(resets(story.events))
    for end in ENDS:
        first = story.events.first(RSTS, end)
        if first is None:
            continue  # of very long connections not every event is kept: this RST was not
        signs = story.events.indexes(EVENTS, end, after=first)
        if not signs:
            continue
        index = signs[0]
        rst = story.events.last(RSTS, end, before=index)
        assert rst is not None
        sure: Confidence
        if story.events.has({"RST_DISOWNED"}, end, after=first):
            sure, what = "certain", "goes on"
        elif story.events[index][0] == "RST_FOREIGN":
            sure, what = "likely", "marks"
        else:
            sure, what = "possible", "mark"
        harmful = sure != "possible" and rst in taken and story.ending == "reset"
        yield Sign(
            end="path",
            severity="error" if harmful else "info",
            confidence=stories.weakened(story, "certain") if sure == "certain" else sure,
            events=(rst,) if what != "goes on" else (rst, signs[-1]),
            detail=f"{what} {end}",
        )


def tell(connection: Traffic, sign: Sign, waited: int | None) -> Telling:
    """In whose name, and what gives it away."""
    what, _, name = sign.detail.rpartition(" ")
    end: End = "server" if name == "server" else "client"
    peer = other(end)
    me, them = endpoint(connection, end), endpoint(connection, peer)
    rst = first_of(connection, sign.events[0])
    message = f"The RST at {clock(rst.at)}{in_frame(rst)} bears the address of {me}, but "
    if what == "goes on":
        later = first_of(connection, sign.events[-1])
        message += f"{me} went on sending new octets at {clock(later.at)}{in_frame(later)}: "
        message += "it was not its own."
    elif what == "marks":
        message += "two of its marks (TTL, timestamps, IP id) do not fit that end: most likely "
        message += "somebody on the path sent it."
    else:
        message += "one of its marks (TTL, timestamps, IP id) does not fit that end: it may have "
        message += "been sent by somebody on the path."
    return telling(
        connection,
        sign,
        message,
        (
            f"capture at {me.ip} as well: a RST that is missing there was made on the way",
            f"ask who runs what lies between {me.ip} and {them.ip}: firewalls, intrusion "
            "prevention, NAT, load balancers",
        ),
    )
