"""ICMP errors (RFC 792, RFC 4443) of somebody on the path, about a hand-made packet."""

import struct
from ipaddress import ip_address

from tests.wire.ip import Extension
from tests.wire.link import ETHERTYPE, MAC, Frame
from tests.wire.packet import Packet, datagrams
from tests.wire.tcp import internet_checksum

ICMP, ICMPV6 = 1, 58
TYPE = {4: 3, 6: 1}
"""Destination unreachable."""
HEADER = {4: 20, 6: 40}


def icmp_error(
    about: Packet,
    reporter: str,
    code: int,
    *,
    kind: int | None = None,
    after: float = 0.005,
    quoted: int = 8,
    ip_options: bytes = b"",
    extensions: tuple[Extension, ...] = (),
) -> Frame:
    """An Ethernet frame in which `reporter` tells the sender of `about` that it did not get there.

    `kind` is the type, destination unreachable unless stated; `quoted` are the octets told of what
    follows the IP header. `ip_options` and `extensions` are those of the error's own datagram.
    """
    [datagram] = datagrams(about)
    version = datagram[0] >> 4
    inner = (datagram[0] & 15) * 4 if version == 4 else HEADER[6]
    quote = datagram[: inner + quoted]
    kind = TYPE[version] if kind is None else kind
    message = struct.pack(">BBHI", kind, code, 0, 0) + quote
    source, target = ip_address(reporter).packed, ip_address(about.source).packed
    if version == 4:
        message = _with_checksum(message, b"", at=2)
        start = struct.pack(">BBHHHBB", 0x45 + len(ip_options) // 4, 0, 0, 7, 0, 62, ICMP) + bytes(
            2
        )
        octets = bytearray(start + source + target + ip_options)
        octets[2:4] = struct.pack(">H", len(octets) + len(message))
        header = _with_checksum(bytes(octets), b"", at=10)
    else:
        pseudo = source + target + struct.pack(">II", len(message), ICMPV6)
        message = _with_checksum(message, pseudo, at=2)
        numbers = [*(extension.number for extension in extensions), ICMPV6]
        chain = b"".join(
            bytes([following]) + extension.body
            for extension, following in zip(extensions, numbers[1:], strict=True)
        )
        length = len(chain) + len(message)
        header = struct.pack(">IHBB", 6 << 28, length, numbers[0], 62) + source + target + chain
    peer = "S" if about.end == "C" else "C"
    ethernet = MAC[about.end] + MAC[peer] + struct.pack(">H", ETHERTYPE[version])
    data = ethernet + header + message
    return Frame(about.time + round(after * 1e9), data, len(data))


def _with_checksum(octets: bytes, pseudo: bytes, at: int) -> bytes:
    total = internet_checksum(pseudo + octets)
    return octets[:at] + struct.pack(">H", total) + octets[at + 2 :]
