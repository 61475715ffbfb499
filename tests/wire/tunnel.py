"""Tunnels: what stands between the outer IP header and the datagram, and the frames of it all."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable
from ipaddress import ip_address

from tests.wire.link import ETHERNET, MAC, Frame, frames
from tests.wire.packet import Packet, datagrams

OUTER = ("203.0.113.1", "203.0.113.2")
OUTER6 = ("2001:db8:ffff::1", "2001:db8:ffff::2")
UDP, GRE, IPIP, SIX = 17, 47, 4, 41


def tunnelled(
    packets: Iterable[Packet],
    protocol: int,
    header: Callable[[int], bytes] = lambda _: b"",
    *,
    ethernet: bool = False,
    outer: tuple[str, str] = OUTER,
) -> list[Frame]:
    """Ethernet frames with the packets inside IP ``protocol``, behind ``header``'s octets.

    ``header`` is told how many octets follow it.

    ``ethernet``: a whole inner frame is carried, else the datagram.
    """
    made = []
    for packet in packets:
        inner = [f.data for f in frames(packet, ETHERNET)] if ethernet else datagrams(packet)
        for one in inner:
            data = around(header(len(one)) + one, protocol, outer)
            made.append(Frame(packet.time, data, len(data)))
    return made


def around(payload: bytes, protocol: int, outer: tuple[str, str] = OUTER) -> bytes:
    """An Ethernet frame with an IP datagram that carries ``payload``."""
    source, target = (ip_address(each) for each in outer)
    if source.version == 4:
        ip = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(payload), 1, 0, 64, protocol, 0)
        ethertype = b"\x08\x00"
    else:
        ip = struct.pack(">IHBB", 0x60000000, len(payload), protocol, 64)
        ethertype = b"\x86\xdd"
    return MAC["S"] + MAC["C"] + ethertype + ip + source.packed + target.packed + payload


def gre(
    protocol: int,
    more: bytes = b"",
    *,
    key: bool = False,
    sequence: bool = False,
    checksum: bool = False,
) -> Callable[[int], bytes]:
    """RFC 2784 with RFC 2890's fields and ``more`` behind them; the checksum is not computed."""
    flags = checksum << 15 | key << 13 | sequence << 12
    header = struct.pack(">HH", flags, protocol) + bytes(4 * (checksum + key + sequence)) + more
    return lambda _: header


def gtp(extensions: bytes = b"") -> Callable[[int], bytes]:
    """A G-PDU, 3GPP TS 29.281; ``extensions`` from the optional fields on."""
    flags = 0x34 if extensions else 0x30
    return lambda size: struct.pack(">BBHI", flags, 0xFF, len(extensions) + size, 42) + extensions


def udp(port: int, header: Callable[[int], bytes] = lambda _: b"") -> Callable[[int], bytes]:
    """UDP to ``port`` before ``header``; without a checksum."""

    def octets(size: int) -> bytes:
        inner = header(size)
        return struct.pack(">HHHH", 49_152, port, 8 + len(inner) + size, 0) + inner

    return octets
