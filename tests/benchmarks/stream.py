"""Traffic without end in bounded memory: a block of it again and again, later and from elsewhere.

`python -m tests.benchmarks.stream --packets 100000000 | pcapflow analyze -`

Each block begins when the one before it ends, and its clients have other addresses than in the
block before; after ten blocks, long after their connections are over, the addresses return, with
other sequence numbers. So as many connections are open at the end as in the middle.
"""

import argparse
import sys
from collections.abc import Sequence
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from tests.benchmarks.frames import pcap_header, records, with_identities
from tests.benchmarks.generate import SEED
from tests.benchmarks.script import ACK
from tests.benchmarks.traffic import SECOND, make_traffic

BLOCK = 100_000
SNAP = 96
RETURN = 10
Octets = NDArray[np.uint8]
Places = NDArray[np.int64]
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
        tcp = at + IP + np.where(v6, 40, 20)
        source, destination = np.where(v6, 20, 12), np.where(v6, 36, 16)
        clients = at + IP + np.where(columns["end"] == 0, source, destination)
        self.seconds, self.sums = at, tcp + 16
        self.clients = clients[~v6], clients[v6]
        self.client_sums = (self.sums[~v6], at[~v6] + IP + 10), (self.sums[v6],)
        has_ack = columns["flags"] & ACK != 0
        self.numbers = (tcp + 4, self.sums), (tcp[has_ack] + 8, self.sums[has_ack])

    def _beginnings(self, packets: int) -> Places:
        octets, at, found = self.octets.tobytes(), 0, []
        for _ in range(packets):
            found.append(at)
            at += 16 + int.from_bytes(octets[at + 8 : at + 12], "little")
        return np.array(found, dtype=np.int64)

    def moved(self, number: int) -> Octets:
        """The block as number ``number`` of a row of blocks."""
        octets = self.octets.copy()
        seconds = np.full(len(self.seconds), number * self.span)
        for k in range(4):
            seconds += octets[self.seconds + k].astype(np.int64) << 8 * k
        for k in range(4):
            octets[self.seconds + k] = seconds >> 8 * k & 255
        again, shift = divmod(number, RETURN)
        for clients, sums in zip(self.clients, self.client_sums, strict=True):
            _add(octets, clients, shift, *sums)
        for numbers, tcp_sums in self.numbers:
            _add(octets, numbers, again * 7919, tcp_sums)
        return octets


def _add(octets: Octets, at: Places, amount: int, *sums: Places) -> None:
    """Add to 16-bit words, and correct the checksums that cover them (RFC 1624)."""
    if amount == 0:
        return
    old = _word(octets, at)
    new = (old + amount) % 2**16
    for words, values in ((at, new), *((s, (_word(octets, s) - new + old) % 0xFFFF) for s in sums)):
        octets[words] = values >> 8
        octets[words + 1] = values & 255


def _word(octets: Octets, at: Places) -> Places:
    return octets[at].astype(np.int64) << 8 | octets[at + 1]


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
