"""Traffic without end in bounded memory: a block of it again and again, later and from elsewhere.

`python -m tests.benchmarks.stream --packets 100000000 | pcapflow analyze -`

Each block begins when the one before it ends, and its clients have other addresses than in the
block before; after ten blocks, long after their connections are over, the addresses return. So as
many connections are open at the end as in the middle.
"""

import argparse
import sys
from collections.abc import Sequence
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from tests.benchmarks.frames import pcap_header, records, with_identities
from tests.benchmarks.generate import SEED
from tests.benchmarks.traffic import SECOND, make_traffic

BLOCK = 100_000
SNAP = 96
RETURN = 10
ETHERTYPE, IP = 28, 30  # from the beginning of a record


class Block:
    """Packets as octets of a pcap file, and where in them lies what differs from block to block."""

    def __init__(self, packets: int, connections: int) -> None:
        traffic = make_traffic(packets, connections, SEED)
        columns = with_identities(traffic.columns, connections)
        self.octets = np.frombuffer(records(columns, SNAP, False), np.uint8)
        times = columns["time"]
        self.span = int(times[-1] - times[0]) // SECOND + 1
        at = self._beginnings(packets)
        v6 = self.octets[at + ETHERTYPE] == 0x86
        source, destination = np.where(v6, 20, 12), np.where(v6, 36, 16)
        client = np.where(columns["end"] == 0, source, destination)
        self.seconds = at
        self.clients = at + IP + client
        self.tcp_sums = at + IP + np.where(v6, 40, 20) + 16
        self.ip_sums = at[~v6] + IP + 10

    def _beginnings(self, packets: int) -> NDArray[np.int64]:
        octets, at, found = self.octets.tobytes(), 0, []
        for _ in range(packets):
            found.append(at)
            at += 16 + int.from_bytes(octets[at + 8 : at + 12], "little")
        return np.array(found, dtype=np.int64)

    def moved(self, number: int) -> NDArray[np.uint8]:
        """The block as number ``number`` of a row of blocks."""
        octets = self.octets.copy()
        shift = number % RETURN
        seconds = np.full(len(self.seconds), number * self.span)
        for k in range(4):
            seconds += octets[self.seconds + k].astype(np.int64) << 8 * k
        for k in range(4):
            octets[self.seconds + k] = seconds >> 8 * k & 255
        self._put(octets, self.clients, self._get(octets, self.clients) + shift)
        if shift:
            for sums in (self.tcp_sums, self.ip_sums):  # RFC 1624: a sum less what was added
                self._put(octets, sums, (self._get(octets, sums) - shift) % 0xFFFF)
        return octets

    def _get(self, octets: NDArray[np.uint8], at: NDArray[np.int64]) -> NDArray[np.int64]:
        return octets[at].astype(np.int64) << 8 | octets[at + 1]

    def _put(
        self, octets: NDArray[np.uint8], at: NDArray[np.int64], value: NDArray[np.int64]
    ) -> None:
        octets[at] = value >> 8
        octets[at + 1] = value & 255


def write_stream(file: BinaryIO, packets: int, each: int = 50) -> None:
    """Write so many packets, ``each`` a connection; in whole blocks."""
    if packets % BLOCK or BLOCK % each:
        raise ValueError(f"packets must be a multiple of {BLOCK:,}, and that of packets each")
    block = Block(BLOCK, BLOCK // each)
    file.write(pcap_header(SNAP))
    for number in range(packets // BLOCK):
        file.write(block.moved(number).data)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.stream", description=__doc__)
    parser.add_argument("--packets", type=int, default=10_000_000)
    parser.add_argument("--each", type=int, default=50, help="packets a connection")
    parser.add_argument("-o", "--output", default="-", metavar="FILE")
    options = parser.parse_args(arguments)
    if options.output == "-":
        write_stream(sys.stdout.buffer, options.packets, options.each)
    else:
        with open(options.output, "wb") as file:
            write_stream(file, options.packets, options.each)


if __name__ == "__main__":
    main()
