"""Link layers: a packet as the frames that a capture holds."""

import struct
from collections.abc import Iterable
from dataclasses import dataclass

from tests.wire.packet import Packet, datagrams

NULL = 0
ETHERNET = 1
RAW = 101
C_HDLC = 104
LOOP = 108
SLL = 113
IPV4 = 228
IPV6 = 229
NFLOG = 239
SLL2 = 276

ETHERTYPE = {4: 0x0800, 6: 0x86DD}
AF_INET, AF_INET6_LINUX, AF_INET6_BSD = 2, 10, 24
ARPHRD_ETHER = 1
NFULA_PACKET_HDR, NFULA_PAYLOAD, NFULA_PREFIX = 1, 9, 10  # linux/netfilter/nfnetlink_log.h
MAC = {"C": bytes.fromhex("02000000000c"), "S": bytes.fromhex("020000000005")}


@dataclass(frozen=True, slots=True)
class Frame:
    """A captured frame: time in ns since the epoch, the octets kept, the length it had."""

    time: int
    data: bytes
    length: int
    interface: int = 0


def frames(packet: Packet, link: int = ETHERNET, order: str = "<") -> list[Frame]:
    """The frames of `packet`, one for each IP fragment, 1 µs apart; none where not captured.

    `order` is the byte order of the capturing host ("<" or ">"), which NULL and NFLOG show.
    """
    if not packet.captured:
        return []
    framed = []
    for number, datagram in enumerate(datagrams(packet)):
        if link == NFLOG:
            data = nflog(datagram, order)
        else:
            data = _link_header(packet, datagram[0] >> 4, link, order) + datagram
        framed.append(Frame(packet.time + number * 1000, data, len(data), packet.interface))
    return framed


def as_frames(items: Iterable[Packet | Frame], link: int, order: str) -> list[Frame]:
    """All frames of `items`; what is a frame already passes as it is."""
    framed: list[Frame] = []
    for item in items:
        framed += [item] if isinstance(item, Frame) else frames(item, link, order)
    return framed


def nflog(datagram: bytes, order: str = "<") -> bytes:
    """What Linux logs of a datagram: its hook, a prefix of five octets, and the datagram itself."""
    version = datagram[0] >> 4
    head = struct.pack(">BBH", AF_INET if version == 4 else AF_INET6_LINUX, 0, 7)
    values = (
        (NFULA_PACKET_HDR, struct.pack(">HBx", ETHERTYPE[version], 1)),
        (NFULA_PREFIX, b"seen\0"),
        (NFULA_PAYLOAD, datagram),
    )
    for kind, value in values:
        head += struct.pack(f"{order}HH", 4 + len(value), kind) + value + bytes(-len(value) % 4)
    return head


def _link_header(packet: Packet, version: int, link: int, order: str) -> bytes:
    if link == ETHERNET:
        peer = "S" if packet.end == "C" else "C"
        ethertype, tags = _tags(packet.vlan, ETHERTYPE[version])
        return MAC[peer] + MAC[packet.end] + struct.pack(">H", ethertype) + tags
    if link in (RAW, IPV4, IPV6):
        return b""
    if link in (NULL, LOOP):
        family = AF_INET if version == 4 else AF_INET6_BSD
        return struct.pack(">I" if link == LOOP else f"{order}I", family)
    if link == C_HDLC:
        return b"\x0f\0" + struct.pack(">H", ETHERTYPE[version])
    if link == SLL:
        ethertype, tags = _tags(packet.vlan, ETHERTYPE[version])
        sender = MAC[packet.end] + b"\0\0"
        head = struct.pack(">HHH", packet.packet_type, ARPHRD_ETHER, 6)
        return head + sender + struct.pack(">H", ethertype) + tags
    if link == SLL2:
        ethertype, tags = _tags(packet.vlan, ETHERTYPE[version])
        head = struct.pack(
            ">HHIHBB", ethertype, 0, packet.interface + 1, ARPHRD_ETHER, packet.packet_type, 6
        )
        return head + MAC[packet.end] + b"\0\0" + tags
    raise ValueError(f"link type {link} is not built here")


def _tags(vlan: tuple[int, ...], ethertype: int) -> tuple[int, bytes]:
    """The type that the link header names, and the VLAN tags with what each announces."""
    types = [0x8100 if tag == len(vlan) - 1 else 0x88A8 for tag in range(len(vlan))]
    types.append(ethertype)
    tags = zip(vlan, types[1:], strict=True)
    return types[0], b"".join(struct.pack(">HH", tag, inner) for tag, inner in tags)
