"""Reads just enough of an Ethernet frame to tell one TCP segment from another."""

from __future__ import annotations

import socket
import struct
from dataclasses import dataclass
from typing import Literal

Role = Literal["client", "server"]

ROLES: tuple[Role, Role] = ("client", "server")
FLAG_NAMES = (("FIN", 0x01), ("SYN", 0x02), ("RST", 0x04), ("PSH", 0x08), ("ACK", 0x10))


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
    """One TCP segment over IPv4: `sender` is the end whose cable it came from, `length` octets."""

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
    def pure_ack(self) -> bool:
        only_ack = self.has("ACK") and not any(self.has(name) for name in ("SYN", "FIN", "RST"))
        return only_ack and self.length == 0

    @property
    def flag_text(self) -> str:
        return " ".join(name for name, bit in FLAG_NAMES if self.flags & bit)

    def covers(self, mark: int) -> bool:
        """Whether this segment acknowledges the octet at `mark`, in serial arithmetic."""
        return self.has("ACK") and 0 < (self.ack - mark) & 0xFFFFFFFF < 0x80000000


def parse(frame: bytes, sender: Role) -> Segment | None:
    """The TCP segment in an Ethernet frame that came from `sender`; None for anything else."""
    if len(frame) < 54 or frame[12:14] != b"\x08\x00" or frame[23] != socket.IPPROTO_TCP:
        return None
    ip_octets = (frame[14] & 0x0F) * 4
    total_octets = int.from_bytes(frame[16:18])
    source, destination, seq, ack, offset_and_flags = struct.unpack_from(
        "!HHIIH", frame, 14 + ip_octets
    )
    tcp_octets = (offset_and_flags >> 12) * 4
    ports = Ports(source, destination) if sender == "client" else Ports(destination, source)
    return Segment(
        sender=sender,
        ports=ports,
        seq=seq,
        ack=ack,
        flags=offset_and_flags & 0x1FF,
        length=total_octets - ip_octets - tcp_octets,
        frame=frame,
    )
