"""Sends TCP segments into an interface at a rate.

`python -m tests.benchmarks.send IFACE PACKETS RATE`

They are those of `stream`, at most 96 octets each, sent in bursts by sendmmsg(2) through a packet
socket that goes round the queueing discipline. Prints as JSON how many went out and in how long.
"""

import ctypes
import json
import socket
import sys
import time

import numpy as np

from tests.benchmarks.stream import BLOCK, Block

EACH = 50  # packets a connection
RECORD_HEADER = 16
BURST = 256
READY = 64  # blocks that are made before the first packet is sent; later ones meanwhile
SOL_PACKET, PACKET_QDISC_BYPASS = 263, 20  # <linux/if_packet.h>
MESSAGE = np.dtype(  # struct mmsghdr, socket(7)
    [
        ("name", "u8"),
        ("name_length", "u8"),
        ("vector", "u8"),
        ("vectors", "u8"),
        ("control", "u8"),
        ("control_length", "u8"),
        ("flags", "u8"),
        ("sent", "u8"),
    ]
)
VECTOR = np.dtype([("at", "u8"), ("length", "u8")])

_libc = ctypes.CDLL(None, use_errno=True)


class Bursts:
    """A block of packets as sendmmsg(2) wants them."""

    def __init__(self, block: Block, number: int) -> None:
        self.octets = np.ascontiguousarray(block.moved(number))
        at = block.seconds
        self.vectors = np.zeros(len(at), VECTOR)
        self.vectors["at"] = self.octets.ctypes.data + at + RECORD_HEADER
        self.vectors["length"] = np.diff(at, append=len(self.octets)) - RECORD_HEADER
        self.messages = np.zeros(len(at), MESSAGE)
        self.messages["vector"] = (
            self.vectors.ctypes.data + np.arange(len(at)) * self.vectors.itemsize
        )
        self.messages["vectors"] = 1

    def send(self, descriptor: int, first: int, count: int) -> int:
        place = self.messages.ctypes.data + first * self.messages.itemsize
        sent: int = _libc.sendmmsg(descriptor, ctypes.c_void_p(place), count, 0)
        return max(0, sent)


def send(interface: str, packets: int, rate: int) -> dict[str, float]:
    block = Block(BLOCK, BLOCK // EACH)
    ready = [Bursts(block, number) for number in range(min(READY, -(-packets // BLOCK)))]
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0) as out:
        out.setsockopt(SOL_PACKET, PACKET_QDISC_BYPASS, 1)
        out.bind((interface, 0))
        done, begun = 0, time.perf_counter()
        while done < packets:
            due = min(packets, int((time.perf_counter() - begun) * rate))
            if due - done < min(BURST, packets - done) and due < packets:
                time.sleep(0.0005)
                continue
            number, first = divmod(done, BLOCK)
            count = min(BURST, due - done, BLOCK - first)
            if number >= READY and first == 0:
                ready[number % READY] = Bursts(block, number)
            done += ready[number % READY].send(out.fileno(), first, count)
        took = time.perf_counter() - begun
    return {"sent": done, "seconds": took}


if __name__ == "__main__":
    print(json.dumps(send(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))))
