"""What a rule across connections is: it says once a shape who holds a socket, and judges many.

``holds`` tells of a story which of its ends holds something, and since which events.  Whoever runs
the rules counts such connections by the address that holds them and by service, and measures how
long each has been held: columns of numbers, no object for each.  ``judge`` sees one such *pile*.

A rule is a module of this package with the public names of ``AcrossRule``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pcapflow.findings.rule import Doc
from pcapflow.findings.words import MINUTE, duration, number
from pcapflow.hints import Protocol
from pcapflow.model import Confidence, End, Endpoint, Severity
from pcapflow.tcp.story import Story
from pcapflow.tcp.timers import DESCRIPTORS, Settings
from pcapflow.values import Record

FEWEST = 10
"""Sockets in one state that make a pile: fewer are told one by one."""


class Hold(Record):
    """In connections of this shape ``end`` holds a socket.

    It does since the latest of the events ``since`` and of the last new octet of ``data_of``; to
    the capture's end or, where the span itself is what matters, to the event ``until``.
    """

    end: End
    since: tuple[int, ...]
    data_of: End | None = None
    until: int | None = None


class Pile(Record):
    """What one address holds towards (or, at a server, for) a service when the capture ends.

    ``waited`` is how long each has been, or was, held (ns), the longest first; ``peers`` how many
    addresses are at the other ends.
    """

    end: End
    host: str
    service: Endpoint
    waited: Sequence[int]
    peers: int

    @property
    def towards(self) -> str:
        """Whose sockets these are: ``of 10.0.0.5 towards 10.0.0.9:80``, ``of 10.0.0.9:80``."""
        if self.end == "client":
            return f"of {self.host} towards {self.service}"
        return f"of {self.service}"

    @property
    def sockets(self) -> str:
        """The same for ``ss``."""
        if self.end == "client":
            return f"dst {self.service}"
        return f"src {self.service}"

    @property
    def display_filter(self) -> str:
        """A Wireshark display filter for these connections."""
        field = "ipv6.addr" if ":" in self.service.ip else "ip.addr"
        hosts = dict.fromkeys((self.host, self.service.ip))
        tests = [f"{field} == {host}" for host in hosts]
        return " && ".join([*tests, f"tcp.port == {self.service.port}"])


class Verdict(Record):
    """A pile in plain words: ``head`` says what it is in one line, ``message`` the rest."""

    severity: Severity
    confidence: Confidence
    head: str
    message: str
    advice: tuple[str, ...]
    per_minute: float | None


class AcrossRule(Protocol):
    """The public names of a rule's module."""

    CODE: str
    LEVELS: str
    LEAST: int
    """Towards a service with fewer such connections there is nothing to judge."""
    DOC: Doc

    def holds(self, story: Story, settings: Settings) -> Iterable[Hold]:
        """Which ends hold a socket at the end of this story; runs once a shape."""
        ...

    def judge(self, pile: Pile, settings: Settings) -> Verdict | None:
        """What is to be said of a pile; None where that is nothing."""
        ...


def growth(pile: Pile) -> float | None:
    """By how many a minute the pile grows; None where none has been added for half of its age."""
    oldest, newest = pile.waited[0], pile.waited[-1]
    if oldest <= 0 or newest > oldest // 2:
        return None
    return len(pile.waited) * MINUTE / oldest


def growing(pile: Pile) -> str:
    """``growing 120 a minute``, or since when none was added."""
    rate = growth(pile)
    if rate is None:
        return f"none added for {duration(pile.waited[-1])}"
    return f"growing {number(round(rate))} a minute" if rate >= 1 else "growing slowly"


def descriptors(pile: Pile) -> str:
    """When a process of the holder runs out of descriptors, at this rate."""
    rate, held = growth(pile), len(pile.waited)
    if rate is None:
        return ""
    ends = [
        f"{number(limit)} {'descriptors are gone ' if i == 0 else ''}in "
        f"{duration(round((limit - held) / rate * MINUTE))}"
        for i, limit in enumerate([limit for limit in DESCRIPTORS if limit > held])
    ]
    return f" At this rate {', '.join(ends)}." if ends else ""
