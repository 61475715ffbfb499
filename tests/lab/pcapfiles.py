"""Writes recordings as capture files: pcap, pcapng with several interfaces, cooked or tagged."""

from __future__ import annotations

import gzip
import struct
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

Link = Literal["ethernet", "sll", "sll2"]

PCAP_MAGIC_NANOSECONDS = 0xA1B23C4D
SECTION, INTERFACE, PACKET = 0x0A0D0D0A, 1, 6
BYTE_ORDER_MAGIC = 0x1A2B3C4D
OPTION_NAME, OPTION_RESOLUTION, NANOSECONDS = 2, 9, 9
LINKTYPES: dict[Link, int] = {"ethernet": 1, "sll": 113, "sll2": 276}
SNAP_OCTETS = 65535

ETHERNET_OCTETS = 14
VLAN = b"\x81\x00"
ARPHRD_ETHER = 1
# How Linux marks frames in cooked captures (<linux/if_packet.h>).
PACKET_HOST, PACKET_OTHERHOST, PACKET_OUTGOING = 0, 3, 4


@dataclass(frozen=True, slots=True)
class Frame:
    """A frame as a capture holds it: `octets` of it if they were cut, its interface's number."""

    at: int
    data: bytes
    octets: int
    interface: int = 0
    kind: int = PACKET_HOST


def tagged(frame: Frame, vlan: int) -> Frame:
    """The frame with an IEEE 802.1Q tag."""
    data = frame.data[:12] + VLAN + struct.pack("!H", vlan) + frame.data[12:]
    return replace(frame, data=data, octets=frame.octets + 4)


def cooked(frame: Frame, link: Link) -> Frame:
    """The frame as a capture on `any` shows it, with LINKTYPE_LINUX_SLL or _SLL2 in front."""
    if link == "ethernet":
        return frame
    source, ethertype = frame.data[6:12].ljust(8, b"\0"), frame.data[12:14]
    if link == "sll":
        head = struct.pack("!HHH8s2s", frame.kind, ARPHRD_ETHER, 6, source, ethertype)
    else:
        number = frame.interface + 1
        head = struct.pack("!2sHIHBB8s", ethertype, 0, number, ARPHRD_ETHER, frame.kind, 6, source)
    data = head + frame.data[ETHERNET_OCTETS:]
    return replace(frame, data=data, octets=frame.octets - ETHERNET_OCTETS + len(head))


def cut(frame: Frame, snap: int) -> Frame:
    return replace(frame, data=frame.data[:snap])


def pcap(frames: list[Frame], link: Link = "ethernet") -> bytes:
    """A classic little-endian pcap file with nanosecond stamps."""
    parts = [
        struct.pack("<IHHiIII", PCAP_MAGIC_NANOSECONDS, 2, 4, 0, 0, SNAP_OCTETS, LINKTYPES[link])
    ]
    for frame in frames:
        seconds, nanoseconds = divmod(frame.at, 1_000_000_000)
        parts.append(struct.pack("<IIII", seconds, nanoseconds, len(frame.data), frame.octets))
        parts.append(frame.data)
    return b"".join(parts)


def pcapng(frames: list[Frame], interfaces: list[str]) -> bytes:
    """A pcapng file of Ethernet frames, each on one of the interfaces of these names."""
    section = struct.pack("<IHHq", BYTE_ORDER_MAGIC, 1, 0, -1)
    parts = [_block(SECTION, section)]
    for name in interfaces:
        options = _option(OPTION_NAME, name.encode())
        options += _option(OPTION_RESOLUTION, bytes([NANOSECONDS])) + _option(0, b"")
        head = struct.pack("<HHI", LINKTYPES["ethernet"], 0, SNAP_OCTETS)
        parts.append(_block(INTERFACE, head + options))
    for frame in frames:
        high, low = frame.at >> 32, frame.at & 0xFFFFFFFF
        head = struct.pack("<IIIII", frame.interface, high, low, len(frame.data), frame.octets)
        parts.append(_block(PACKET, head + _padded(frame.data)))
    return b"".join(parts)


def write(path: Path, data: bytes, *, gzip_above: int | None = None) -> Path:
    """Write the file, compressed (then as PATH.gz) if it is longer than that; returns the path."""
    if gzip_above is not None and len(data) > gzip_above:
        path = path.with_name(path.name + ".gz")
        data = gzip.compress(data, mtime=0)  # the same recording gives the same file
    path.write_bytes(data)
    return path


def _block(kind: int, body: bytes) -> bytes:
    octets = struct.pack("<I", 12 + len(body))
    return struct.pack("<I", kind) + octets + body + octets


def _option(code: int, value: bytes) -> bytes:
    return struct.pack("<HH", code, len(value)) + _padded(value)


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 4)
