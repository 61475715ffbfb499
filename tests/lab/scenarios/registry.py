"""What a scenario is, and the list of them all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from ..segment import Role
from ..stage import Stage

Point = Literal["client", "server"]  # no shipped capture is made in the middle
Play = Callable[[Stage], None]

DELAY_MS = 5.0


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """A script, what it shows, and the stage it needs.

    `point` is where the shipped capture is made, `delay_ms` the wire's, each way. `sees` leaves
    only that end's segments in the captures, `vlan` tags the frames of the middle one, `link` is
    how all are written. `unknowable` maps a pattern of score items to the reason why the packets
    cannot show them, `ending` overrules the derived one.
    """

    name: str
    what: str
    play: Play
    sample: bool = False
    point: Point = "client"
    delay_ms: float = DELAY_MS
    sysctls: dict[str, int] = field(default_factory=dict)
    family: Literal["inet", "inet6"] = "inet"
    network: Literal["veth", "loopback"] = "veth"
    link: Literal["ethernet", "sll", "sll2"] = "ethernet"
    vlan: int | None = None
    sees: Role | None = None
    offload: bool = False
    unknowable: dict[str, str] = field(default_factory=dict)
    ending: str | None = None


SCENARIOS: dict[str, Scenario] = {}


def scenario(
    *,
    sample: bool = False,
    point: Point = "client",
    delay_ms: float = DELAY_MS,
    sysctls: dict[str, int] | None = None,
    family: Literal["inet", "inet6"] = "inet",
    network: Literal["veth", "loopback"] = "veth",
    link: Literal["ethernet", "sll", "sll2"] = "ethernet",
    vlan: int | None = None,
    sees: Role | None = None,
    offload: bool = False,
    unknowable: dict[str, str] | None = None,
    ending: str | None = None,
) -> Callable[[Play], Play]:
    """Register a script under its own name; its docstring is what happens, in one sentence."""

    def register(play: Play) -> Play:
        name = play.__name__
        if name in SCENARIOS:
            raise ValueError(f"two scenarios are called {name}")
        SCENARIOS[name] = Scenario(
            name=name,
            what=" ".join((play.__doc__ or "").split()),
            play=play,
            sample=sample,
            point=point,
            delay_ms=delay_ms,
            sysctls=sysctls or {},
            family=family,
            network=network,
            link=link,
            vlan=vlan,
            sees=sees,
            offload=offload,
            unknowable=unknowable or {},
            ending=ending,
        )
        return play

    return register
