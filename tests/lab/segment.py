"""Reads just enough of an Ethernet frame to tell one TCP segment from another, and forges some."""

from __future__ import annotations

import socket
import struct
from dataclasses import dataclass
from typing import Literal

Role = Literal["client", "server"]

ROLES: tuple[Role, Role] = ("client", "server")
FLAG_NAMES = (
    ("FIN", 0x01),
    ("SYN", 0x02),
    ("RST", 0x04),
    ("PSH", 0x08),
    ("ACK", 0x10),
    ("URG", 0x20),
)

ETHERNET_OCTETS = 14
IPV4_OCTETS, IPV6_OCTETS, TCP_OCTETS = 20, 40, 20
IPV4, IPV6 = b"\x08\x00", b"\x86\xdd"
WINDOW = 502


def peer_of(role: Role) -> Role:
    return "server" if role == "client" else "client"


@dataclass(frozen=True, slots=True)
class Ports:
    """The two ports of a connection; its addresses are those of the two hosts."""

    client: int
    server: int

    def of(self, role: Role) -> int:
        return self.client if role == "client" else self.server


@dataclass(frozen=True, slots=True)
class Segment:
    """One TCP segment: `sender` is the end whose cable it came from, `length` its octets."""

    sender: Role
    ports: Ports
    seq: int
    ack: int
    flags: int
    length: int
    frame: bytes

    def has(self, name: str) -> bool:
        """Whether the flag of that name ("FIN", "SYN" ...) is set."""
        return bool(self.flags & dict(FLAG_NAMES)[name])

    @property
    def receiver(self) -> Role:
        return peer_of(self.sender)

    @property
    def fin_mark(self) -> int:
        """The sequence number that the FIN occupies (RFC 9293 section 3.4)."""
        return (self.seq + self.length) & 0xFFFFFFFF

    @property
    def window(self) -> int:
        """The advertised window as it stands in the header, not scaled."""
        tcp = _tcp_offset(self.frame) or 0
        return int.from_bytes(self.frame[tcp + 14 : tcp + 16])

    @property
    def pure_ack(self) -> bool:
        only_ack = self.has("ACK") and not any(self.has(name) for name in ("SYN", "FIN", "RST"))
        return only_ack and self.length == 0

    @property
    def flag_text(self) -> str:
        return " ".join(name for name, bit in FLAG_NAMES if self.flags & bit)

    def covers(self, mark: int) -> bool:
        """Whether this segment acknowledges the octet at `mark`, in serial arithmetic."""
        return self.has("ACK") and 0 < (self.ack - mark) & 0xFFFFFFFF < 0x80000000

    def expected_from(self, role: Role) -> int:
        """The next sequence number of that end, as far as this segment tells."""
        if role == self.receiver:
            return self.ack
        return (self.fin_mark + self.has("SYN") + self.has("FIN")) & 0xFFFFFFFF


def parse(frame: bytes, sender: Role) -> Segment | None:
    """The TCP segment in an Ethernet frame that came from `sender`; None for anything else."""
    tcp = _tcp_offset(frame)
    if tcp is None or len(frame) < tcp + TCP_OCTETS:
        return None
    source, destination, seq, ack, offset_and_flags = struct.unpack_from("!HHIIH", frame, tcp)
    ports = Ports(source, destination) if sender == "client" else Ports(destination, source)
    return Segment(
        sender=sender,
        ports=ports,
        seq=seq,
        ack=ack,
        flags=offset_and_flags & 0x1FF,
        length=_ip_end(frame) - tcp - (offset_and_flags >> 12) * 4,
        frame=frame,
    )


def forged(
    like: Segment,
    sender: Role,
    flags: str,
    *,
    seq: int,
    ack: int = 0,
    payload: bytes = b"",
    ttl: int = 64,
    ip_id: int = 0,
) -> bytes:
    """A frame of the connection that `like` belongs to, as if `sender` had sent it.

    `flags` are names with blanks between; there are no TCP options. IPv6 has no `ip_id`.
    """
    names = dict(FLAG_NAMES)
    bits = sum(names[name] for name in flags.split())
    tcp = struct.pack(
        "!HHIIHHHH",
        like.ports.of(sender),
        like.ports.of(peer_of(sender)),
        seq & 0xFFFFFFFF,
        ack & 0xFFFFFFFF,
        TCP_OCTETS // 4 << 12 | bits,
        0 if "RST" in flags else WINDOW,
        0,
        0,
    )
    ethernet, source, destination = _addresses(like, sender)
    octets = TCP_OCTETS + len(payload)
    pseudo = source + destination + struct.pack("!II", octets, socket.IPPROTO_TCP)
    checksum = _checksum(pseudo + tcp + payload)
    tcp = tcp[:16] + checksum + tcp[18:]
    if like.frame[12:14] == IPV6:
        ip = struct.pack("!IHBB", 6 << 28, octets, socket.IPPROTO_TCP, ttl) + source + destination
    else:
        ip = struct.pack(
            "!BBHHHBBH", 0x45, 0, IPV4_OCTETS + octets, ip_id, 0, ttl, socket.IPPROTO_TCP, 0
        )
        ip += source + destination
        ip = ip[:10] + _checksum(ip) + ip[12:]
    return ethernet + ip + tcp + payload


def _tcp_offset(frame: bytes) -> int | None:
    """Where the TCP header begins. The hosts send no IPv6 extension headers."""
    kind, after = frame[12:14], ETHERNET_OCTETS
    if kind == IPV4 and len(frame) > after + 9 and frame[after + 9] == socket.IPPROTO_TCP:
        return after + (frame[after] & 0x0F) * 4
    if kind == IPV6 and len(frame) > after + 6 and frame[after + 6] == socket.IPPROTO_TCP:
        return after + IPV6_OCTETS
    return None


def _ip_end(frame: bytes) -> int:
    """Where the IP packet ends, by its own account: short frames are padded."""
    if frame[12:14] == IPV4:
        return ETHERNET_OCTETS + int.from_bytes(frame[16:18])
    return ETHERNET_OCTETS + IPV6_OCTETS + int.from_bytes(frame[18:20])


def _addresses(like: Segment, sender: Role) -> tuple[bytes, bytes, bytes]:
    """Ethernet header, source and destination address of a frame from `sender`."""
    frame = like.frame
    first, octets = (22, 16) if frame[12:14] == IPV6 else (26, 4)
    destination_mac, source_mac = frame[:6], frame[6:12]
    source, destination = frame[first : first + octets], frame[first + octets : first + 2 * octets]
    if sender != like.sender:
        destination_mac, source_mac = source_mac, destination_mac
        source, destination = destination, source
    return destination_mac + source_mac + frame[12:14], source, destination


def _checksum(octets: bytes) -> bytes:
    """The Internet checksum (RFC 1071), as it stands in a header."""
    words = struct.unpack(f"!{(len(octets) + 1) // 2}H", octets + b"\0" * (len(octets) % 2))
    total = sum(words)
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    return struct.pack("!H", ~total & 0xFFFF)
