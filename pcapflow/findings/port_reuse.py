"""``port-reuse``: a new SYN met an older connection on its four-tuple that had not ended."""

from __future__ import annotations

from collections.abc import Iterator

from pcapflow.findings import stories
from pcapflow.findings.frames import endpoint, first_of, in_frame, telling
from pcapflow.findings.rule import Doc, Sign, Telling
from pcapflow.findings.words import clock, duration
from pcapflow.model import ENDS, Confidence, End, Severity, State, Traffic, other
from pcapflow.tcp.story import Story
from pcapflow.tcp.timers import Settings

CODE = "port-reuse"
LEVELS = "info or warning · client or server"
EVENTS = frozenset({"REUSE", "CHALLENGE_ACK"})
DOC = Doc(
    title="A new SYN met an older connection on the same ports that had not ended.",
    on_the_wire="A and B are connected;  then  A ── SYN ──► B  from the same port with other "
    "numbers,  and  A ◄── SYN, ACK ── B  (the new one opens)  or  A ◄── ACK ── B  with the old "
    "numbers (a challenge),  A ── RST ──► B.",
    states="the sender of the SYN does not know the old connection any more. B gives it up when "
    "it answers by SYN, ACK, or when A's RST answers its challenge; without such a RST the old "
    "one stands.",
    harm="Warning where neither end had closed: B's program still had the connection and lost it "
    "without a close. Info where it was being closed, or where a stray SYN changed nothing.",
    look_at="a host that was restarted, or a NAT or proxy that forgot the old connection and gave "
    "its port away (its idle timeout is shorter than B's); several captures joined into one; a "
    "small range of source ports. A SYN whose sender does not answer the challenge may be forged.",
    confused_with="time-wait-reuse and time-wait-refused: there both ends had closed. A SYN with "
    "the same number is a repeated SYN. Ports that are used again after TIME_WAIT are no finding.",
    how_sure="likely; possible where packets are missing from the capture or where it began in "
    "mid-stream, since the close of the old connection may not have been captured.",
    source="RFC 9293 §3.5.1, §3.10.7.4 (SYN bit); RFC 5961 §4.2; Linux tcp_send_challenge_ack()",
)

_NOT_ENDED: frozenset[State | None] = frozenset(
    {"ESTABLISHED", "FIN_WAIT_1", "FIN_WAIT_2", "CLOSE_WAIT", "CLOSING", "LAST_ACK"}
)


def look(story: Story, settings: Settings) -> Iterator[Sign]:
    """A SYN that replaced, or was challenged by, an end that had not closed."""
    events = story.events
    for index in events.indexes(EVENTS):
        code, who = events[index]
        sender = who if code == "REUSE" else other(who)
        states = [stories.state_before(story, end, index) for end in ENDS]
        if "TIME_WAIT" in states:
            continue  # time-wait-reuse or time-wait-refused
        if states[stories.number(other(sender))] not in _NOT_ENDED:
            continue
        reset = None
        if code == "CHALLENGE_ACK":
            reset = events.first({"RST_OF_CHALLENGE"}, sender, after=index)
        replaced = code == "REUSE" or reset is not None
        in_use = replaced and set(states) == {"ESTABLISHED"}
        severity: Severity = "warning" if in_use else "info"
        yield Sign(
            end=sender,
            severity=severity,
            confidence=_confidence(story),
            events=(index,) if reset is None else (index, reset),
            detail="replaced" if code == "REUSE" else "reset" if reset is not None else "stands",
        )
        return


def tell(connection: Traffic, sign: Sign, waited: int | None) -> Telling:
    """Who asked for a new connection, and what became of the old one."""
    sender: End = "server" if sign.end == "server" else "client"
    me, them = endpoint(connection, sender), endpoint(connection, other(sender))
    met = first_of(connection, sign.events[0])
    spoke = max((at for at in connection.last_data if at is not None), default=met.at)
    quiet = f", {duration(met.at - spoke)} after its last octet" if spoke < met.at else ""
    at = f"at {clock(met.at)}{in_frame(met)}"
    if sign.detail == "replaced":
        message = (
            f"{me} opened a new connection from the same port {at}{quiet}: this one had not ended, "
            f"and {them} gave it up for the new one."
        )
    elif sign.detail == "reset":
        message = (
            f"A SYN of {me} with other numbers met this connection, {them} answered with the old "
            f"numbers {at}, and {me} did not know them: its RST ended this connection."
        )
    else:
        message = (
            f"A SYN in the name of {me} with other numbers met this connection; {them} answered "
            f"with the old numbers {at}, and the connection stands."
        )
    return telling(
        connection,
        sign,
        message,
        (
            f"look for a restart of {me.ip}, and for a NAT or proxy on the path whose idle timeout "
            f"is shorter than the one of {them}",
            f"let the program at {them} send keep-alives, so that it notices sooner that its peer "
            "is gone",
        ),
    )


def _confidence(story: Story) -> Confidence:
    return "possible" if "mid-stream" in story.marks else stories.weakened(story, "likely")
