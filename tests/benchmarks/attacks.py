"""Traffic that an attacker would send to a capture, as columns of packets, a piece at a time.

Each attack grows with one number and is made in the same memory however large that is. Addresses
are those of RFC 2544's benchmark network and of 10.0.0.0/8; checksums are right.
"""

import argparse
from collections.abc import Iterator, Sequence
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from tests.benchmarks.frames import AT_ONCE, WHOLE, Columns, pcap_header, pcapng_header, records
from tests.benchmarks.script import ACK, FIN, PSH, RST, SYN
from tests.benchmarks.traffic import MICROSECOND, START

Column = NDArray[np.int64]
CLIENT, SERVER = 0x0A00_0001, 0xC612_0001  # 10.0.0.1, 198.18.0.1
CLIENT_PORT, SERVER_PORT = 40_000, 443
SEED = 9293
GAP = 10 * MICROSECOND
FLAGS_A_CONNECTION = 10
LONG = 120
"""Segments of a connection with more events than a shape holds (64)."""


def write_attack(name: str, size: int, file: BinaryIO) -> int:
    """Write the attack as a capture; return how many packets it has."""
    pcapng = name == "interfaces"
    file.write(pcapng_header(WHOLE, size) if pcapng else pcap_header(WHOLE))
    packets = 0
    for columns in ATTACKS[name](size):
        file.write(records(columns, WHOLE, pcapng))
        packets += len(columns["time"])
    return packets


def _numbers(count: int, step: int = AT_ONCE) -> Iterator[Column]:
    """0 ... count - 1, some at a time."""
    for first in range(0, count, step):
        yield np.arange(first, min(count, first + step), dtype=np.int64)


def _columns(number: Column, **fields: Column | int) -> Columns:
    """Packets from the client, each a fixed time after the one before, but for ``fields``."""
    usual = {
        "time": START + number * GAP,
        "source": CLIENT,
        "destination": SERVER,
        "source_port": CLIENT_PORT,
        "destination_port": SERVER_PORT,
        "flags": SYN,
        "seq": 0,
        "ack": 0,
        "length": 0,
        "ipid": number % 2**16,
        "is_v6": 0,
        "has_timestamps": 0,
        "tsval": 0,
        "tsecr": 0,
    }
    return {
        name: np.broadcast_to(np.asarray(value, dtype=np.int64), number.shape).copy()
        for name, value in (usual | fields).items()
    }


def _answered(columns: Columns, from_server: NDArray[np.bool_]) -> Columns:
    """The same packets, some of them sent the other way."""
    turned = dict(columns)
    for one, other in (("source", "destination"), ("source_port", "destination_port")):
        turned[one] = np.where(from_server, columns[other], columns[one])
        turned[other] = np.where(from_server, columns[one], columns[other])
    return turned


def _scan(tuples: int) -> Iterator[Columns]:
    """One host asks a thousand ports of each address, as nmap does."""
    for number in _numbers(tuples):
        yield _columns(
            number, destination=SERVER + number // 1000, destination_port=1 + number % 1000
        )


