"""``reset-ignored``: a RST that its receiver does not take by its number; life goes on."""

from __future__ import annotations

from collections.abc import Iterator

from pcapflow.findings import stories
from pcapflow.findings.frames import endpoint, first_of, in_frame, telling
from pcapflow.findings.rule import Doc, Sign, Telling
from pcapflow.findings.words import clock, duration
from pcapflow.model import ENDS, End, Traffic, other
from pcapflow.tcp.outcome import acknowledged, closers, foreign, resets
from pcapflow.tcp.story import Story
from pcapflow.tcp.timers import Settings

CODE = "reset-ignored"
LEVELS = "info · client, server or path"
EVENTS = frozenset({"RST_IN_WINDOW", "RST_OUTSIDE"})
DOC = Doc(
    title="A RST had no effect: its number was not the one that its receiver takes.",
    on_the_wire="'A' ── RST ──► B  with a number in B's window but not at its edge (B answers by a "
    "challenge ACK), or outside of it; more than a round trip later B goes on.",
    states="not touched: B takes only a RST with exactly the next number that it expects.",
    harm="None: that is what the rule is for. But somebody wanted this connection gone.",
    look_at="who sends such RSTs. Somebody who guesses numbers, blind; a firewall or load balancer "
    "whose idea of the connection is old; or A itself, which forgot the connection and answers "
    "segments that are no longer the latest. Retransmissions after it show that A is gone indeed.",
    confused_with="reset-injected: the RST comes from somebody else, whether it was taken or not. "
    "reset-abort, reset-closed-socket: those were taken.",
    how_sure="certain once B sends an ordinary segment more than a round trip after the RST; "
    "nothing is said without that, since the numbers alone only predict it. A RST that was lost "
    "behind the capture point looks the same. Possible where the capture has gaps.",
    source="RFC 9293 §3.10.7.4; RFC 5961 §3.2; Linux tcp_validate_incoming(), "
    "tcp_send_challenge_ack()",
)


def look(story: Story, settings: Settings) -> Iterator[Sign]:
    """The first RST in each end's name that is not exact and that the other end outlived."""
    ended = _ended(story)
    for end in ENDS:
        receiver = other(end)
        for rst in story.events.indexes(EVENTS, end):
            alive = story.events.first({"LIVES_ON"}, receiver, after=rst)
            if alive is None or rst > ended:
                continue
            yield Sign(
                "path" if foreign(story.events, rst) else end,
                "info",
                stories.weakened(story, "certain"),
                (rst, alive),
                detail=f"{story.events[rst][0]} {end}",
            )
            break


def tell(connection: Traffic, sign: Sign, waited: int | None) -> Telling:
    """Which RST, what was wrong with it, and what shows that it had no effect."""
    code, _, name = sign.detail.partition(" ")
    end: End = "server" if name == "server" else "client"
    me, them = endpoint(connection, end), endpoint(connection, other(end))
    rst, alive = (first_of(connection, index) for index in sign.events)
    message = f"The RST at {clock(rst.at)}{in_frame(rst)} bears the address of {me}. Its number "
    if code == "RST_IN_WINDOW":
        message += f"lies in the window of {them} but is not the next one, so it was ignored (a "
        message += "challenge ACK is all that it draws)"
    else:
        message += f"lies outside the window of {them}, so it was ignored"
    message += (
        f": {them} went on {duration(alive.at - rst.at)} later{in_frame(alive)}. No harm was done."
    )
    return telling(
        connection,
        sign,
        message,
        (
            f"nothing, if it is rare; else capture at {me.ip} as well: a RST that is missing there "
            "was made on the way, by a firewall, a load balancer or somebody who guesses",
            f"on {them.ip}: nstat -az TcpExtTCPChallengeACK counts how often this happens",
        ),
    )


def _ended(story: Story) -> int:
    """Where the connection was over: RSTs behind that could not have ended it."""
    ends = [len(story.events), *resets(story.events)]
    if len(closers(story.events)) == 2 and all(acknowledged(story.events, end) for end in ENDS):
        ends.append(max(stories.ack_of_fin(story, end) or 0 for end in ENDS))
    return min(ends)
