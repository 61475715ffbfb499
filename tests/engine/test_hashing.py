"""The hash of a connection: one for both directions, and not for others to choose."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from pcapflow.engine.batch import Batch
from pcapflow.engine.pump import Feed
from pcapflow.engine.segments import Decoder
from tests.engine.captures import a_conversation
from tests.wire import Packet, Wire, pcap

MANY = 2000


def tags(packets: Iterable[Packet]) -> list[int]:
    batches = Feed(Decoder()).feed(memoryview(pcap(packets)), lambda: Batch(64))
    return [batch.segment(i)["tag"] for batch in batches for i in range(batch.count)]


def a_packet(client: str, server: str) -> Packet:
    return Wire(client=client, server=server).c("ACK")


def test_both_directions_have_one() -> None:
    for ends in ({}, {"client": "[2001:db8::5]:51234", "server": "[::9]:8080"}):
        (tag,) = set(tags(a_conversation(**ends).packets))
        assert 0 <= tag < 2**31


def test_who_exchanges_ports_is_another() -> None:
    one = a_packet("192.0.2.1:80", "192.0.2.2:5000")
    other = a_packet("192.0.2.1:5000", "192.0.2.2:80")
    assert len(set(tags([one, other]))) == 2


def test_equal_sums_and_xors_of_addresses_and_ports_do_not_collide() -> None:
    """Of 2,000 among 2**31, two are equal once in a thousand times."""
    packets = [
        a_packet(f"10.0.{n >> 8}.{n & 255}:{0xFFFF - n}", "198.51.100.1:443") for n in range(MANY)
    ]
    assert len(set(tags(packets))) > MANY - 3


def test_nor_do_equal_sums_at_the_two_ends() -> None:
    packets = [
        a_packet(f"10.0.{n >> 8}.{n & 255}:1", f"10.1.{255 - (n >> 8)}.{255 - (n & 255)}:1")
        for n in range(MANY)
    ]
    assert len(set(tags(packets))) > MANY - 3


def test_nor_do_ipv6_addresses_that_differ_in_one_word() -> None:
    for address in ("2001:db8:0:{}::1", "2001:db8::{}:0:1", "2001:db8:0:1::{}"):
        packets = [a_packet(f"[{address.format(f'{n:x}')}]:80", "[::1]:80") for n in range(256)]
        assert len(set(tags(packets))) == 256


def test_what_is_evenly_spaced_is_not_crowded() -> None:
    """Of 2,000 thrown into 4,096 slots at random, twelve meet in one once in 10**10 times."""
    spaced = [
        [(f"10.0.0.1:{1 + n}", f"10.0.0.2:{65_535 - n}") for n in range(MANY)],
        [(f"10.{n >> 8}.{n & 255}.1:80", "10.0.0.2:80") for n in range(MANY)],
        [(f"{1 + n % 40}.0.0.1:80", f"{101 + n // 40}.0.0.1:80") for n in range(MANY)],
        [(f"10.0.0.1:{1 + n % 40 * 512}", f"10.0.0.2:{1 + n // 40 * 512}") for n in range(MANY)],
    ]
    for ends in spaced:
        slots = Counter(tag & 4095 for tag in tags([a_packet(*each) for each in ends]))
        assert max(slots.values()) < 12