def _flood(tuples: int) -> Iterator[Columns]:
    """Invented clients ask one service."""
    for number in _numbers(tuples):
        mixed = number * 2_654_435_761 % 2**32
        yield _columns(number, source=CLIENT + mixed % 2**24, source_port=1024 + number // 2**18)


def _collisions(tuples: int) -> Iterator[Columns]:
    """The same flood; all tuples are one to a hash that adds or XORs ports and addresses.

    An address grows by as much as its port shrinks: the sum is kept, and the XOR of the low 16 bits
    (they are complements of each other).
    """
    for number in _numbers(tuples):
        low, high = number % 2**15, number // 2**15
        spread = high << 16
        yield _columns(
            number,
            source=0x0A00_0000 + spread + low,
            source_port=0xFFFF - low,
            destination=SERVER + spread,
        )


def _shapes(connections: int) -> Iterator[Columns]:
    """Each connection is ten segments of random flags, directions, and numbers that nearly fit."""
    random = np.random.default_rng(SEED)
    for connection in _numbers(connections, AT_ONCE // FLAGS_A_CONNECTION):
        number = np.repeat(connection, FLAGS_A_CONNECTION)
        packet = number * FLAGS_A_CONNECTION + np.tile(
            np.arange(FLAGS_A_CONNECTION), len(connection)
        )
        count = len(number)
        columns = _columns(
            packet,
            source=CLIENT + number // 2**14,
            source_port=1024 + number % 2**14,
            flags=random.integers(0, 64, count),
            seq=1000 + random.integers(0, 3, count),
            ack=1000 + random.integers(0, 3, count),
            length=random.integers(0, 2, count),
        )
        yield _answered(columns, random.integers(0, 2, count) == 1)


def _fins(repeats: int) -> Iterator[Columns]:
    """One connection opens, its client closes, and repeats its FIN without end."""
    opening = _columns(
        np.arange(3, dtype=np.int64),
        flags=np.array([SYN, SYN | ACK, ACK]),
        seq=np.array([1000, 5000, 1001]),
        ack=np.array([0, 1001, 5001]),
    )
    yield _answered(opening, np.array([False, True, False]))
    for number in _numbers(repeats):
        yield _columns(3 + number, flags=FIN | ACK, seq=1001, ack=5001)


def _interfaces(interfaces: int) -> Iterator[Columns]:
    """A file of so many interfaces; ten packets of one flood come in on each."""
    for number in _numbers(10 * interfaces):
        yield _columns(
            number,
            source=CLIENT + number // 50_000,
            source_port=1024 + number % 50_000,
            interface=number % interfaces,
            high=(START + number * GAP) >> 32,
            low=(START + number * GAP) % 2**32,
        )


def _longest(connections: int) -> Iterator[Columns]:
    """Both ends send RSTs that the peer ignores, near its window and far, in random order."""
    random = np.random.default_rng(SEED)
    for connection in _numbers(connections, AT_ONCE // LONG):
        number = np.repeat(connection, LONG)
        step = np.tile(np.arange(LONG), len(connection))
        opens = step < 3
        from_server = np.where(opens, step == 1, random.integers(0, 2, len(number)) == 1)
        off = np.where(opens, 0, np.where(random.integers(0, 2, len(number)) == 1, 100, 10**9))
        flags = np.where(opens, np.array([SYN, SYN | ACK, ACK])[np.minimum(step, 2)], RST | ACK)
        sent, got = np.where(from_server, 5000, 1000), np.where(from_server, 1000, 5000)
        columns = _columns(
            number * LONG + step,
            source=CLIENT + number // 50_000,
            source_port=1024 + number % 50_000,
            flags=flags,
            seq=sent + (step > 1) + off,
            ack=np.where(step == 0, 0, got + 1),
        )
        yield _answered(columns, from_server)


def _reuse(connections: int) -> Iterator[Columns]:
    """One client opens ever new connections from one port, and ends none."""
    for number in _numbers(connections):
        yield _columns(number, seq=number * 100_003 % 2**32)


def _open(connections: int) -> Iterator[Columns]:
    """No attack: connections that open, ask, are answered, and stay open, all at one time."""
    turns = np.array([False, True, False, False, True, False])
    flags = np.array([SYN, SYN | ACK, ACK, PSH | ACK, PSH | ACK, ACK])
    seq = np.array([1000, 5000, 1001, 1001, 5001, 1201])
    ack = np.array([0, 1001, 5001, 5001, 1201, 6001])
    length = np.array([0, 0, 0, 200, 1000, 0])
    for number in _numbers(connections * len(turns), AT_ONCE // len(turns) * len(turns)):
        connection, step = number // len(turns), number % len(turns)
        mixed = connection * 2_654_435_761 % 2**32
        columns = _columns(
            number,
            source=CLIENT + connection // 50_000,
            source_port=1024 + connection % 50_000,
            destination=SERVER + mixed % 24,
            flags=flags[step],
            seq=(seq[step] + np.where(turns[step], mixed ^ 0x55555555, mixed)) % 2**32,
            ack=np.where(step, (ack[step] + np.where(turns[step], mixed, mixed ^ 0x55555555)), 0)
            % 2**32,
            length=length[step],
            has_timestamps=1,
            tsval=number // 1000,
            tsecr=np.where(step, number // 1000, 0),
        )
        yield _answered(columns, turns[step])


ATTACKS = {
    "scan": _scan,
    "flood": _flood,
    "collisions": _collisions,
    "shapes": _shapes,
    "longest": _longest,
    "fins": _fins,
    "reuse": _reuse,
    "interfaces": _interfaces,
    "open": _open,
}


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.attacks", description=__doc__)
    parser.add_argument("name", choices=ATTACKS)
    parser.add_argument("--size", type=int, required=True)
    parser.add_argument("-o", "--output", required=True, metavar="FILE")
    options = parser.parse_args(arguments)
    with open(options.output, "wb") as file:
        write_attack(options.name, options.size, file)


if __name__ == "__main__":
    main()
