"""Honest endpoints over a wire that is not: tshark and pcapflow differ for known reasons only."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import pytest

from tests.annotate.crossed import check, told
from tests.conftest import need_tool
from tests.properties.honest import FATES, Play, Scene
from tests.wire import Packet


def scene(chance: random.Random) -> Scene:
    deeds = range(chance.randint(0, 7))
    return Scene(
        to_client=chance.randint(0, 20),
        to_server=chance.randint(0, 20),
        fates="".join(chance.choices(("-----", *FATES), k=chance.randint(0, 30))),
        does=tuple(
            (chance.randint(40, 900), chance.choice("CS"), chance.choice((None, 1, 100, 1400)))
            for _ in deeds
        ),
        until=chance.randint(60, 4000),
    )


def connections(seed: int, count: int) -> list[Packet]:
    """So many connections at once, each from its own port."""
    chance = random.Random(seed)
    packets = []
    for port in range(20_000, 20_000 + count):
        for packet in Play(scene(chance)).captured:
            source, target = (port if each == 51234 else each for each in packet.ports)
            packets.append(replace(packet, ports=(source, target)))
    return sorted(packets, key=lambda packet: packet.time)


@pytest.mark.parametrize("seed", range(3))
def test_nothing_is_unexplained(tmp_path: Path, seed: int) -> None:
    need_tool("tshark")
    found = check(tmp_path, connections(seed, 150))

    told(found)
    assert found.agreed["connections"] > 100
    assert found.agreed["FIN retransmissions"] > 0
