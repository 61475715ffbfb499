"""Classic pcap files, as bytes."""

import struct
from collections.abc import Iterable

from tests.wire.link import ETHERNET, Frame, as_frames
from tests.wire.packet import Packet

MICROSECONDS = 0xA1B2C3D4
NANOSECONDS = 0xA1B23C4D


def pcap(
    items: Iterable[Packet | Frame],
    link: int = ETHERNET,
    order: str = "<",
    nano: bool = False,
    snaplen: int = 262144,
) -> bytes:
    """A pcap file of `items`, in their order; frames longer than `snaplen` octets are cut.

    order   "<" little endian, ">" big endian
    nano    nanosecond times; without it they are cut down to microseconds
    """
    magic, unit = (NANOSECONDS, 1) if nano else (MICROSECONDS, 1000)
    records = [struct.pack(f"{order}IHHiIII", magic, 2, 4, 0, 0, snaplen, link)]
    for frame in as_frames(items, link, order):
        seconds, rest = divmod(frame.time, 10**9)
        data = frame.data[:snaplen]
        records.append(
            struct.pack(f"{order}IIII", seconds, rest // unit, len(data), frame.length) + data
        )
    return b"".join(records)
