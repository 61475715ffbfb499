"""What happens in the generated connections, packet by packet: openings, exchanges, endings.

A script is a line of steps. `C:` and `S:` say who sends; `!` after a step means that the peer
never receives it, `+` that it crosses the peer's next packet; a `~` is a wait of one
retransmission timeout. Endings are mixed as in ordinary captures: four in five are orderly.
"""

import random
from collections.abc import Iterator
from typing import Literal, NamedTuple

FIN, SYN, RST, PSH, ACK = 0x01, 0x02, 0x04, 0x08, 0x10
FLAGS = {
    "SYN": SYN,
    "SYN_ACK": SYN | ACK,
    "ACK": ACK,
    "DATA": PSH | ACK,
    "DATA_AGAIN": PSH | ACK,
    "FIN": FIN | ACK,
    "FIN_AGAIN": FIN | ACK,
    "RST": RST | ACK,
    "RST_REPLY": RST,
}
MOST_RESPONSE_SEGMENTS = 10
DATA_LOST_IN_A_THOUSAND = 4

# For each ending: connections in a thousand, its steps.
ENDINGS = {
    "client-first": (270, "C:FIN S:ACK S:FIN C:ACK"),
    "client-first-in-three": (200, "C:FIN S:FIN C:ACK"),
    "server-first": (170, "S:FIN C:ACK C:FIN S:ACK"),
    "server-first-in-three": (160, "S:FIN C:FIN S:ACK"),
    "half-close-with-data": (20, "C:FIN S:ACK S:DATA S:DATA C:ACK S:FIN C:ACK"),
    "client-aborts": (40, "C:RST"),
    "server-aborts": (20, "S:RST"),
    "closed-socket": (20, "C:FIN S:ACK S:DATA C:RST_REPLY"),
    "fin-retransmitted": (15, "C:FIN! ~ C:FIN_AGAIN S:FIN C:ACK"),
    "lost-final-ack": (15, "C:FIN S:FIN C:ACK! ~ S:FIN_AGAIN C:ACK"),
    "fin-unanswered": (5, "C:FIN! ~ C:FIN_AGAIN! ~ C:FIN_AGAIN! ~ C:FIN_AGAIN!"),
    "simultaneous": (5, "C:FIN+ S:FIN C:ACK S:ACK"),
    "left-in-close-wait": (20, "S:FIN C:ACK"),
    "refused": (40, "C:SYN S:RST"),
}
OPENING = "C:SYN S:SYN_ACK C:ACK"


class Step(NamedTuple):
    """One packet: `end` is 0 for the client, 1 for the server; `before` is what it waits for."""

    end: int
    flags: int
    again: bool = False
    lost: bool = False
    crosses: bool = False
    before: Literal["", "think", "timeout"] = ""
    size: Literal["none", "part", "full"] = "none"


def parse(script: str) -> list[Step]:
    steps, timeout = [], False
    for word in script.split():
        if word == "~":
            timeout = True
            continue
        end, name = word.rstrip("!+").split(":")
        steps.append(
            Step(
                "CS".index(end),
                FLAGS[name],
                again=name.endswith("_AGAIN"),
                lost="!" in word,
                crosses="+" in word,
                before="timeout" if timeout else "",
                size="part" if name == "DATA" else "none",
            )
        )
        timeout = False
    return steps


def exchange(rng: random.Random, packets: int) -> list[Step]:
    """Exactly `packets` steps of requests and responses; one connection in five is an upload."""
    asks = int(rng.random() < 0.2)
    steps: list[Step] = []
    while len(steps) < packets:
        steps += _request_and_response(rng, asks, 1 - asks)
    return steps[:packets]


def _request_and_response(rng: random.Random, asks: int, answers: int) -> Iterator[Step]:
    """A small request, a response of full segments, and an ACK for every second of them."""
    yield Step(asks, PSH | ACK, before="think", size="part")
    segments = rng.randint(1, MOST_RESPONSE_SEGMENTS)
    for number in range(1, segments + 1):
        last = number == segments
        size: Literal["part", "full"] = "part" if last else "full"
        flags = PSH | ACK if last else ACK
        if rng.randrange(1000) < DATA_LOST_IN_A_THOUSAND:
            yield Step(answers, flags, lost=True, size=size)
            yield Step(answers, flags, again=True, before="timeout")
        else:
            yield Step(answers, flags, size=size)
        if last or number % 2 == 0:
            yield Step(asks, ACK)
